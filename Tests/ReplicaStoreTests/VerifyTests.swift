// Whatever someone alters in the file is found; a healthy replica has nothing to report.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Verify")
struct VerifyTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    /// Three change sets, one of them a resolved conflict's; nothing pending; one open conflict; and one record that stands
    /// as it was created.
    init() throws {
        federation = try TestFederation(catalog: try SmallCatalog.version1())
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.client.run(
            """
            INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n');
            INSERT INTO item (item_no, title, note) VALUES ('31-0002', 'b', 'm');
            INSERT INTO item (item_no, title, note) VALUES ('31-0008', 'c', 'k');
            """)
        try federation.settle()
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no < '31-0008'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no < '31-0008'")
        try federation.settle()
        let report = try #require(try shanghai.replica.openConflicts(key: "31-0001").first)
        try shanghai.resolve(report, .take(report.conflict.shown.id))
        try federation.settle()
    }

    @Test func `a healthy replica has no findings`() throws { try federation.expectAgreement() }

    @Test(arguments: [
        ("UPDATE item SET title = 'x' WHERE item_no = '31-0001'", "row_altered"),
        ("UPDATE item SET note = 'x' WHERE item_no = '31-0002'", "row_altered"),
        ("UPDATE item SET note = CAST(x'ff' AS TEXT) WHERE item_no = '31-0001'", "row_altered"),
        ("DELETE FROM item WHERE item_no = '31-0001'", "row_altered"),
        ("INSERT INTO item (item_no, title) VALUES ('31-0003', 'x')", "row_altered"),
        ("INSERT INTO item (item_no, title) VALUES (CAST(x'ff' AS TEXT), 'x')", "row_altered"),
        ("DROP TRIGGER yrd_item_insert", "trigger_altered"),
        ("DROP TRIGGER yrd_item_guard_update", "trigger_altered"),
        ("CREATE TRIGGER yrd_item_extra AFTER INSERT ON item BEGIN DELETE FROM yrd_pending; END", "trigger_altered"),
        ("CREATE TRIGGER extra AFTER INSERT ON item BEGIN DELETE FROM yrd_pending; END", "schema_altered"),
        ("CREATE TRIGGER extra AFTER INSERT ON yrd_entry BEGIN DELETE FROM yrd_pending; END", "schema_altered"),
        ("CREATE VIEW extra AS SELECT * FROM item", "schema_altered"),
        ("UPDATE yrd_entry SET payload = x'00' WHERE number = 1", "entry_unreadable"),
        ("UPDATE yrd_entry SET header = x'00' WHERE number = 1", "entry_unreadable"),
        ("UPDATE yrd_entry SET signatures = x'00' WHERE number = 2", "entry_unreadable"),
        ("UPDATE yrd_entry SET id = zeroblob(32) WHERE number = 1", "entry_altered"),
        ("UPDATE yrd_entry SET time = time + 1 WHERE number = 1", "entry_altered"),
        ("UPDATE yrd_entry SET sequence = 99 WHERE number = 1", "entry_altered"),
        ("UPDATE yrd_entry SET lane = 3 - lane WHERE sequence = 3", "entry_altered"),
        ("UPDATE yrd_entry SET lane = 77 WHERE number = 1", "entry_altered"),
        ("UPDATE yrd_entry SET changes = 7 WHERE number = 1", "entry_altered"),
        (
            "UPDATE yrd_entry SET payload = (SELECT payload FROM yrd_entry WHERE number = 2) WHERE number = 1",
            "entry_not_authentic"
        ),
        (
            "UPDATE yrd_entry SET signatures = (SELECT signatures FROM yrd_entry WHERE number = 2) WHERE number = 1",
            "entry_not_authentic"
        ),
        (
            "UPDATE yrd_entry SET header = CAST(substr(header, 1, 80) || x'0000018bcfe56801' || substr(header, 89) AS BLOB) WHERE number = 1",
            "entry_not_authentic"
        ),
        ("DELETE FROM yrd_entry WHERE number = 1", "chain_broken"),
        ("DELETE FROM yrd_entry WHERE number = (SELECT max(number) FROM yrd_entry)", "log_truncated"),
        ("DELETE FROM yrd_entry", "log_truncated"),
        ("UPDATE yrd_digest SET sum = zeroblob(32)", "digest_differs"),
        ("DELETE FROM yrd_digest", "digest_differs"),
        ("UPDATE yrd_record SET state = x'0100' WHERE key = '31-0002'", "record_unreadable"),
        ("UPDATE yrd_record SET state = NULL WHERE key = '31-0002'", "row_altered"),
        ("UPDATE yrd_record SET digest = zeroblob(32) WHERE key = '31-0001'", "row_altered"),
        ("UPDATE yrd_record SET history = NULL WHERE key = '31-0001'", "record_differs_from_log"),
        ("DELETE FROM yrd_record WHERE key = '31-0001'", "record_missing"),
        ("UPDATE yrd_conflict SET closed_by = 1", "conflicts_differ_from_log"),
        ("UPDATE yrd_conflict SET closed_by = NULL", "conflicts_differ_from_log"),
        ("UPDATE yrd_digest SET bucket = bucket + 1000", "digest_unreadable"),
    ])
    func `what is altered is found`(_ tampering: String, code: String) throws {
        #expect(try shanghai.findings(in: federation) == [])
        try shanghai.client.silenceTriggers()
        try shanghai.client.run(tampering)
        let codes = try shanghai.findings(in: federation).map(\.code)
        #expect(codes.contains(code), "\(codes)")
        #expect(try jiangsu.findings(in: federation) == [])
    }

    /// The digest leaves out which delete replaced a value (docs/testing.md, known gaps): only the rebuilt state tells.
    @Test func `a state that shows something else under the same digest is found by rebuilding`() throws {
        try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-0009', 'a')")
        try shanghai.seal()
        try shanghai.client.run("DELETE FROM item WHERE item_no = '31-0009'")
        try shanghai.seal()
        #expect(try shanghai.findings(in: federation) == [])
        let hex = try shanghai.client.value("SELECT hex(state) FROM yrd_record WHERE key = '31-0009'")
        let state = try #require([UInt8](hex: hex))
        // Version, one existence sibling (entry, absent), one unit (number, one sibling: entry, one delete, the first).
        #expect(state[1] == 1 && state[4...6] == [1, 1, 1] && state[8...9] == [1, 0])
        let spared = state[..<8] + [0] + state[10...]
        try shanghai.client.run("UPDATE yrd_record SET state = x'\(Array(spared).hex)' WHERE key = '31-0009'")
        let codes = try shanghai.findings(in: federation).map(\.code)
        #expect(codes.contains("record_differs_from_log"), "\(codes)")
        #expect(!codes.contains("digest_differs"))
    }

    @Test func `pending writes are no findings`() throws {
        try shanghai.client.run("UPDATE item SET title = 'x' WHERE item_no = '31-0001'")
        #expect(try shanghai.findings(in: federation) == [])
    }

    @Test func `a replica whose digests were altered refuses to apply, and does not crash`() throws {
        try shanghai.client.run("UPDATE yrd_record SET digest = zeroblob(32) WHERE key = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'x' WHERE item_no = '31-0001'")
        #expect(throws: ReplicaDamage.self) { try federation.pull(shanghai, from: jiangsu) }
    }

    @Test func `comparing leads to the record that differs, and no prefix is too long`() throws {
        let whole = try shanghai.replica.digests(below: []).reply
        #expect(whole.children.count == 256)
        #expect(try jiangsu.replica.digests(below: []).reply == whole)
        let filled = whole.children.indices.filter { whole.children[$0] != .zero }
        #expect(!filled.isEmpty && filled.count <= 3)
        for bucket in filled {
            let below = try shanghai.replica.digests(below: [UInt8(bucket)]).reply
            var sum = DigestSum()
            below.children.forEach { sum.add($0) }
            #expect(sum.value == whole.children[bucket])
        }
        for length in [31, 32, 33, 64] {
            _ = try shanghai.replica.digests(below: Array(repeating: 0, count: length)).reply
        }
        let hash = shanghai.clock.environment.hashing.sha256(RecordID(type: "item", key: "31-0001").bucketBytes).bytes
        #expect(try shanghai.replica.digests(below: hash).reply.children == [])
        #expect(try shanghai.replica.digests(below: Array(hash.prefix(31))).reply.children[Int(hash[31])] != .zero)
    }
}
