// What was altered is put back to what the log makes of it; what the log does not know stays.

import ForeignSQL
import MarketCatalog
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("Repair")
struct RepairTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    /// Records as created, changed, in conflict and resolved; one deleted.
    init() throws {
        federation = try TestFederation(catalog: try SmallCatalog.version1())
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.client.run(
            """
            INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n');
            INSERT INTO item (item_no, title, note) VALUES ('31-0002', 'b', 'm');
            INSERT INTO item (item_no, title, note) VALUES ('31-0007', 'g', 'o');
            INSERT INTO item (item_no, title, note) VALUES ('31-0008', 'c', 'k');
            """)
        try federation.settle()
        try shanghai.client.run(
            "UPDATE item SET note = 's' WHERE item_no < '31-0003'; DELETE FROM item WHERE item_no = '31-0007'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no < '31-0003'")
        try federation.settle()
        let report = try #require(try shanghai.replica.openConflicts(key: "31-0001").first)
        try shanghai.resolve(report, .take(report.conflict.shown.id))
        try federation.settle()
    }

    /// Behind the triggers' back.
    private func tamper(_ statements: String) throws {
        let client = try ForeignClient(shanghai.path)
        client.silenceTriggers()
        try client.run(statements)
    }

    private func repair() throws -> [Finding] {
        try shanghai.replica.repair(fault: { federation.fault(of: $0) }, progress: { _ in })
    }

    /// Everything that a client can see of the records, and what the schema is made of.
    private func content(of node: TestNode) throws -> [[String]] {
        try [
            "SELECT * FROM item ORDER BY item_no",
            "SELECT key, hex(digest), hex(state), hex(history) FROM yrd_record ORDER BY key",
            "SELECT hex(id), key, unit, opened, closed_by FROM yrd_conflict ORDER BY id",
            "SELECT bucket, hex(sum) FROM yrd_digest ORDER BY bucket",
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name",
            "SELECT number, hex(id), fault, changes FROM yrd_entry ORDER BY number",
            "SELECT * FROM yrd_pending ORDER BY key",
        ].map { try node.client.rows($0).map { "\($0)" } }
    }

    @Test(arguments: [
        "UPDATE item SET title = 'x' WHERE item_no = '31-0001'",
        "UPDATE item SET note = 'x' WHERE item_no = '31-0002'",
        "UPDATE item SET note = CAST(x'ff' AS TEXT) WHERE item_no = '31-0001'",
        "DELETE FROM item",
        "INSERT INTO item (item_no, title) VALUES ('31-0003', 'x')",
        "INSERT INTO item (item_no, title) VALUES ('31-0007', 'back')",
        "INSERT INTO item (item_no, title) VALUES (CAST(x'ff' AS TEXT), 'x')",
        "DROP TRIGGER yrd_item_insert",
        "CREATE TRIGGER yrd_item_extra AFTER INSERT ON item BEGIN DELETE FROM yrd_pending; END",
        "CREATE TRIGGER \"an \"\"evil\"\" one\" AFTER UPDATE ON item BEGIN DELETE FROM yrd_pending; END",
        "CREATE VIEW evil AS SELECT * FROM item",
        "DROP VIEW item_v",
        "DROP VIEW item_v; CREATE VIEW item_v AS SELECT 'other' AS title",
        "UPDATE yrd_digest SET sum = zeroblob(32)",
        "DELETE FROM yrd_digest",
        "UPDATE yrd_digest SET bucket = bucket + 1000",
        "UPDATE yrd_record SET state = x'0100' WHERE key = '31-0002'",
        "UPDATE yrd_record SET state = NULL WHERE key = '31-0002'",
        "UPDATE yrd_record SET digest = zeroblob(32) WHERE key = '31-0001'",
        "UPDATE yrd_record SET history = NULL WHERE key = '31-0001'",
        "DELETE FROM yrd_record",
        "UPDATE yrd_conflict SET closed_by = 1",
        "UPDATE yrd_conflict SET closed_by = NULL",
        "DELETE FROM yrd_conflict",
    ])
    func `what is altered is restored, listed, and the rest is as it was`(_ tampering: String) throws {
        let before = try content(of: shanghai)
        try tamper(tampering.replacing("item_v", with: SyncedTableSQL.viewName(of: "item")))
        let found = try shanghai.findings(in: federation)
        #expect(!found.isEmpty)
        let repaired = try repair()
        #expect(repaired.map(\.code) == found.map(\.code))
        #expect(try content(of: shanghai) == before)
        #expect(try shanghai.findings(in: federation) == [])
        try federation.expectAgreement()
        let kept = try shanghai.client.rows("SELECT code FROM yrd_finding WHERE code = 'repaired'").count
        #expect(kept == repaired.count)
        // It goes on: writes are captured, and arrive.
        try shanghai.client.run("UPDATE item SET title = 'after' WHERE item_no = '31-0008'")
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT title FROM item WHERE item_no = '31-0008'") == "after")
    }

    @Test func `what stood in an altered row is kept`() throws {
        try tamper("UPDATE item SET note = 'whoever wrote this' WHERE item_no = '31-0002'")
        _ = try repair()
        let detail = try shanghai.client.value("SELECT detail FROM yrd_finding WHERE code = 'repaired'")
        #expect(detail.contains("row_altered") && detail.contains(Array("whoever wrote this".utf8).hex.uppercased()))
    }

    @Test func `writes that are not sealed yet stay, are sealed, and arrive`() throws {
        try shanghai.client.run(
            """
            UPDATE item SET title = 'mine' WHERE item_no = '31-0001';
            INSERT INTO item (item_no, title) VALUES ('31-0005', 'new');
            DELETE FROM item WHERE item_no = '31-0008';
            """)
        let pending = try shanghai.client.rows("SELECT key, op, mask FROM yrd_pending ORDER BY key").map { "\($0)" }
        #expect(pending.count == 3)
        try tamper("UPDATE item SET note = 'forged' WHERE item_no = '31-0002'")
        #expect(try repair().map(\.key) == ["31-0002"])
        #expect(
            try shanghai.client.rows("SELECT key, op, mask FROM yrd_pending ORDER BY key").map { "\($0)" } == pending)
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.client.value("SELECT title FROM item WHERE item_no = '31-0001'") == "mine")
            #expect(try node.client.value("SELECT count(*) FROM item WHERE item_no = '31-0005'") == "1")
            #expect(try node.client.value("SELECT count(*) FROM item WHERE item_no = '31-0008'") == "0")
            #expect(try node.client.value("SELECT count(*) FROM item WHERE note = 'forged'") == "0")
        }
        try federation.expectAgreement()
    }

    @Test func `a write that no change set can carry stays, and waits for a person as before`() throws {
        try shanghai.client.run("UPDATE item SET note = CAST(x'ff' AS TEXT) WHERE item_no = '31-0001'")
        try shanghai.seal()
        #expect(try shanghai.findings(in: federation).map(\.code) == ["write_not_sealed"])
        #expect(try repair() == [])
        try tamper("DELETE FROM yrd_digest")
        #expect(try repair().map(\.code) == ["digest_differs"])
        #expect(try shanghai.findings(in: federation).map(\.code) == ["write_not_sealed"])
        #expect(try shanghai.client.value("SELECT hex(note) FROM item WHERE item_no = '31-0001'") == "FF")
    }

    @Test func `a healthy replica is left alone`() throws {
        let before = try content(of: shanghai)
        #expect(try repair() == [])
        #expect(try content(of: shanghai) == before)
        #expect(try shanghai.client.value("SELECT count(*) FROM yrd_finding WHERE code = 'repaired'") == "0")
    }

    @Test(arguments: [
        "DELETE FROM yrd_entry WHERE number = (SELECT max(number) FROM yrd_entry)",
        "DELETE FROM yrd_entry WHERE number = 1",
        "UPDATE yrd_entry SET payload = x'00' WHERE number = 1",
        "UPDATE yrd_entry SET signatures = x'00' WHERE number = 2",
    ])
    func `from a damaged log nothing is restored, and nothing is changed`(_ tampering: String) throws {
        try tamper("UPDATE item SET note = 'forged'; \(tampering)")
        let before = try content(of: shanghai)
        let damage = #expect(throws: LogDamaged.self) { try repair() }
        #expect(damage?.findings.isEmpty == false)
        #expect(try content(of: shanghai) == before)
    }
}
