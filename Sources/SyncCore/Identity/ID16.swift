// Sixteen opaque bytes: federations, nodes, incarnations, and the first half of an entry's id.

/// Sixteen bytes with byte order as their order.
package struct ID16: Hashable, Comparable, Sendable {
    package static let byteCount = 16
    package static let zero = ID16(high: 0, low: 0)

    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil unless there are exactly sixteen bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // Nearly always an array, or a piece of one.
        let loaded = bytes.withContiguousStorageIfAvailable { buffer in
            let raw = UnsafeRawBufferPointer(buffer)
            return ID16(
                high: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        if let loaded {
            self = loaded
            return
        }
        high = UInt64(bigEndianBytes: bytes.prefix(8))
        low = UInt64(bigEndianBytes: bytes.dropFirst(8))
    }

    package init?(hex: String) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes)
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) } }

    package var hex: String { bytes.hex }

    package static func < (left: ID16, right: ID16) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
