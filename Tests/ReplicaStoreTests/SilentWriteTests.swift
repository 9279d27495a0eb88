// What some program wrote past the triggers is found, sealed or taken back, and never overwritten unseen.

import ForeignSQL
import Foundation
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Writes past capture")
struct SilentWriteTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    init() throws {
        federation = try TestFederation.ofTwoItems()
    }

    private func title(_ node: TestNode, _ key: String = "31-0001") throws -> String {
        try node.client.value("SELECT title FROM item WHERE item_no = '\(key)'")
    }

    @Test func `a write while the triggers were off is sealed before an arriving change would overwrite it`() throws {
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET note = 'silent' WHERE item_no = '31-0001';")
        try jiangsu.client.run("UPDATE item SET note = 'loud' WHERE item_no = '31-0001'")
        try federation.settle()
        let report = try jiangsu.conflict()
        #expect(Set(report.conflict.sides.map(\.value)) == [.unit([.text("silent")]), .unit([.text("loud")])])
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        try federation.expectAgreement()
    }

    /// By the short way of plain creates, too.
    @Test func `a silent insert is not overwritten by an arriving create of the same record`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        // Its first change set says which incarnation it follows: no plain create.
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0006', 'first')")
        try twin.seal()
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'twin')")
        try shanghai.client.silenceTriggers()
        try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'silent')")
        try federation.pull(shanghai, from: twin)
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        let sides = try shanghai.conflict().conflict.sides.map(\.value)
        #expect(Set(sides) == [.unit([.text("twin")]), .unit([.text("silent")])])
        try federation.settle()
        try federation.expectAgreement()
    }

    /// Nothing differs, and yet two have written: each write must count, and the digests stay those of the log.
    @Test func `a silent insert of the very row that arrives is a write of its own`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        // Its first change set says which incarnation it follows: no plain create.
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0006', 'first')")
        try twin.seal()
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'same')")
        try shanghai.client.silenceTriggers()
        try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'same')")
        try federation.pull(shanghai, from: twin)
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        #expect(try shanghai.findings(in: federation).isEmpty)
        try federation.settle()
        try federation.expectAgreement()
    }

    /// A unit that is created as NULL was written all the same: the state names its writer, and the short way has no place
    /// for that.
    @Test func `a create that writes NULL on purpose goes the ordinary way`() throws {
        let entry = try shanghai.forge(
            incarnation: ID16(Array(repeating: 7, count: 16))!,
            context: Context(catalogHash: .zero, frontier: try shanghai.replica.frontier()),
            changes: [
                Change(
                    kind: .create, record: RecordID(type: "item", key: "31-0009"),
                    units: [UnitValues(unit: 1, values: [.text("named")]), UnitValues(unit: 32, values: [.null])])
            ])
        for node in federation.nodes {
            #expect(try node.replica.apply([entry], from: nil, node.signer).applied == 1)
            #expect(try node.findings(in: federation).isEmpty)
        }
        try jiangsu.client.run("UPDATE item SET first = 'j' WHERE item_no = '31-0009'")
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a silent write to a unit in conflict is found too`() throws {
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET note = 'silent' WHERE item_no = '31-0001';")
        #expect(try shanghai.findings(in: federation).map(\.code) == ["row_altered"])
        try jiangsu.client.run("UPDATE item SET amount = 1 WHERE item_no = '31-0001'")
        try federation.settle()
        let values = Set(try jiangsu.conflict().conflict.sides.map(\.value))
        #expect(values == [.unit([.text("silent")]), .unit([.text("j")])])
        try federation.expectAgreement()
    }

    @Test func `a silent write to a unit that was NULL is found too`() throws {
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET first = 'silent' WHERE item_no = '31-0001';")
        #expect(try shanghai.findings(in: federation).map(\.code) == ["row_altered"])
    }

    /// By the short way of plain updates: where nobody had written, where somebody had, in the unit that is updated and in
    /// another one.
    @Test(arguments: [
        "first = 'silent'", "note = 'silent'", "note = NULL", "second = 'red'", "amount = 7", "title = 'silent'",
    ])
    func `a silent write is not overwritten by an arriving update`(_ assignment: String) throws {
        // An origin's first change set carries a note, and is not plain.
        try jiangsu.client.run("UPDATE item SET amount = 1 WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET \(assignment) WHERE item_no = '31-0001';")
        for column in ["note", "first"] {
            try jiangsu.client.run("UPDATE item SET \(column) = 'loud' WHERE item_no = '31-0001'")
        }
        try jiangsu.seal()
        try federation.pull(shanghai, from: jiangsu)
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        let written = try shanghai.replica.history(of: RecordID(type: "item", key: "31-0001"))
            .filter { $0.market == shanghai.market && $0.change.kind == .update }
        #expect(written.count == 1)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a silent write is not overwritten by a resolution`() throws {
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no = '31-0001'")
        try federation.settle()
        let report = try shanghai.conflict()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET first = 'silent' WHERE item_no = '31-0001';")
        try shanghai.resolve(report, .value([.text("v")]))
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT first, note FROM item WHERE item_no = '31-0001'") == "silent|v")
        try federation.expectAgreement()
    }

    @Test func `a dropped trigger is restored and what it missed is sealed`() throws {
        try shanghai.sql("DROP TRIGGER yrd_item_update; UPDATE item SET note = 'missed' WHERE item_no = '31-0001';")
        #expect(try shanghai.findings(in: federation).map(\.code).contains("trigger_altered"))
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.findings().map(\.code) == ["triggers_altered", "uncaptured_write"])
        try shanghai.sql("UPDATE item SET note = 'noticed' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `newer software puts its triggers and views in place of the older one's, and that is no finding`() throws
    {
        try shanghai.seal()
        // As if older software had made the file: one guard was not there yet, another read otherwise, a third is none any
        // more, nothing else has changed since it last looked.
        try shanghai.sql(
            """
            DROP TRIGGER yrd_item_evict_insert; DROP TRIGGER yrd_item_guard_delete; DROP VIEW item_view;
            CREATE TRIGGER yrd_item_guard_delete BEFORE DELETE ON item BEGIN SELECT 1; END;
            CREATE TRIGGER yrd_item_guard_home AFTER INSERT ON item BEGIN SELECT 1; END;
            CREATE VIEW item_view AS SELECT 'old' AS title;
            """)
        let version = try shanghai.sql("PRAGMA schema_version")
        try shanghai.sql(
            """
            UPDATE yrd_meta SET value = \(version) WHERE name = 'checked_schema_version';
            UPDATE yrd_meta SET value = zeroblob(32) WHERE name = 'layout_digest';
            """)
        try shanghai.client.run("UPDATE item SET note = 'x' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.findings() == [])
        #expect(try shanghai.findings(in: federation) == [])
        #expect(try shanghai.client.value("SELECT note FROM item_view WHERE item_no = '31-0001'") == "x")
        #expect(throws: SQLComplaint.self) { try shanghai.client.run("DELETE FROM item WHERE item_no = '32-0001'") }
    }

    @Test func `a search for a code passes by a set that some client broke`() throws {
        try shanghai.client.run("UPDATE item SET tags = '[\"red\"]' WHERE item_no = '31-0001'")
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET tags = '{' WHERE item_no = '32-0001';")
        var keys: [Text] = []
        try shanghai.replica.forEachRecord(
            of: "item", where: [ColumnCondition(column: "tags", test: .contains("red"))], limit: nil
        ) { keys.append($0.key) }
        #expect(keys == ["31-0001"])
    }

    @Test func `ANALYZE and VACUUM and an index of the registry's own disturb nothing`() throws {
        try shanghai.sql(
            "ANALYZE; VACUUM; CREATE INDEX own_index ON item (note); UPDATE item SET note = 'x' WHERE item_no = '31-0001'; ANALYZE;"
        )
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.findings() == [])
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a forbidden write past the triggers is taken back and kept as evidence`() throws {
        try jiangsu.sql(".dbconfig enable_trigger off\nUPDATE item SET title = 'forged' WHERE item_no = '31-0001';")
        try shanghai.client.run("UPDATE item SET amount = 5 WHERE item_no = '31-0001'")
        try federation.settle()
        #expect(try title(jiangsu) == "a")
        let item = try #require(try jiangsu.replica.quarantine().first)
        #expect(item.code == "local_write_taken_back")
        #expect(item.key == "31-0001")
        try federation.expectAgreement()
    }

    @Test func `what the market may write is sealed though a forbidden write stands beside it`() throws {
        try jiangsu.client.run("UPDATE item SET note = 'allowed' WHERE item_no = '31-0001'")
        try jiangsu.sql(".dbconfig enable_trigger off\nUPDATE item SET title = 'forged' WHERE item_no = '31-0001';")
        #expect(try jiangsu.seal().changes == 1)
        try federation.settle()
        #expect(try shanghai.client.value("SELECT title, note FROM item WHERE item_no = '31-0001'") == "a|allowed")
        try federation.expectAgreement()
    }

    @Test func `a foreign record deleted or invented past the triggers comes back, or goes`() throws {
        try jiangsu.sql(
            """
            .dbconfig enable_trigger off
            DELETE FROM item WHERE item_no = '31-0001';
            INSERT INTO item (item_no, title) VALUES ('31-0666', 'invented');
            DROP TRIGGER yrd_item_insert;
            """)
        try jiangsu.seal()
        #expect(try jiangsu.client.rows("SELECT item_no FROM item ORDER BY 1") == ["31-0001", "32-0001"])
        try federation.settle()
        try federation.expectAgreement()
    }
}
