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

    /// As for `verify`, and a record that was deleted.
    init() throws {
        federation = try Tampering.federation()
        let shanghai = federation["shanghai"]
        try shanghai.client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0007', 'g', 'o')")
        try shanghai.seal()
        try shanghai.client.run("DELETE FROM item WHERE item_no = '31-0007'")
        try federation.settle()
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

    private static let deletedRecordIsBack = "INSERT INTO item (item_no, title) VALUES ('31-0007', 'back')"

    @Test(arguments: Tampering.withWhatFollowsFromIt.map(\.sql) + [deletedRecordIsBack])
    func `what is altered is restored, listed, and the rest is as it was`(_ tampering: String) throws {
        let before = try content(of: shanghai)
        try shanghai.tamper(tampering)
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
        try shanghai.tamper("UPDATE item SET note = 'whoever wrote this' WHERE item_no = '31-0002'")
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
        try shanghai.tamper("UPDATE item SET note = 'forged' WHERE item_no = '31-0002'")
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
        try shanghai.tamper("DELETE FROM yrd_digest")
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

    @Test(arguments: Tampering.withTheLog.map(\.sql))
    func `from a damaged log nothing is restored, and nothing is changed`(_ tampering: String) throws {
        try shanghai.tamper("UPDATE item SET note = 'forged'; \(tampering)")
        let before = try content(of: shanghai)
        let damage = #expect(throws: LogDamaged.self) { try repair() }
        #expect(damage?.findings.isEmpty == false)
        #expect(try content(of: shanghai) == before)
    }
}
