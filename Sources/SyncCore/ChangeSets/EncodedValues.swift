// The values of one unit, read where they stand.

/// Walks over encoded values that were proven to be well-formed nulls, integers and texts (`PlainChanges`).
package struct EncodedValues {
    package enum Value {
        case null
        case integer(Int64)
        /// Valid UTF-8 without NUL.
        case text(UnsafeRawBufferPointer)
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    package mutating func next() -> Value? {
        guard position < bytes.count else { return nil }
        position += 1
        switch bytes[position - 1] {
        case FieldValue.Tag.integer:
            let value = varint()
            return .integer(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
        case FieldValue.Tag.text:
            let length = Int(varint())
            defer { position += length }
            return .text(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)]))
        default:
            return .null
        }
    }

    /// For what stands between values elsewhere than in an op.
    package mutating func skipNumber() { _ = varint() }

    private mutating func varint() -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let next = bytes[position]
            position += 1
            value |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 { return value }
            shift += 7
        }
    }
}
