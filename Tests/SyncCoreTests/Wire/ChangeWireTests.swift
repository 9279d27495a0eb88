// A change on the wire: one form, every limit at n-1, n and n+1, every order kept.

import Testing

@testable import SyncCore

/// Writes a change by hand, so that it can be wrong.
struct ChangeBytes {
    var kind: UInt8 = 2
    var type = "agency"
    var key = "AG-1"
    var note: UInt64 = 0
    /// Unit number and encoded values.
    var units: [(UInt64, [[UInt8]])] = [(34, [[0]])]
    var keeps: [(unit: UInt64, row: UInt64, sequence: UInt64)] = []

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.byte(kind)
        writer.text(Text(type))
        writer.text(Text(key))
        writer.varint(note)
        writer.varint(UInt64(units.count))
        for (unit, values) in units {
            writer.varint(unit)
            writer.varint(UInt64(values.count))
            for value in values { writer.raw(value) }
        }
        writer.varint(UInt64(keeps.count))
        for keep in keeps {
            writer.varint(keep.unit)
            writer.varint(keep.row)
            writer.varint(keep.sequence)
        }
        return writer.bytes
    }

    func decoded() throws(DecodeError) -> Change {
        try ByteReader.decode(bytes) { reader throws(DecodeError) in
            try Change(kind: ChangeKind(rawValue: try reader.byte())!, from: &reader)
        }
    }

    /// The slug of the refusal, nil if it decodes; and then it encodes to the same bytes.
    func refusal() -> String? {
        do throws(DecodeError) {
            let change = try decoded()
            #expect(change.encoded() == bytes)
            return nil
        } catch {
            return error.code
        }
    }
}

@Suite("Changes on the wire")
struct ChangeWireTests {
    private static func text(_ bytes: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(2)
        writer.text(Text(String(repeating: "x", count: bytes)))
        return writer.bytes
    }

