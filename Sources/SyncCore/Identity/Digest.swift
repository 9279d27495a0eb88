// The 32 bytes of SHA-256 or SM3: entry ids, hashes in headers, record and state digests.

/// A 32-byte hash with byte order as its order.
package struct Digest: Hashable, Comparable, Sendable {
    package static let byteCount = 32
    package static let zero = Digest(words: (0, 0, 0, 0))

    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    /// The big-endian words, most significant first.
    package init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (word0, word1, word2, word3) = words
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // Nearly always an array, or a piece of one.
        let loaded = bytes.withContiguousStorageIfAvailable { Digest(loading: UnsafeRawBufferPointer($0)) }
        if let loaded {
            self = loaded
            return
        }
        let words = (0..<4).map { UInt64(bigEndianBytes: bytes.dropFirst($0 * 8).prefix(8)) }
        self.init(words: (words[0], words[1], words[2], words[3]))
    }

    /// Reads the first 32 bytes of a buffer that is known to hold them.
    package init(loading buffer: UnsafeRawBufferPointer) {
        precondition(buffer.count >= Self.byteCount, "a digest needs 32 bytes, not \(buffer.count)")
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        self.init(words: (word(0), word(1), word(2), word(3)))
    }

    package init?(hex: String) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes)
    }

    package var words: (UInt64, UInt64, UInt64, UInt64) { (word0, word1, word2, word3) }

    package var bytes: [UInt8] {
        withUnsafeBytes(of: (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)) { Array($0) }
    }

    package var firstByte: UInt8 { UInt8(truncatingIfNeeded: word0 >> 56) }

    /// The first half: what rows carry.
    package var prefix: ID16 { ID16(bytes.prefix(ID16.byteCount))! }

    package var hex: String { bytes.hex }

    package static func < (left: Digest, right: Digest) -> Bool {
        (left.word0, left.word1, left.word2, left.word3) < (right.word0, right.word1, right.word2, right.word3)
    }
}
