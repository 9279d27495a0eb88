// Updates of many settled records in one change set: read, hashed on another core and written piece by piece.

import ForeignSQL
import ReplicaStore
import SyncCore
import Testing

@Suite("Updates of settled records")
struct SettledUpdatesTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }
    /// Several pieces, and a rest.
    private static let records = 300

    /// Of the records every other one has an earlier edit: two entries have written some of its units.
    init() throws {
        federation = try TestFederation(catalog: try SmallCatalog.version1())
        try shanghai.client.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.records))
            INSERT INTO item (item_no, title) SELECT printf('31-%04d', i), 't' || i FROM n
            """)
        try federation.settle()
        try jiangsu.client.run("UPDATE item SET note = 'early' WHERE substr(item_no, 7) IN ('0', '2', '4', '6', '8')")
        try federation.settle()
    }

    @Test func `many updates in one change set each reach their own record`() throws {
        try jiangsu.client.run("UPDATE item SET note = 'late ' || item_no")
        try federation.settle()
        for node in federation.nodes {
            #expect(
                try node.client.value("SELECT count(*) FROM item WHERE note = 'late ' || item_no") == "\(Self.records)")
            #expect(try node.findings(in: federation).isEmpty)
        }
        try federation.expectAgreement()
    }

    @Test func `among many updates those that meet an unseen or a silent write are found, wherever they stand`() throws
    {
        try shanghai.client.run("UPDATE item SET note = 'loud'")
        try jiangsu.client.run("UPDATE item SET note = 'unseen' WHERE item_no IN ('31-0001', '31-0070', '31-0300')")
        try jiangsu.client.silenceTriggers()
        try jiangsu.client.run("UPDATE item SET note = 'silent' WHERE item_no IN ('31-0064', '31-0065', '31-0299')")
        // In a unit that nobody has written, and that the update leaves alone.
        try jiangsu.client.run("UPDATE item SET first = 'silent' WHERE item_no = '31-0130'")
        try federation.settle()
        let conflicts = try jiangsu.replica.openConflicts().map(\.conflict.record.key.string).sorted()
        #expect(conflicts == ["31-0001", "31-0064", "31-0065", "31-0070", "31-0299", "31-0300"])
        let silent = try jiangsu.replica.findings().filter { $0.code == "uncaptured_write" }
        #expect(silent.count == 4)
        #expect(try shanghai.client.value("SELECT first FROM item WHERE item_no = '31-0130'") == "silent")
        #expect(try jiangsu.client.value("SELECT count(*) FROM item WHERE note = 'loud'") == "\(Self.records)")
        for node in federation.nodes { #expect(try node.findings(in: federation).isEmpty) }
        try federation.expectAgreement()
    }

    /// Old values of the first few are looked up one by one, of more all at once.
    @Test(arguments: 1...7)
    func `edits of some records of a large change set are sealed, and what was put back is not`(_ count: Int) throws {
        try shanghai.client.run(
            """
            BEGIN;
            UPDATE item SET title = 'edited ' || item_no WHERE item_no <= '31-\(String(10_000 + count).dropFirst())';
            UPDATE item SET title = 'edited' WHERE item_no >= '31-0299';
            UPDATE item SET title = 't' || CAST(substr(item_no, 4) AS INTEGER) WHERE item_no >= '31-0299';
            COMMIT;
            """)
        #expect(try shanghai.seal().changes == count)
        try federation.settle()
        let edited = "SELECT count(*) FROM item WHERE title = 'edited ' || item_no"
        for node in federation.nodes {
            #expect(try node.client.value(edited) == "\(count)")
            #expect(try node.client.value("SELECT title FROM item WHERE item_no = '31-0300'") == "t300")
            #expect(try node.findings(in: federation).isEmpty)
        }
        try federation.expectAgreement()
    }

    /// SQLite calls a row's number so too, where no column is named that: neither an update's row nor one that REPLACE would
    /// evict may be told by it.
    @Test func `a column may be named rowid`() throws {
        let column = "{name: rowid, type: integer, share: public, label: {zh: 号, en: rowid}, headers: [号]}"
        let unit = "{number: 36, name: rowid, label: {zh: 号, en: rowid}, write: any, merge: manual, columns: [rowid]}"
        let type = SmallCatalog.item(units: [unit], columns: [column])
        let federation = try TestFederation(catalog: try SmallCatalog.load(version: 1, types: ["item": type]))
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.client.run("INSERT INTO item (item_no, title, rowid) VALUES ('32-0001', 'j', 7)")
        try federation.settle()
        try shanghai.client.run(
            "INSERT INTO item (item_no, title, rowid) VALUES ('31-0001', 'a', 7), ('31-0002', 'b', 7)")
        try federation.settle()
        try jiangsu.client.run("UPDATE item SET note = 'n' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET rowid = 9 WHERE item_no = '31-0002'")
        try federation.settle()
        let rows = """
            SELECT group_concat(item_no || ' ' || coalesce(note, '-') || ' ' || rowid)
            FROM (SELECT * FROM item ORDER BY item_no)
            """
        for node in federation.nodes {
            #expect(try node.client.value(rows) == "31-0001 n 7,31-0002 - 9,32-0001 - 7")
            #expect(try node.findings(in: federation).isEmpty)
        }
        try federation.expectAgreement()
    }
}
