// What somebody who owns the file may do to it, and what `verify` must say.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

enum Tampering {
    /// Three change sets, one of them a resolved conflict's; nothing pending; one open conflict; and one record that stands
    /// as it was created.
    static func federation() throws -> TestFederation {
        let federation = try TestFederation(catalog: try SmallCatalog.version1())
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
        return federation
    }

    /// Nothing can be made anew from such a log.
    static let withTheLog: [(sql: String, code: String)] = [
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
    ]

    /// What `verify --repair` puts back.
    static let withWhatFollowsFromIt: [(sql: String, code: String)] = [
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
        ("DELETE FROM item", "row_altered"),
        (
            "CREATE TRIGGER \"an \"\"evil\"\" one\" AFTER UPDATE ON item BEGIN DELETE FROM yrd_pending; END",
            "schema_altered"
        ),
        ("DROP VIEW item_view", "schema_altered"),
        ("DROP VIEW item_view; CREATE VIEW item_view AS SELECT 'other' AS title", "schema_altered"),
        ("UPDATE yrd_entry SET fault = 'value_does_not_fit' WHERE number = 1", "record_differs_from_log"),
        ("DELETE FROM yrd_record", "record_missing"),
        ("DELETE FROM yrd_conflict", "conflicts_differ_from_log"),
    ]
}

extension TestNode {
    /// Behind the triggers' back.
    func tamper(_ statements: String) throws {
        let client = try ForeignClient(path)
        client.silenceTriggers()
        try client.run(statements)
    }
}