    private static func set(_ elements: [String]) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(3)
        writer.varint(UInt64(elements.count))
        for element in elements { writer.text(Text(element)) }
        return writer.bytes
    }

    private static func refusalOfValue(_ bytes: [UInt8]) -> String? {
        do throws(DecodeError) {
            let value = try ByteReader.decode(bytes) { reader throws(DecodeError) in try FieldValue(from: &reader) }
            var writer = ByteWriter()
            value.encode(to: &writer)
            #expect(writer.bytes == bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [(31, nil), (32, nil), (33, "over_limit")] as [(Int, String?)])
    func `a type's name has at most 32 bytes`(_ length: Int, _ refusal: String?) {
        #expect(ChangeBytes(type: String(repeating: "t", count: length)).refusal() == refusal)
    }

    @Test(arguments: [(127, nil), (128, nil), (129, "over_limit")] as [(Int, String?)])
    func `a key has at most 128 bytes`(_ length: Int, _ refusal: String?) {
        #expect(ChangeBytes(key: String(repeating: "k", count: length)).refusal() == refusal)
    }

    @Test func `a type or key cannot be empty`() {
        #expect(ChangeBytes(type: "").refusal() == "malformed")
        #expect(ChangeBytes(key: "").refusal() == "malformed")
    }

    @Test(arguments: [(4_095, nil), (4_096, nil), (4_097, "over_limit")] as [(UInt64, String?)])
    func `a change refers to one of at most 4096 notes`(_ note: UInt64, _ refusal: String?) {
        #expect(ChangeBytes(note: note).refusal() == refusal)
    }

    @Test(arguments: [(61, nil), (62, nil), (63, "over_limit")] as [(UInt64, String?)])
    func `units are numbered up to 62`(_ unit: UInt64, _ refusal: String?) {
        #expect(ChangeBytes(units: [(unit, [[0]])]).refusal() == refusal)
    }

    @Test func `a change carries at most 62 units, each once, ascending, none numbered 0`() {
        #expect(ChangeBytes(units: (1...62).map { ($0, [[0]]) }).refusal() == nil)
        #expect(ChangeBytes(units: (1...62).map { ($0, [[0]]) } + [(62, [[0]])]).refusal() == "over_limit")
        #expect(ChangeBytes(units: [(2, [[0]]), (2, [[0]])]).refusal() == "malformed")
        #expect(ChangeBytes(units: [(3, [[0]]), (2, [[0]])]).refusal() == "malformed")
        #expect(ChangeBytes(units: [(0, [[0]])]).refusal() == "malformed")
    }

    @Test(arguments: [(63, nil), (64, nil), (65, "over_limit")] as [(Int, String?)])
    func `a unit has at most 64 values`(_ count: Int, _ refusal: String?) {
        #expect(ChangeBytes(units: [(1, Array(repeating: [0], count: count))]).refusal() == refusal)
    }

    @Test func `create and update carry units, delete and keep carry none`() {
        for kind in [1, 2] as [UInt8] {
            #expect(ChangeBytes(kind: kind).refusal() == nil)
            #expect(ChangeBytes(kind: kind, units: []).refusal() == "malformed")
        }
        for kind in [3, 4] as [UInt8] {
            #expect(ChangeBytes(kind: kind, units: []).refusal() == nil)
            #expect(ChangeBytes(kind: kind).refusal() == "malformed")
        }
    }

    @Test(arguments: [(63, nil), (64, nil), (65, "over_limit")] as [(Int, String?)])
    func `at most 64 keeps belong to one unit`(_ count: Int, _ refusal: String?) {
        let keeps = (1...count).map { (unit: UInt64(5), row: UInt64(0), sequence: UInt64($0)) }
        #expect(ChangeBytes(keeps: keeps).refusal() == refusal)
        let across = (0...62).flatMap { unit in
            (1...64).map { (unit: UInt64(unit), row: UInt64(0), sequence: UInt64($0)) }
        }
        #expect(ChangeBytes(keeps: across).refusal() == nil)
    }

    @Test func `no more keeps than 64 for each unit and existence are even read`() {
        let keeps = (0...64 * 63).map { (unit: UInt64(0), row: UInt64(0), sequence: UInt64($0 + 1)) }
        #expect(throws: DecodeError.self) { try ChangeBytes(keeps: keeps).decoded() }
        #expect(ChangeBytes(keeps: keeps).refusal() == "over_limit")
    }

    @Test func `keeps are strictly ascending`() {
        let one = (unit: UInt64(1), row: UInt64(1), sequence: UInt64(1))
        #expect(ChangeBytes(keeps: [one, one]).refusal() == "malformed")
        #expect(ChangeBytes(keeps: [(2, 0, 1), one]).refusal() == "malformed")
        #expect(ChangeBytes(keeps: [(1, 2, 1), one]).refusal() == "malformed")
        #expect(ChangeBytes(keeps: [one, (1, 1, 2), (1, 2, 1), (2, 0, 1)]).refusal() == nil)
    }

    @Test(arguments: [(1_023, nil), (1_024, nil), (1_025, "over_limit")] as [(UInt64, String?)])
    func `a keep names one of at most 1024 rows`(_ row: UInt64, _ refusal: String?) {
        #expect(ChangeBytes(keeps: [(1, row, 1)]).refusal() == refusal)
    }

    @Test(arguments: [((1 << 53) - 2, nil), ((1 << 53) - 1, nil), (1 << 53, "over_limit")] as [(UInt64, String?)])
    func `a keep's sequence stays below 2 to the 53`(_ sequence: UInt64, _ refusal: String?) {
        #expect(ChangeBytes(keeps: [(1, 0, sequence)]).refusal() == refusal)
    }

    @Test(arguments: [(62, nil), (63, "over_limit")] as [(UInt64, String?)])
    func `a keep's unit is 0 for existence or up to 62`(_ unit: UInt64, _ refusal: String?) {
        #expect(ChangeBytes(keeps: [(0, 0, 1), (unit, 0, 1)]).refusal() == refusal)
    }

    @Test(arguments: [(65_535, nil), (65_536, nil), (65_537, "over_limit")] as [(Int, String?)])
    func `a text value has at most 64 KiB`(_ length: Int, _ refusal: String?) {
        #expect(Self.refusalOfValue(Self.text(length)) == refusal)
    }

    @Test(arguments: [(255, nil), (256, nil), (257, "over_limit")] as [(Int, String?)])
    func `a set has at most 256 elements`(_ count: Int, _ refusal: String?) {
        let elements = (0..<count).map { String(1_000 + $0) }
        #expect(Self.refusalOfValue(Self.set(elements)) == refusal)
    }

    @Test func `a set's elements are distinct and ascend by their bytes`() {
        #expect(Self.refusalOfValue(Self.set([])) == nil)
        #expect(Self.refusalOfValue(Self.set(["", "a", "b"])) == nil)
        #expect(Self.refusalOfValue(Self.set(["a", "a"])) == "malformed")
        #expect(Self.refusalOfValue(Self.set(["b", "a"])) == "malformed")
        // Canonically equal, and yet two elements, in byte order.
        #expect(Self.refusalOfValue(Self.set(["e\u{301}", "\u{E9}"])) == nil)
        #expect(Self.refusalOfValue(Self.set(["\u{E9}", "e\u{301}"])) == "malformed")
    }

    @Test func `a value's tag is one of four`() {
        for tag in UInt8(4)...255 { #expect(Self.refusalOfValue([tag]) == "malformed") }
        #expect(Self.refusalOfValue([0]) == nil)
        #expect(Self.refusalOfValue([]) == "truncated")
        #expect(Self.refusalOfValue([0, 0]) == "trailing_bytes")
    }

    @Test func `an update of one unit is these bytes`() {
        let change = Change(
            kind: .update, record: RecordID(type: "agency", key: "AG-1"), note: 1,
            units: [UnitValues(unit: 34, values: [.text("a"), .null, .integer(-3), .set(["x", "y"])])],
            keeps: [Keep(unit: 34, row: 2, sequence: 300)])
        let expected: [UInt8] =
            [2, 6] + Array("agency".utf8) + [4] + Array("AG-1".utf8) + [1, 1]
            + [34, 4, 2, 1, 97, 0, 1, 5, 3, 2, 1, 120, 1, 121] + [1, 34, 2, 0xAC, 0x02]
        #expect(change.encoded() == expected)
    }
}
