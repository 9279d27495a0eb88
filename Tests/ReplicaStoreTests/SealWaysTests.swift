// The short way of a seal and the long one: the same bytes of the same writes.

import ForeignSQL
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("Short way and long way of a seal")
struct SealWaysTests {
    private static let count = 700

    /// Records of both markets, sealed and level.
    private static func federation() throws -> TestFederation {
        let federation = try TestFederation(catalog: try SmallCatalog.version1())
        for (name, home) in [("shanghai", "31"), ("jiangsu", "32")] {
            try federation[name].client.run(
                """
                WITH RECURSIVE n(i) AS (SELECT \(count) UNION ALL SELECT i - 1 FROM n WHERE i > 1)
                INSERT INTO item (item_no, title, width, note)
                SELECT printf('\(home)-%04d', i), 't' || i, nullif(i % 3, 0), iif(i % 5, NULL, 'n') FROM n
                """)
        }
        try federation.settle()
        return federation
    }

    /// Each way that a record may go: created, emptied, altered, left as it was, gone, with a set, written past the guards.
    /// What is pending does not come in the order of its keys.
    private static let writes = """
        UPDATE item SET note = 'm' WHERE substr(item_no, 4) % 2 = 0;
        UPDATE item SET title = 'u' WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 3 = 0;
        UPDATE item SET width = NULL WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 7 = 0;
        UPDATE item SET amount = 1, tags = '["red","blue"]' WHERE substr(item_no, 4) % 11 = 0;
        UPDATE item SET amount = NULL WHERE substr(item_no, 4) % 22 = 0;
        DELETE FROM item WHERE item_no LIKE '31-%' AND substr(item_no, 4) % 13 = 0;
        INSERT INTO item (item_no, title) SELECT '31-' || (1000 + substr(item_no, 4)), 'new' FROM item
            WHERE item_no < '31-1000' AND substr(item_no, 4) % 2 = 1;
        .dbconfig enable_trigger off
        UPDATE item SET title = 'not ours', first = 'ours' WHERE item_no LIKE '32-%' AND substr(item_no, 4) % 17 = 0;
        INSERT INTO yrd_pending (type, key, op, mask)
            SELECT (SELECT id FROM yrd_type WHERE name = 'item'), item_no, 2, -1 FROM item WHERE title = 'not ours';
        """

    private struct Sealed: Equatable {
        let changes: Int
        let refused: Int
        let ops: [[UInt8]]
    }

    /// - Parameter isLong: beside a write that no change set can carry, everything goes the long way.
    private func sealed(isLong: Bool) throws -> Sealed {
        let federation = try Self.federation()
        let shanghai = federation["shanghai"]
        if isLong {
            try shanghai.sql("INSERT INTO item (item_no, title, note) VALUES ('31-9999', 'z', CAST(x'FF' AS TEXT))")
            #expect(try shanghai.seal().parked == 1)
        }
        try shanghai.sql(Self.writes)
        let before = try shanghai.replica.ownHead().sequence
        let report = try shanghai.seal()
        var ops: [[UInt8]] = []
        try shanghai.replica.forEachLogItem { item in
            let header = item.stored.entry.header
            if header.origin.market == shanghai.market, header.sequence > before { ops.append(item.stored.entry.ops) }
        }
        return Sealed(changes: report.changes, refused: report.refused, ops: ops)
    }

    /// Else both ways would be one.
    @Test func `most of what is pending goes the short way`() throws {
        let federation = try Self.federation()
        let shanghai = federation["shanghai"]
        try shanghai.sql(Self.writes)
        let (short, all) = try shanghai.replica.read { transaction in
            var counts = (short: 0, all: 0)
            let sealer = PendingSealer(transaction: transaction, signer: shanghai.signer)
            try sealer.forEachPendingRecord(PlainHistory(transaction)) { _, record, encoder in
                counts.all += 1
                if try encoder?.op(of: record) != nil { counts.short += 1 }
            }
            return counts
        }
        #expect(short > all / 2 && short < all, "\(short) of \(all)")
    }

    @Test func `both ways seal the same bytes`() throws {
        let short = try sealed(isLong: false)
        #expect(short.changes > Self.count && short.refused == Self.count / 17)
        #expect(try sealed(isLong: true) == short)
    }
}
