// The alphabet of the wire: integers, counts and text have exactly one form each.

import Testing

@testable import SyncCore

@Suite("Wire primitives")
struct WirePrimitivesTests {
    private static func varint(_ value: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(value)
        return writer.bytes
    }

    private static func readVarint(_ bytes: [UInt8], max: UInt64 = .max) throws(DecodeError) -> UInt64 {
        try ByteReader.decode(bytes) { reader throws(DecodeError) in try reader.varint(max: max, named: "count") }
    }

    private static func readZigzag(_ bytes: [UInt8]) throws(DecodeError) -> Int64 {
        try ByteReader.decode(bytes) { reader throws(DecodeError) in try reader.zigzag() }
    }

    private static func readText(_ bytes: [UInt8], max: Int = 100) throws(DecodeError) -> Text {
        try ByteReader.decode(bytes) { reader throws(DecodeError) in try reader.text(max: max, named: "text") }
    }

    @Test(arguments: Array(0..<63))
    func `a varint survives the wire around every power of two`(_ power: Int) throws {
        let center = UInt64(1) << UInt64(power)
        for value in [center - 1, center, center + 1] {
            let bytes = Self.varint(value)
            #expect(try Self.readVarint(bytes) == value)
            #expect(bytes.count == max(1, (64 - value.leadingZeroBitCount + 6) / 7))
        }
    }

    @Test func `the largest varint has nine bytes and sixty-three bits`() throws {
        let largest = UInt64(1) << 63 - 1
        #expect(Self.varint(largest).count == 9)
        #expect(try Self.readVarint(Self.varint(largest)) == largest)
        #expect(throws: DecodeError.malformed("integer of more than nine bytes", at: 0)) {
            try Self.readVarint(Array(repeating: 0xFF, count: 9) + [0x01])
        }
    }

    @Test(arguments: [[0x80, 0x00], [0xFF, 0x00], [0x81, 0x80, 0x00]] as [[UInt8]])
    func `a varint with a needless byte is refused`(_ bytes: [UInt8]) {
        #expect(throws: DecodeError.malformed("integer not minimal", at: 0)) { try Self.readVarint(bytes) }
    }

    @Test func `a varint that ends too early is truncated`() {
        #expect(throws: DecodeError.truncated(at: 0)) { try Self.readVarint([]) }
        #expect(throws: DecodeError.truncated(at: 2)) { try Self.readVarint([0x80, 0x80]) }
    }

    @Test func `a varint is taken up to its limit and no further`() throws {
        #expect(try Self.readVarint(Self.varint(299), max: 300) == 299)
        #expect(try Self.readVarint(Self.varint(300), max: 300) == 300)
        #expect(throws: DecodeError.overLimit("count", at: 0)) { try Self.readVarint(Self.varint(301), max: 300) }
    }

    @Test func `every byte string that decodes as a varint is the one its value encodes to`() {
        var chance = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let bytes = chance.bytes(chance.below(11)).map { chance.oneIn(2) ? $0 | 0x80 : $0 }
            if let value = try? Self.readVarint(bytes) { #expect(Self.varint(value) == bytes) }
        }
    }

    @Test(arguments: [0, 1, -1, 63, 64, -64, -65, 1 << 53, -(1 << 53), (1 << 62) - 1, -(1 << 62)] as [Int64])
    func `an integer survives the zigzag`(_ value: Int64) throws {
        var writer = ByteWriter()
        writer.zigzag(value)
        #expect(try Self.readZigzag(writer.bytes) == value)
        #expect(FieldValue.integerRange.contains(value))
    }

    @Test func `the zigzag of the smallest numbers is the published one`() {
        for (value, byte) in [(0, 0), (-1, 1), (1, 2), (-2, 3), (2, 4)] as [(Int64, UInt8)] {
            var writer = ByteWriter()
            writer.zigzag(value)
            #expect(writer.bytes == [byte])
        }
    }

    @Test func `whatever zigzag a peer sends stays inside the range of values`() throws {
        let largest = Self.varint(1 << 63 - 1)
        #expect(try Self.readZigzag(largest) == FieldValue.integerRange.lowerBound)
        #expect(try Self.readZigzag(Self.varint(1 << 63 - 2)) == FieldValue.integerRange.upperBound)
    }

    @Test func `an integer beyond the range of values is a programmer's mistake`() async {
        await #expect(processExitsWith: .failure) {
            var writer = ByteWriter()
            writer.zigzag(1 << 62)
        }
    }

    @Test(arguments: ["", "a", "技术合同", "e\u{301}", "\u{E9}", "🏮", "\u{10FFFF}", "\u{FEFF}x"])
    func `text survives the wire byte by byte`(_ string: String) throws {
        var writer = ByteWriter()
        writer.text(Text(string))
        let text = try Self.readText(writer.bytes)
        #expect(Array(text.utf8) == Array(string.utf8))
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0x80],
            [0xE6, 0x8A], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func `text that is not UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(throws: DecodeError.malformed("text is not UTF-8", at: 0)) {
            try Self.readText([UInt8(bytes.count)] + bytes)
        }
    }

    @Test func `text with a NUL is refused`() {
        #expect(throws: DecodeError.malformed("text contains NUL", at: 0)) { try Self.readText([3, 97, 0, 98]) }
    }

    @Test func `text is taken up to its limit and no further`() throws {
        for length in [9, 10] {
            #expect(
                try Self.readText([UInt8(length)] + Array(repeating: 97, count: length), max: 10).utf8.count == length)
        }
        #expect(throws: DecodeError.overLimit("text", at: 0)) {
            try Self.readText([11] + Array(repeating: 97, count: 11), max: 10)
        }
    }

    @Test func `a length that promises more than there is is truncated, not read`() {
        #expect(throws: DecodeError.truncated(at: 1)) { try Self.readText([5, 97]) }
        var reader = ByteReader([1, 2, 3])
        #expect(throws: DecodeError.truncated(at: 0)) { try reader.raw(.max) }
        #expect(throws: DecodeError.truncated(at: 0)) { try reader.raw(-1) }
    }

    @Test func `bytes left over are refused`() {
        #expect(throws: DecodeError.trailing(at: 1)) { try Self.readVarint([5, 0]) }
    }

    @Test func `integers are big-endian`() throws {
        var writer = ByteWriter()
        writer.integer(UInt16(0x0102))
        writer.integer(Int64(-2))
        #expect(writer.bytes == [1, 2, 255, 255, 255, 255, 255, 255, 255, 254])
        var reader = ByteReader(writer.bytes)
        #expect(try reader.integer(UInt16.self) == 0x0102)
        #expect(try reader.integer(Int64.self) == -2)
    }

    @Test func `hexadecimal of an odd length or with other letters is no bytes`() {
        #expect([UInt8](hex: "0aFf") == [10, 255])
        #expect([UInt8](hex: "") == [])
        for text in ["0", "0g", "é0", "0x", " 00"] { #expect([UInt8](hex: text) == nil) }
        #expect([0, 127, 255].hex == "007fff")
    }
}
