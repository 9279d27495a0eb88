// What people type at the desk, read or refused.

import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode
import Testing

@Suite("What people type")
struct DeskReadingTests {
    static let catalog = try! Catalog.builtIn(sha256: OpenSSLHashing.sha256)

    private var buyer: UnitRule { Self.catalog.recordType(named: "contract")!.rule.unit(32)! }
    private var amounts: UnitRule { Self.catalog.recordType(named: "contract")!.rule.unit(4)! }

    @Test(arguments: [
        ("shanghai.0123abcd:17", true), ("shanghai.0123ABCD:17", true),
        ("shanghai.0123456789abcdef0123456789abcdef:1", true),
        ("shanghai.0123abc:17", false), ("shanghai.0123abcx:17", false), ("shanghai.0123abcd:0", false),
        ("shanghai.0123abcd:-1", false), ("shanghai.0123abcd", false), ("shanghai", false), (".0123abcd:1", false),
        ("Shanghai.0123abcd:1", false), ("shanghai.0123456789abcdef0123456789abcdef0:1", false), ("", false),
        (":1.", false),
    ])
    func `a dot has a market, eight digits or more, and a number`(text: String, isDot: Bool) {
        #expect((DotPrefix(text) != nil) == isDot)
    }

    @Test func `a short dot finds its entry again`() {
        let origin = Origin("shanghai.0123456789abcdef0123456789abcdef")!
        let dot = Dot(origin: origin, sequence: 9)
        #expect(DotPrefix.short(dot) == "shanghai.01234567:9")
        #expect(DotPrefix(DotPrefix.short(dot))!.matches(dot))
        #expect(!DotPrefix("shanghai.01234568:9")!.matches(dot))
        #expect(!DotPrefix("shanghai.01234567:8")!.matches(dot))
        #expect(!DotPrefix("jiangsu.01234567:9")!.matches(dot))
    }

    @Test func `a unit's value is every column in the catalog's order`() throws {
        let json = """
            {"buyer_country":"142","buyer_name":"甲=乙","buyer_uscc":null,"buyer_region":null,"buyer_kind":"150"}
            """
        #expect(
            try UnitValueReader.values(json, of: buyer) == [
                .text("甲=乙"), .null, .text("150"), .null, .text("142"),
            ])
        #expect(
            try UnitValueReader.values(#"{"technology_amount_fen":1,"total_amount_fen":2}"#, of: amounts)
                == [.integer(2), .integer(1)])
    }

    @Test func `a missing column is named, and so is one too many`() {
        #expect(throws: DeskRefusal.badValue(.missing(["technology_amount_fen"]))) {
            try UnitValueReader.values(#"{"total_amount_fen":2}"#, of: amounts)
        }
        #expect(
            throws: DeskRefusal.badValue(
                .unknown(["x"], unit: "amounts", columns: ["total_amount_fen", "technology_amount_fen"]))
        ) {
            try UnitValueReader.values(#"{"total_amount_fen":2,"technology_amount_fen":1,"x":1}"#, of: amounts)
        }
    }

    @Test(arguments: [
        "1.5", "true", "\"2\"", "[]", "{}", "9223372036854775807", "1e300",
    ])
    func `what a column cannot hold is refused`(json: String) {
        #expect(throws: DeskRefusal.badValue(.otherKind(column: "total_amount_fen", .money))) {
            try UnitValueReader.values(
                #"{"total_amount_fen":\#(json),"technology_amount_fen":1}"#, of: amounts)
        }
    }

    @Test(arguments: ["", "[]", "1", "{", "null", "{\"a\":1"])
    func `what is no JSON object is refused`(json: String) {
        #expect(throws: DeskRefusal.badValue(.notAnObject)) { try UnitValueReader.values(json, of: amounts) }
    }

    @Test func `a choice splits at the first equals sign`() throws {
        #expect(
            try ConflictChoice.value("remark={\"remark\":\"a=b\"}")
                == .value(unit: "remark", json: "{\"remark\":\"a=b\"}"))
        #expect(throws: DeskRefusal.badValue(.notAnAssignment)) { try ConflictChoice.value("remark") }
    }

    @Test func `a record's condition takes slugs and names, and never SQL`() throws {
        let type = Self.catalog.recordType(named: "contract")!
        func condition(_ text: String) throws -> ColumnCondition { try type.condition(text, Self.catalog) }
        #expect(try condition("category=技术转让") == ColumnCondition(column: "category", test: .equals(.text("transfer"))))
        #expect(try condition("category=transfer").test == .equals(.text("transfer")))
        #expect(try condition("remark=").test == .equals(.null))
        #expect(try condition("remark=a=b").test == .equals(.text("a=b")))
        #expect(try condition("total_amount_fen=5").test == .equals(.integer(5)))
        for text in ["total_amount_fen=x", "nothing", "1=1", "clerk=x", "category; DROP TABLE contract=1"] {
            #expect(throws: DeskRefusal.self) { try condition(text) }
        }
    }
}
