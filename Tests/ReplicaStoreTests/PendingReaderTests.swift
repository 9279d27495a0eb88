// A large seal reads on another core what it seals: the same bytes, and nothing left behind.

import ForeignSQL
import ReplicaStore
import SyncCore
import Testing

@Suite("What is pending, read ahead")
struct PendingReaderTests {
    private static let count = 700

    /// Records in many pieces, of both markets, sealed and level.
    private func federation(readAheadFrom: Int64) throws -> TestFederation {
        let federation = try TestFederation(catalog: try SmallCatalog.version1(), readAheadFrom: readAheadFrom)
        for (name, home) in [("shanghai", "31"), ("jiangsu", "32")] {
            try federation[name].client.run(
                """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.count))
                INSERT INTO item (item_no, title, width, note)
                SELECT printf('\(home)-%04d', i), 't' || i, nullif(i % 3, 0), iif(i % 5, NULL, 'n') FROM n
                """)
        }
        try federation.settle()
        return federation
    }

    /// Each way that a record may go: created, emptied, altered, left as it was, gone, with a set, written past the guards.
    private static let writes = """
        UPDATE item SET note = 'm' WHERE substr(item_no, 4) % 2 = 0;
        UPDATE item SET title = 'u' WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 3 = 0;
        UPDATE item SET width = NULL WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 7 = 0;
        UPDATE item SET amount = 1, tags = '["red","blue"]' WHERE substr(item_no, 4) % 11 = 0;
        UPDATE item SET amount = NULL WHERE substr(item_no, 4) % 22 = 0;
        DELETE FROM item WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 13 = 0;
        INSERT INTO item (item_no, title) SELECT '31-' || (1000 + substr(item_no, 4)), 'new' FROM item
            WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 2 = 1;
        .dbconfig enable_trigger off
        UPDATE item SET title = 'not ours', first = 'ours' WHERE item_no LIKE '32-%' AND substr(item_no, 4) % 17 = 0;
        INSERT INTO yrd_pending (type, key, op, mask)
            SELECT (SELECT id FROM yrd_type WHERE name = 'item'), item_no, 2, -1 FROM item WHERE title = 'not ours';
        """

    private struct Sealed: Equatable {
        let report: SealReport
        let ops: [[UInt8]]
        let tables: [String]
    }

    private func sealed(readAheadFrom: Int64) throws -> Sealed {
        let federation = try federation(readAheadFrom: readAheadFrom)
        let shanghai = federation["shanghai"]
        try shanghai.sql(Self.writes)
        let before = try shanghai.replica.ownHead().sequence
        let report = try shanghai.seal()
        var ops: [[UInt8]] = []
        try shanghai.replica.forEachLogItem { item in
            let header = item.stored.entry.header
            if header.origin.market == shanghai.market, header.sequence > before { ops.append(item.stored.entry.ops) }
        }
        try federation.settle()
        try federation.expectAgreement()
        return Sealed(report: report, ops: ops, tables: try shanghai.tables())
    }

    @Test func `read ahead or not, the same is sealed`() throws {
        let alone = try sealed(readAheadFrom: .max)
        #expect(alone.report.changes > Self.count && alone.report.refused == Self.count / 17)
        #expect(try sealed(readAheadFrom: 1) == alone)
    }

    @Test func `what cannot be read ends the seal: nothing is sealed, all stays pending, no file stays open`() throws {
        let federation = try federation(readAheadFrom: 1)
        let shanghai = federation["shanghai"]
        try shanghai.sql("UPDATE item SET note = 'm'; DELETE FROM yrd_entry;")
        let pending = try shanghai.sql("SELECT count(*) FROM yrd_pending")
        let openBefore = try shanghai.openCount()
        #expect(throws: ReplicaDamage.self) { try shanghai.seal() }
        #expect(try shanghai.openCount() == openBefore)
        #expect(try shanghai.sql("SELECT count(*) FROM yrd_pending") == pending)
    }
}
