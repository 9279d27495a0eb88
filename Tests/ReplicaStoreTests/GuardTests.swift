// What a local writer may not do is refused at the statement, in both languages; what merely arrived stays writable.

import ForeignSQL
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@Suite("Guards")
struct GuardTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    init() throws {
        federation = try TestFederation()
        try federation["shanghai"].client.run(
            """
            INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '甲');
            INSERT INTO contract (registration_no, project_name) VALUES ('2023310115000042', '项目');
            """)
        try federation.settle()
    }

    private func complaint(_ node: TestNode, _ statement: String) -> String {
        do {
            try node.client.run(statement)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("DELETE FROM agency", "只有shanghai可以删除", "only shanghai may delete"),
        ("UPDATE agency SET level = 'national'", "只有shanghai可以修改", "only shanghai may change"),
        (
            "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', '乙')", "只有shanghai可以新增",
            "only shanghai may insert"
        ),
        ("INSERT INTO agency (agency_id, name) VALUES ('99-TTA-000002', '乙')", "没有市场拥有", "no market owns"),
        ("REPLACE INTO agency (agency_id, name) VALUES ('31-TTA-000001', '乙')", "只有shanghai可以新增", "only shanghai"),
    ])
    func `another market's write is refused, naming the market that may`(_ sql: String, zh: String, en: String) {
        let text = complaint(jiangsu, sql)
        #expect(text.contains(zh) && text.contains(en), "\(text)")
    }

    @Test func `every column of a home's unit is the home's, every other one anyone's`() throws {
        var counts = (home: 0, any: 0)
        for type in federation.catalog.recordTypes {
            for unit in type.rule.units {
                for column in unit.columns {
                    let value =
                        switch column.type {
                        case .integer, .money: "1"
                        default: "'x'"
                        }
                    let text = complaint(jiangsu, "UPDATE \(type.name) SET \(column.name) = \(value)")
                    let isHomes = text.contains("only shanghai may change")
                    #expect(isHomes == (unit.number < 32), "\(type.name).\(column.name): \(text)")
                    if isHomes { counts.home += 1 } else { counts.any += 1 }
                }
            }
        }
        #expect(counts.home > 20 && counts.any > 5)
    }

    @Test func `another market may write what is everyone's`() {
        #expect(complaint(jiangsu, "UPDATE agency SET website = 'https://j.cn', brokers = 3, services = NULL") == "")
    }

    @Test(arguments: [
        ("agency", "name = ''", "不能为空"),
        ("agency", "name = NULL", "must not be empty"),
        ("agency", "level = 'galactic'", "agency_level"),
        ("agency", "recognised_on = '2023-02-30'", "YYYY-MM-DD"),
        ("agency", "recognised_on = '20230203'", "YYYY-MM-DD"),
        ("agency", "brokers = -1", "应在 0 与"),
        ("agency", "brokers = 4611686018427387904", "must lie between"),
        ("agency", "services = 'x'", "JSON"),
        ("agency", "services = '{}'", "JSON"),
        ("agency", "services = '[1]'", "service"),
        ("agency", "services = '[\"nonsense\"]'", "service"),
        ("agency", "services = '[\"a\"'", "JSON"),
        ("agency", "services = '[\"a\",,]'", "JSON"),
        ("agency", "uscc = '123'", "18"),
        ("agency", "region_code = '31'", "6"),
        ("agency", "website = hex(zeroblob(101))", "200"),
        ("agency", "remark = 'a' || char(0)", "NUL"),
        ("agency", "agency_id = '31-TTA-000009'", "never changes"),
        ("contract", "total_amount_fen = 1, technology_amount_fen = 2", "技术交易额不能大于"),
        ("contract", "valid_from = '2024-02-01', valid_to = '2024-01-01'", "the term must not end"),
        ("contract", "category = 'dev', subcategory = 'tr_patent'", "合同子类不属于"),
    ])
    func `a value that local writers must not write is refused`(_ table: String, _ assignment: String, says: String) {
        let text = complaint(shanghai, "UPDATE \(table) SET \(assignment)")
        #expect(text.contains(says), "\(text)")
    }

    @Test func `a key of the wrong form is refused with an example`() {
        for key in ["31-tta-000001", "31-TTA-00001", "", "31-TTA-0000011"] {
            let text = complaint(shanghai, "INSERT INTO agency (agency_id, name) VALUES ('\(key)', '甲')")
            #expect(text.contains("31-TTA-000123"), "\(text)")
        }
    }

    /// A key that is a number is read as one first: what reads as one and is none must not pass.
    @Test func `only what the pattern says is a number is taken for one`() {
        for key in [
            "' 023310115000042'", "'+023310115000042'", "'2023310115000042 '", "'2023310115000042' || char(0)",
            "'2023310115000042' || char(0) || '1'", "'202331011500004'", "'20233101150000420'", "'1999310115000042'",
            "'2100310115000042'", "'20233101150000x2'", "'2023310115000.42'", "'0x23310115000042'", "''",
            "'２０２３３１０１１５００００４２'", "20233101150000420", "-2023310115000042",
        ] {
            let text = complaint(shanghai, "INSERT INTO contract (registration_no) VALUES (\(key))")
            #expect(text.contains("2023310115000042") && text.contains("must look like"), "\(key): \(text)")
        }
        for key in ["'2000310000000000'", "'2099319999999999'", "2023310115000043"] {
            #expect(complaint(shanghai, "INSERT INTO contract (registration_no) VALUES (\(key))") == "")
        }
    }

    @Test func `good values of every kind are accepted`() throws {
        let service = try shanghai.client.value(
            "SELECT code FROM yrd_code WHERE list = 'service' ORDER BY code LIMIT 1")
        let text = complaint(
            shanghai,
            """
            UPDATE agency SET level = 'national', recognised_on = '2024-02-29', brokers = 0, services = '["\(service)"]',
                uscc = '91310115MA1K4XXX0A', region_code = '310115', website = NULL, remark = '备注';
            UPDATE contract SET total_amount_fen = 2, technology_amount_fen = 2, valid_from = '2024-01-01'
            """)
        #expect(text == "")
    }

    @Test func `every code of every list is accepted, and what is next to one is not`() throws {
        let catalog = try Catalog.builtIn(sha256: OpenSSLHashing.sha256)
        var tried = 0
        for type in catalog.recordTypes {
            for column in type.columns {
                guard case .code(let name) = column.type, let list = catalog.codeLists[name] else { continue }
                let codes = Set(list.entries.map(\.slug))
                let others = Set(codes.flatMap { ["\($0)!", String($0.dropLast()), $0.uppercased() + "~", " \($0)"] })
                for value in codes.union(others) {
                    let text = complaint(shanghai, "UPDATE \(type.name) SET \(column.name) = '\(value)'")
                    // A subcategory that does not fit the category is another rule's affair.
                    #expect(
                        text.contains("(see table yrd_code)") != codes.contains(value),
                        "\(column.name) = \(value): \(text)")
                    tried += 1
                }
            }
        }
        #expect(tried > 500)
    }

    @Test(arguments: ["", "a", "项目", "\u{10FFFF}"])
    func `a NUL is refused wherever it stands`(_ text: String) {
        for value in ["char(0) || '\(text)'", "'\(text)' || char(0)", "'\(text)' || char(0) || '\(text)'"] {
            #expect(complaint(shanghai, "UPDATE agency SET remark = \(value)").contains("NUL"))
        }
    }

    @Test func `an arriving value that breaks a guard is taken, and its row stays writable`() throws {
        let incarnation = ID16(Array(repeating: 9, count: 16))!
        let record = RecordID(type: "contract", key: "2023310115000077")
        let entry = try shanghai.forge(
            incarnation: incarnation,
            context: Context(catalogHash: .zero, frontier: .empty),
            changes: [
                Change(
                    kind: .create, record: record,
                    units: [
                        UnitValues(unit: 4, values: [.integer(1), .integer(2)]),
                        UnitValues(unit: 9, values: [.text("no such status")]),
                    ])
            ])
        for node in federation.nodes { #expect(try node.replica.apply([entry], from: nil, node.signer).refused == []) }
        #expect(complaint(jiangsu, "UPDATE contract SET remark = '可写' WHERE registration_no LIKE '%77'") == "")
        #expect(complaint(shanghai, "UPDATE contract SET project_name = '名' WHERE registration_no LIKE '%77'") == "")
        // Touching the broken rule's columns without mending it is refused.
        #expect(complaint(shanghai, "UPDATE contract SET total_amount_fen = 0 WHERE registration_no LIKE '%77'") != "")
        #expect(complaint(shanghai, "UPDATE contract SET total_amount_fen = 5 WHERE registration_no LIKE '%77'") == "")
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a crowded unit refuses plain writes until it is resolved, and only that unit`() throws {
        let record = RecordID(type: "agency", key: "31-TTA-000001")
        func crowd(_ count: Int, from first: Int) throws {
            for index in first..<(first + count) {
                let entry = try jiangsu.forge(
                    incarnation: ID16([UInt8](repeating: UInt8(index), count: 16))!,
                    context: Context(catalogHash: .zero, frontier: try creation()),
                    changes: [
                        Change(
                            kind: .update, record: record,
                            units: [UnitValues(unit: 35, values: [.text(Text("https://\(index).cn"))])])
                    ], time: 1_700_000_000_000 + Int64(index))
                for node in federation.nodes { _ = try node.replica.apply([entry], from: nil, node.signer) }
            }
        }
        func creation() throws -> Frontier {
            let origin = try shanghai.replica.ownOrigin()
            let head = try #require(try shanghai.replica.entry(at: Dot(origin: origin, sequence: 1)))
            return Frontier(rows: [Row(origin: origin, sequence: 1, idPrefix: head.id.prefix)])
        }
        try crowd(31, from: 1)
        #expect(try shanghai.replica.summary().crowded == 0)
        #expect(complaint(shanghai, "UPDATE agency SET website = 'https://x.cn'") == "")
        #expect(try shanghai.conflict().conflict.sides.count == 31)
        try crowd(1, from: 40)
        try shanghai.seal()
        #expect(try shanghai.replica.summary().crowded == 1)
        #expect(complaint(shanghai, "UPDATE agency SET website = 'https://y.cn'").contains("resolve"))
        #expect(complaint(shanghai, "DELETE FROM agency").contains("resolve"))
        #expect(complaint(shanghai, "UPDATE agency SET remark = '别的单元'") == "")
        try shanghai.resolve(try shanghai.conflict(), .value([.text("https://z.cn")]))
        #expect(try shanghai.replica.summary().crowded == 0)
        #expect(complaint(shanghai, "UPDATE agency SET website = 'https://y.cn'") == "")
        try federation.settle()
        try federation.expectAgreement()
    }
}
