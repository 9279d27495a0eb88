// The reading half of the wire's primitives: every read is checked, nothing is allocated beyond a checked length.

/// Reads forward through a part of a byte array.
package struct ByteReader {
    private let bytes: [UInt8]
    package private(set) var position: Int
    private let end: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes, in: 0..<bytes.count)
    }

    package init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range \(range) outside the bytes")
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    package var remaining: Int { end - position }

    /// Decodes the whole of `bytes` with `body`; bytes left over are an error.
    package static func decode<Value>(
        _ bytes: [UInt8], _ body: (inout ByteReader) throws(DecodeError) -> Value
    ) throws(DecodeError) -> Value {
        var reader = ByteReader(bytes)
        let value = try body(&reader)
        try reader.finish()
        return value
    }

    package func finish() throws(DecodeError) {
        guard position == end else { throw .trailing(at: position) }
    }

    package mutating func byte() throws(DecodeError) -> UInt8 {
        guard position < end else { throw .truncated(at: position) }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(DecodeError) -> Value {
        let range = try range(Value.bitWidth / 8)
        var value: Value = 0
        for index in range { value = value << 8 | Value(truncatingIfNeeded: bytes[index]) }
        return value
    }

    /// The next `count` bytes as a range of the underlying array, without copying them.
    package mutating func range(_ count: Int) throws(DecodeError) -> Range<Int> {
        guard count >= 0, count <= remaining else { throw .truncated(at: position) }
        defer { position += count }
        return position..<(position + count)
    }

    package mutating func raw(_ count: Int) throws(DecodeError) -> [UInt8] {
        Array(bytes[try range(count)])
    }

    package mutating func rest() -> [UInt8] {
        defer { position = end }
        return Array(bytes[position..<end])
    }

    package mutating func id() throws(DecodeError) -> ID16 {
        ID16(bytes[try range(ID16.byteCount)])!
    }

    package mutating func digest() throws(DecodeError) -> Digest {
        let range = try range(Digest.byteCount)
        return bytes.withUnsafeBytes { Digest(loading: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    package mutating func zeros(_ count: Int, named name: String) throws(DecodeError) {
        let start = position
        for index in try range(count) where bytes[index] != 0 {
            throw .malformed("\(name) is not zero", at: start)
        }
    }

    /// LEB128 below 2^63, minimal form only, refused over `max`.
    package mutating func varint(max: UInt64, named name: String) throws(DecodeError) -> UInt64 {
        let start = position
        let value = try leb128()
        guard value <= max else { throw .overLimit(name, at: start) }
        return value
    }

    package mutating func count(max: Int, named name: String) throws(DecodeError) -> Int {
        Int(try varint(max: UInt64(max), named: name))
    }

    package mutating func zigzag() throws(DecodeError) -> Int64 {
        let value = try leb128()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Valid UTF-8 without NUL, at most `max` bytes.
    package mutating func text(max: Int, named name: String) throws(DecodeError) -> Text {
        let start = position
        let range = try range(try count(max: max, named: name))
        let slice = bytes[range]
        guard !slice.contains(0) else { throw .malformed("\(name) contains NUL", at: start) }
        guard let string = String(validating: slice, as: UTF8.self) else {
            throw .malformed("\(name) is not UTF-8", at: start)
        }
        return Text(string)
    }

    private mutating func leb128() throws(DecodeError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        for index in UInt64(0)..<9 {
            let next = try byte()
            value |= UInt64(next & 0x7F) << (7 * index)
            if next & 0x80 == 0 {
                guard index == 0 || next != 0 else { throw .malformed("integer not minimal", at: start) }
                return value
            }
        }
        throw .malformed("integer of more than nine bytes", at: start)
    }
}
