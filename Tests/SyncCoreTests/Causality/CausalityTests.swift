// Names of the causal world: markets, origins, dots, rows, frontiers; and text that is bytes.

import Testing

@testable import SyncCore

@Suite("Names and frontiers")
struct CausalityTests {
    @Test(arguments: ["sh", "shanghai", "a0", "z123456789abcdef"])
    func `a market's name becomes a node id and back`(_ name: String) throws {
        let market = try #require(Market(name))
        #expect(market.name == name)
        #expect(Market(nodeID: market.nodeID) == market)
        #expect(market.nodeID.bytes == Array(name.utf8) + Array(repeating: 0, count: 16 - name.utf8.count))
    }

    @Test(arguments: ["", "a", "0a", "Shanghai", "shang-hai", "shang hai", "上海", "a1234567890123456", "é1", "sh\0"])
    func `what is no market's name is none`(_ name: String) {
        #expect(Market(name) == nil)
    }

    @Test func `a node id that is not a padded name is no market's`() {
        let name = Array("shanghai".utf8)
        #expect(Market(nodeID: .zero) == nil)
        #expect(Market(nodeID: ID16(name + [0, 0, 0, 0, 0, 0, 0, 1])!) == nil)
        #expect(Market(nodeID: ID16([0] + name + [0, 0, 0, 0, 0, 0, 0])!) == nil)
        #expect(Market(nodeID: ID16(Array(repeating: 0xFF, count: 16))!) == nil)
        #expect(Market(nodeID: ID16(Array("z123456789abcdef".utf8))!)?.name == "z123456789abcdef")
    }

    @Test func `an origin is written as market and incarnation, and read back`() throws {
        let text = "shanghai.000102030405060708090a0b0c0d0e0f"
        let origin = try #require(Origin(text))
        #expect(origin.description == text)
        #expect(origin.market?.name == "shanghai")
        #expect(Dot(origin: origin, sequence: 17).description == text + ":17")
    }

    @Test(arguments: [
        "", ".", "shanghai", "shanghai.", "shanghai.00", "shanghai.000102030405060708090a0b0c0d0e0g",
        "Shanghai.000102030405060708090a0b0c0d0e0f", "shanghai.000102030405060708090a0b0c0d0e0f0",
        "shanghai.000102030405060708090a0b0c0d0e0f ", ".000102030405060708090a0b0c0d0e0f",
    ])
    func `what is no origin is none`(_ text: String) {
        #expect(Origin(text) == nil)
    }

    @Test(arguments: Seeds.run(200))
    func `rows, origins, ids and digests order by their bytes`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        func bytes(_ row: Row) -> [UInt8] {
            var writer = ByteWriter()
            row.encode(to: &writer)
            return writer.bytes
        }
        let base = chance.row()
        let others = [
            chance.row(), base, Row(origin: base.origin, sequence: base.sequence, idPrefix: chance.id()),
            Row(origin: base.origin, sequence: chance.sequence(), idPrefix: base.idPrefix),
            Row(
                origin: Origin(node: base.origin.node, incarnation: chance.id()), sequence: base.sequence,
                idPrefix: base.idPrefix),
        ]
        for other in others {
            #expect((base < other) == bytes(base).lexicographicallyPrecedes(bytes(other)))
            #expect((base == other) == (bytes(base) == bytes(other)))
        }
        let (one, two) = (chance.digest(), chance.digest())
        #expect((one < two) == one.bytes.lexicographicallyPrecedes(two.bytes))
        #expect(Digest(hex: one.hex) == one && Digest(one.bytes) == one && one.prefix.bytes == Array(one.bytes[..<16]))
        #expect(one.firstByte == one.bytes[0])
    }

    @Test func `a frontier knows each origin's rows, in whatever order it was given them`() {
        var chance = SeededGenerator(seed: 4)
        let (a, b) = (chance.origin(), chance.origin())
        let rows = [
            Row(origin: b, sequence: 9, idPrefix: .zero), Row(origin: a, sequence: 2, idPrefix: .zero),
            Row(origin: a, sequence: 5, idPrefix: chance.id()),
        ]
        let frontier = Frontier(rows: rows)
        #expect(frontier == Frontier(rows: rows.reversed()))
        #expect(frontier.sequence(of: a) == 5 && frontier.sequence(of: b) == 9)
        #expect(frontier.sequence(of: chance.origin()) == 0)
        #expect(frontier.rows(of: a).map(\.sequence) == [2, 5])
        #expect(frontier.without(a).rows == [rows[0]])
        #expect(Frontier.empty.encoded() == [0, 0])
    }

    @Test(arguments: Seeds.run(60))
    func `a look-up in a frontier finds what a walk through it finds`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let origins = (0...chance.below(6)).map { _ in chance.origin() }
        let rows = Set(
            (0..<chance.below(20)).map { _ in
                Row(
                    origin: chance.pick(origins), sequence: UInt64(chance.below(4) + 1),
                    idPrefix: chance.oneIn(2) ? .zero : chance.id())
            })
        let frontier = Frontier(rows: rows)
        for origin in origins + [chance.origin()] {
            let walked = frontier.rows.filter { $0.origin == origin }
            #expect(Array(frontier.rows(of: origin)) == walked)
            #expect(frontier.sequence(of: origin) == walked.map(\.sequence).max() ?? 0)
        }
    }

    @Test func `text is its bytes, not what it looks like`() {
        let (composed, decomposed) = (Text("\u{E9}"), Text("e\u{301}"))
        #expect(composed.string == decomposed.string)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
        #expect(!(composed < decomposed) && !(composed < composed))
        #expect(Text("") < Text("a") && Text("a") < Text("ab") && Text("Z") < Text("a") && Text("z") < Text("é"))
        // UTF-8 orders by code point, where UTF-16 would not.
        #expect(Text("\u{FFFD}") < Text("\u{1F3EE}"))
    }

    @Test func `the home is read from the key's bytes`() {
        let rule = HomeRule(offset: 1, length: 2, markets: ["SH": Market("shanghai")!])
        #expect(rule.market(ofKey: "xSHy")?.name == "shanghai")
        #expect(rule.market(ofKey: "xSH")?.name == "shanghai")
        for key in ["", "x", "xS", "SHx", "éSH", "xÉ", "xsh"] { #expect(rule.market(ofKey: Text(key)) == nil) }
    }

    @Test func `units up to 31 and existence are the home's, from 32 on anyone's`() {
        let (rule, shanghai, anhui) = (TestCatalog.current, Market("shanghai")!, Market("anhui")!)
        for unit in UnitNumber(0)...62 {
            #expect(rule.mayWrite(shanghai, unit: unit, ofKey: "SH-1"))
            #expect(rule.mayWrite(anhui, unit: unit, ofKey: "SH-1") == (unit >= 32))
            #expect(rule.mayWrite(anhui, unit: unit, ofKey: "??-1") == (unit >= 32))
        }
    }
}
