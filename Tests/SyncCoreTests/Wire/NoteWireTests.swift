// A note on the wire: bounded fields in one order, unknown ones refused below 64 and kept from 64 on.

import Testing

@testable import SyncCore

@Suite("Notes on the wire")
struct NoteWireTests {
    private static func refusal(_ fields: [(UInt64, [UInt8])]) -> String? {
        var writer = ByteWriter()
        writer.byte(16)
        writer.varint(UInt64(fields.count))
        for (field, bytes) in fields {
            writer.varint(field)
            writer.varint(UInt64(bytes.count))
            writer.raw(bytes)
        }
        do throws(DecodeError) {
            let note = try ByteReader.decode(Array(writer.bytes.dropFirst())) { reader throws(DecodeError) in
                try Note(from: &reader)
            }
            #expect(note.encoded() == writer.bytes)
            return nil
        } catch {
            return error.code
        }
    }

    private static func letters(_ count: Int) -> [UInt8] { Array(repeating: 97, count: count) }

    @Test(arguments: [(127, nil), (128, nil), (129, "over_limit")] as [(Int, String?)])
    func `an author has at most 128 bytes`(_ count: Int, _ refusal: String?) {
        #expect(Self.refusal([(1, Self.letters(count))]) == refusal)
    }

    @Test(arguments: [(2_047, nil), (2_048, nil), (2_049, "over_limit")] as [(Int, String?)])
    func `a reason has at most 2048 bytes`(_ count: Int, _ refusal: String?) {
        #expect(Self.refusal([(2, Self.letters(count))]) == refusal)
    }

    @Test func `author and reason are UTF-8 without NUL`() {
        for field in [1, 2] as [UInt64] {
            #expect(Self.refusal([(field, [0])]) == "malformed")
            #expect(Self.refusal([(field, [0xFF])]) == "malformed")
            #expect(Self.refusal([(field, Array("上海".utf8))]) == nil)
        }
    }

    @Test(arguments: [(31, "malformed"), (32, nil), (33, "malformed")] as [(Int, String?)])
    func `a conflict's id and an undone entry have 32 bytes`(_ count: Int, _ refusal: String?) {
        #expect(Self.refusal([(3, Self.letters(count))]) == refusal)
        #expect(Self.refusal([(5, Self.letters(count))]) == refusal)
    }

    @Test func `a choice is one of five words`() {
        for choice in ["take", "value", "keep", "delete", "undo"] {
            #expect(Self.refusal([(4, Array(choice.utf8))]) == nil)
        }
        for choice in ["", "Take", "steal", "take "] { #expect(Self.refusal([(4, Array(choice.utf8))]) == "malformed") }
        #expect(Self.refusal([(4, [0xFF])]) == "malformed")
    }

    @Test func `a predecessor is exactly one row`() {
        var chance = SeededGenerator(seed: 1)
        var writer = ByteWriter()
        chance.row().encode(to: &writer)
        #expect(Self.refusal([(6, writer.bytes)]) == nil)
        #expect(Self.refusal([(6, writer.bytes + [0])]) == "trailing_bytes")
        #expect(Self.refusal([(6, writer.bytes.dropLast())]) == "truncated")
        #expect(Self.refusal([(6, Array(repeating: 0, count: 56))]) == "malformed")
    }

    @Test(arguments: [(65, "malformed"), (66, nil), (67, nil)] as [(Int, String?)])
    func `a next key is longer than its suite and proof`(_ count: Int, _ refusal: String?) {
        #expect(Self.refusal([(7, Self.letters(count))]) == refusal)
    }

    @Test(arguments: [(4_095, nil), (4_096, nil), (4_097, "over_limit")] as [(Int, String?)])
    func `any field has at most 4096 bytes`(_ count: Int, _ refusal: String?) {
        #expect(Self.refusal([(64, Self.letters(count))]) == refusal)
    }

    @Test(arguments: [(31, nil), (32, nil), (33, "over_limit")] as [(Int, String?)])
    func `a note has at most 32 fields`(_ count: Int, _ refusal: String?) {
        #expect(Self.refusal((0..<count).map { (UInt64(64 + $0), []) }) == refusal)
    }

    @Test func `a field below 64 that nobody knows makes the note faulty, from 64 on it is kept`() {
        for field in UInt64(8)...63 { #expect(Self.refusal([(field, [])]) == "malformed") }
        #expect(Self.refusal([(64, [1, 2]), (1 << 53 - 1, [3])]) == nil)
        #expect(Self.refusal([(1 << 53, [])]) == "over_limit")
    }

    @Test func `fields ascend, each once, none numbered 0`() {
        #expect(Self.refusal([(1, []), (2, []), (70, [])]) == nil)
        #expect(Self.refusal([(2, []), (1, [])]) == "malformed")
        #expect(Self.refusal([(1, []), (1, [])]) == "malformed")
        #expect(Self.refusal([(0, [])]) == "malformed")
    }
}
