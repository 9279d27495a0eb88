// The table of cases: what two markets do apart, and what everyone shows once they have met.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Concurrent edits")
struct ConcurrencyTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }
    private var zhejiang: TestNode { federation["zhejiang"] }

    private static let insert = """
        INSERT INTO agency (agency_id, name, level, website, remark, contact_person)
        VALUES ('31-TTA-000001', '甲', 'national', 'https://a.cn', '备注', '王伟')
        """

    /// Three markets that hold one agency of Shanghai's.
    init() throws {
        federation = try TestFederation(["shanghai", "jiangsu", "zhejiang"])
        try federation["shanghai"].client.run(Self.insert)
        try federation.settle()
    }

    private func shown(_ columns: String) throws -> Set<String> {
        Set(try federation.nodes.map { try $0.client.value("SELECT \(columns) FROM agency") })
    }

    /// An open conflict over the website: Shanghai says s, Jiangsu j; s is shown, being the home's.
    private func conflictOverWebsite() throws {
        try shanghai.client.run("UPDATE agency SET website = 'https://s.cn'")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
    }

    // MARK: Edits

    @Test func `equal values are one value`() throws {
        try shanghai.client.run("UPDATE agency SET website = 'https://x.cn'")
        try jiangsu.client.run("UPDATE agency SET website = 'https://x.cn'")
        try federation.settle()
        #expect(try shown("website") == ["https://x.cn"])
        #expect(try shanghai.replica.openConflicts().isEmpty)
        try federation.expectAgreement()
    }

    @Test func `different units of one record are no conflict`() throws {
        try shanghai.client.run("UPDATE agency SET remark = '沪'")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try zhejiang.client.run("UPDATE agency SET contact_person = '李'")
        try federation.settle()
        #expect(try shown("remark, website, contact_person") == ["沪|https://j.cn|李"])
        try federation.expectAgreement()
    }

    @Test func `the latest value wins where the policy says so, without a conflict`() throws {
        try shanghai.client.run("UPDATE agency SET brokers = 1")
        try shanghai.seal()
        try jiangsu.client.run("UPDATE agency SET brokers = 2")
        try jiangsu.seal()
        try federation.settle()
        #expect(try shown("brokers") == ["2"])
        #expect(try shanghai.replica.openConflicts().isEmpty)
        try federation.expectAgreement()
    }

    @Test func `an edit that set a value back to what it was is still an edit against a concurrent one`() throws {
        try shanghai.client.run("UPDATE agency SET website = 'https://x.cn'")
        try shanghai.seal()
        try shanghai.client.run("UPDATE agency SET website = 'https://a.cn'")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
        #expect(try shanghai.conflict().conflict.sides.count == 2)
        try federation.expectAgreement()
    }

    // MARK: Existence

    @Test func `a delete beside an edit is an existence conflict and the record stays shown`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
        #expect(try shown("website, name") == ["https://j.cn|甲"])
        let report = try zhejiang.conflict()
        #expect(report.conflict.unit == UnitRule.existence)
        try federation.expectAgreement()
        // Only the home may settle it.
        #expect(throws: ResolveRefusal.refused(.notAllowed(home: shanghai.market))) {
            try zhejiang.resolve(report, .keep)
        }
        try shanghai.resolve(report, .delete)
        try federation.settle()
        #expect(try shown("count(*)") == ["0"])
        try federation.expectAgreement()
    }

    @Test func `an existence conflict settled by keep leaves the record with both markets' values`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
        try shanghai.resolve(try shanghai.conflict(), .keep)
        try federation.settle()
        #expect(try shown("website, name, level") == ["https://j.cn|甲|national"])
        #expect(try jiangsu.replica.openConflicts().isEmpty)
        try federation.expectAgreement()
    }

    @Test func `delete beside delete is a delete`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        try shanghai.client.run("DELETE FROM agency")
        try twin.client.run("DELETE FROM agency")
        try federation.settle()
        #expect(try shown("count(*)") == ["0"])
        #expect(try shanghai.replica.openConflicts().isEmpty)
        try federation.expectAgreement()
    }

    @Test func `delete and insert of one key in one transaction are an update`() throws {
        try shanghai.client.run(
            """
            BEGIN;
            DELETE FROM agency;
            INSERT INTO agency (agency_id, name, level) VALUES ('31-TTA-000001', '甲', 'provincial');
            COMMIT
            """)
        try federation.settle()
        #expect(try shown("name, level, website, contact_person") == ["甲|provincial||"])
        let last = try #require(
            try shanghai.replica.history(of: RecordID(type: "agency", key: "31-TTA-000001")).last)
        #expect(last.change.kind == .update)
        try federation.expectAgreement()
    }

    @Test func `insert beside insert of two nodes of one home joins unit by unit`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        try shanghai.client.run(
            "INSERT INTO agency (agency_id, name, website) VALUES ('31-TTA-000002', '乙', 'https://1.cn')")
        try twin.client.run(
            "INSERT INTO agency (agency_id, name, website) VALUES ('31-TTA-000002', '乙', 'https://2.cn')")
        try federation.settle()
        let report = try jiangsu.conflict()
        #expect(report.conflict.unit == 35)
        #expect(report.base == nil)
        try federation.expectAgreement()
        try jiangsu.resolve(report, .value([.text("https://3.cn")]))
        try federation.settle()
        #expect(try shown("count(*)") == ["2"])
        #expect(try zhejiang.client.value("SELECT website FROM agency WHERE name = '乙'") == "https://3.cn")
        try federation.expectAgreement()
    }

    @Test func `insert beside insert with different values of the home's own unit is a conflict for the home`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        try shanghai.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', '乙')")
        try twin.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', '丙')")
        try federation.settle()
        let report = try jiangsu.conflict()
        #expect(throws: ResolveRefusal.refused(.notAllowed(home: shanghai.market))) {
            try jiangsu.resolve(report, .take(report.conflict.sides[0].stamp.id))
        }
        try twin.resolve(try twin.conflict(), .take(report.conflict.sides[0].stamp.id))
        try federation.settle()
        #expect(try federation.nodes.allSatisfy { try $0.replica.openConflicts().isEmpty })
        try federation.expectAgreement()
    }

    @Test func `delete, then create with fewer values: the others are NULL`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try federation.settle()
        #expect(try shown("count(*)") == ["0"])
        try shanghai.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '新甲')")
        try federation.settle()
        #expect(try shown("name, level, website, remark") == ["新甲|||"])
        try federation.expectAgreement()
    }

    @Test func `a create beside an edit of what was deleted before keeps both`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try shanghai.seal()
        try shanghai.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '新甲')")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
        #expect(try shown("name, website") == ["新甲|https://j.cn"])
        try federation.expectAgreement()
    }

    // MARK: While a conflict is open

    @Test func `an ordinary edit while a conflict is open leaves the hidden value standing`() throws {
        try conflictOverWebsite()
        #expect(try shown("website") == ["https://s.cn"])
        try zhejiang.client.run("UPDATE agency SET website = 'https://z.cn'")
        try federation.settle()
        let report = try shanghai.conflict()
        let values = Set(report.conflict.sides.map(\.value))
        #expect(values == [.unit([.text("https://j.cn")]), .unit([.text("https://z.cn")])])
        try federation.expectAgreement()
    }

    @Test func `REPLACE while a conflict is open leaves the hidden value standing`() throws {
        try conflictOverWebsite()
        try shanghai.sql(
            """
            INSERT OR REPLACE INTO agency (agency_id, name, level, website, remark, contact_person)
            VALUES ('31-TTA-000001', '甲', 'national', 'https://r.cn', '备注', '王伟')
            """)
        try federation.settle()
        let values = Set(try jiangsu.conflict().conflict.sides.map(\.value))
        #expect(values == [.unit([.text("https://j.cn")]), .unit([.text("https://r.cn")])])
        try federation.expectAgreement()
    }

    @Test func `writing the shown value again is no decision`() throws {
        try conflictOverWebsite()
        try shanghai.client.run("UPDATE agency SET website = website")
        #expect(try shanghai.seal() == SealReport())
        #expect(try shanghai.conflict().conflict.sides.count == 2)
    }

    @Test func `an edit of another unit while a conflict is open leaves the conflict alone`() throws {
        try conflictOverWebsite()
        let before = try shanghai.conflict().id
        try zhejiang.client.run("UPDATE agency SET remark = '浙'")
        try federation.settle()
        #expect(try shanghai.conflict().id == before)
        #expect(try shown("remark") == ["浙"])
        try federation.expectAgreement()
    }

    @Test func `a plain delete while a conflict is open keeps what nobody was shown`() throws {
        try conflictOverWebsite()
        try shanghai.client.run("DELETE FROM agency")
        try federation.settle()
        // Jiangsu's value was not shown to who deleted: an existence conflict, not a silent loss.
        let report = try zhejiang.replica.openConflicts().first { $0.conflict.unit == UnitRule.existence }
        #expect(report != nil)
        #expect(try shown("count(*)") == ["1"])
        try federation.expectAgreement()
        try shanghai.resolve(try #require(report), .delete)
        try federation.settle()
        #expect(try shown("count(*)") == ["0"])
        #expect(try jiangsu.replica.openConflicts().isEmpty)
        try federation.expectAgreement()
    }

    @Test func `a plain write during an existence conflict stays beside it`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
        try zhejiang.client.run("UPDATE agency SET remark = '浙'")
        try federation.settle()
        #expect(try shown("website, remark") == ["https://j.cn|浙"])
        #expect(try shanghai.conflict().conflict.unit == UnitRule.existence)
        try federation.expectAgreement()
        // And a plain delete by the home does not silently take what it was not shown.
        try shanghai.client.run("DELETE FROM agency")
        try federation.settle()
        try federation.expectAgreement()
    }

    // MARK: Resolutions

    @Test func `a resolution closes everywhere, also where it arrives late`() throws {
        try conflictOverWebsite()
        let report = try zhejiang.conflict()
        try zhejiang.resolve(report, .value([.text("https://v.cn")]))
        try federation.settle()
        #expect(try shown("website") == ["https://v.cn"])
        #expect(try federation.nodes.allSatisfy { try $0.replica.openConflicts().isEmpty })
        #expect(try shanghai.replica.conflictIDs(beginning: report.id.hex).map(\.isOpen) == [false])
        try federation.expectAgreement()
    }

    @Test func `a late third edit after a resolution opens a new conflict that follows the old one`() throws {
        try conflictOverWebsite()
        let report = try shanghai.conflict()
        // Zhejiang writes knowing neither the other side nor the resolution.
        let late = try federation.copy(of: zhejiang)
        try late.replica.beginIncarnation(ID16(Array(repeating: 7, count: 16))!, because: "test")
        try shanghai.resolve(report, .take(report.conflict.shown.id))
        try federation.settle()
        try late.client.run("UPDATE agency SET website = 'https://late.cn'")
        try late.seal()
        try federation.pull(jiangsu, from: late)
        try federation.settle()
        let second = try zhejiang.conflict()
        #expect(second.follows == report.id)
        #expect(second.id != report.id)
        try federation.expectAgreement()
    }

    @Test func `two equal resolutions at once close`() throws {
        try conflictOverWebsite()
        let report = try shanghai.conflict()
        try shanghai.resolve(report, .value([.text("https://v.cn")]))
        try zhejiang.resolve(report, .value([.text("https://v.cn")]))
        try federation.settle()
        #expect(try federation.nodes.allSatisfy { try $0.replica.openConflicts().isEmpty })
        #expect(try shown("website") == ["https://v.cn"])
        try federation.expectAgreement()
    }

    @Test func `two different resolutions at once are a new conflict that names both`() throws {
        try conflictOverWebsite()
        let report = try shanghai.conflict()
        try shanghai.resolve(report, .value([.text("https://1.cn")]), reason: "一", author: "沪")
        try zhejiang.resolve(report, .value([.text("https://2.cn")]), reason: "二", author: "浙")
        try federation.settle()
        let second = try jiangsu.conflict()
        #expect(second.follows == report.id)
        #expect(Set(second.notes.values.map(\.author)) == ["沪", "浙"])
        #expect(Set(second.notes.values.map(\.reason)) == ["一", "二"])
        try federation.expectAgreement()
    }

    @Test func `a stale id is refused, and what was pending stays sealed`() throws {
        try conflictOverWebsite()
        let report = try shanghai.conflict()
        try zhejiang.client.run("UPDATE agency SET website = 'https://z.cn'")
        try federation.settle()
        let now = try shanghai.conflict().id
        try shanghai.client.run("UPDATE agency SET remark = '先'")
        #expect(throws: ResolveRefusal.changed(now: [now])) { try shanghai.resolve(report, .value([.null])) }
        #expect(try shanghai.seal() == SealReport())
        try federation.settle()
        #expect(try shown("remark") == ["先"])
        try federation.expectAgreement()
    }

    @Test func `an edit that arrives between show and delete refuses the delete`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try jiangsu.client.run("UPDATE agency SET website = 'https://j.cn'")
        try federation.settle()
        let report = try shanghai.conflict()
        try zhejiang.client.run("UPDATE agency SET remark = '浙'")
        try federation.pull(shanghai, from: zhejiang)
        #expect(throws: ResolveRefusal.self) { try shanghai.resolve(report, .delete) }
        #expect(try shown("count(*)") == ["1"])
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a local write between show and resolve is sealed first and refuses the resolution`() throws {
        try conflictOverWebsite()
        let report = try shanghai.conflict()
        try shanghai.client.run("UPDATE agency SET website = 'https://s2.cn'")
        #expect(throws: ResolveRefusal.self) { try shanghai.resolve(report, .value([.text("https://v.cn")])) }
        try federation.settle()
        #expect(try jiangsu.conflict().conflict.sides.count == 2)
        try federation.expectAgreement()
    }

    @Test func `a resolution with a wrong choice or value is refused and writes nothing`() throws {
        try conflictOverWebsite()
        let report = try shanghai.conflict()
        let before = try shanghai.replica.position().frontier
        #expect(throws: ResolveRefusal.refused(.noSuchSide)) { try shanghai.resolve(report, .take(.zero)) }
        #expect(throws: ResolveRefusal.refused(.wrongChoice)) { try shanghai.resolve(report, .keep) }
        #expect(throws: ResolveRefusal.refused(.valueDoesNotFit)) {
            try shanghai.resolve(report, .value([.integer(1)]))
        }
        #expect(throws: ResolveRefusal.refused(.valueDoesNotFit)) { try shanghai.resolve(report, .value([])) }
        #expect(try shanghai.replica.position().frontier == before)
    }

    @Test func `the base of a conflict is what both sides started from`() throws {
        try conflictOverWebsite()
        #expect(try shanghai.conflict().base == [.text("https://a.cn")])
        try shanghai.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000003', '丙')")
        try federation.settle()
        try shanghai.client.run("UPDATE agency SET website = '1' WHERE name = '丙'")
        try jiangsu.client.run("UPDATE agency SET website = '2' WHERE name = '丙'")
        try federation.settle()
        let report = try jiangsu.replica.openConflicts(key: "31-TTA-000003").first
        // The create carried no website: both started from NULL.
        #expect(report?.base == [.null])
    }

    @Test func `sides that parted from a conflict have one base on every node, the value that it showed`() throws {
        try conflictOverWebsite()
        // Shanghai applied its own value first, Jiangsu its own.
        let report = try shanghai.conflict()
        try shanghai.resolve(report, .value([.text("https://1.cn")]))
        try jiangsu.resolve(report, .value([.text("https://2.cn")]))
        try federation.settle()
        for node in federation.nodes { #expect(try node.conflict().base == [.text("https://s.cn")], "\(node.market)") }
    }

    @Test func `a base from before a re-creation is none`() throws {
        try shanghai.client.run("DELETE FROM agency")
        try shanghai.seal()
        try shanghai.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '新甲')")
        try federation.settle()
        try shanghai.client.run("UPDATE agency SET website = '1'")
        try jiangsu.client.run("UPDATE agency SET website = '2'")
        try federation.settle()
        #expect(try zhejiang.conflict().base == [.null])
    }
}
