// The writing half of the wire's primitives (PROTOCOL.md, opening paragraph).

/// Appends big-endian integers, LEB128 counts and length-prefixed text.
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package init(reserving count: Int) {
        bytes.reserveCapacity(count)
    }

    package var count: Int { bytes.count }

    /// Begins anew, and keeps the room.
    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    package mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    // Of their own for the kinds that come once a record: other modules call the generic one unspecialised.
    package mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }
    package mutating func raw(_ value: ArraySlice<UInt8>) { bytes.append(contentsOf: value) }
    package mutating func raw(_ value: UnsafeRawBufferPointer) { bytes.append(contentsOf: value) }

    package mutating func integer(_ value: some FixedWidthInteger) { bytes.append(contentsOf: value.bigEndianBytes) }

    package mutating func id(_ value: ID16) { raw(value.bytes) }

    package mutating func digest(_ value: Digest) {
        let words = value.words
        withUnsafeBytes(
            of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        ) { bytes.append(contentsOf: $0) }
    }

    /// LEB128, minimal by construction. At most nine bytes: values stay below 2^63.
    package mutating func varint(_ value: UInt64) {
        precondition(value < 1 << 63, "a count on the wire has at most 63 bits, not \(value)")
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Zigzag LEB128 of a signed integer. The wire's integers have at most nine bytes, so it must lie in
    /// `FieldValue.integerRange`; the caller has checked that.
    package mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    package mutating func text(_ value: Text) {
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// A u32 length and the bytes.
    package mutating func framed(_ value: some Collection<UInt8>) {
        integer(UInt32(value.count))
        raw(value)
    }
}
