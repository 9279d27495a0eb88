// The audit of capture in pieces: what escaped the triggers becomes a change like any other, without anybody's asking.

import ForeignSQL
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("Rolling audit of capture")
struct RollingAuditTests {
    private let federation: TestFederation
    private let shanghai: TestNode
    private let jiangsu: TestNode

    init() throws {
        federation = try TestFederation(catalog: try SmallCatalog.version1())
        (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        for number in 1...5 {
            try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-000\(number)', 't')")
        }
        try federation.settle()
    }

    /// Pieces until the end; how many there were.
    private func audit(_ node: TestNode, count: Int) throws -> Int {
        var (place, pieces): (RecordID?, Int) = (nil, 0)
        repeat {
            place = try node.replica.auditCapture(after: place, count: count, node.signer)
            pieces += 1
        } while place != nil
        return pieces
    }

    @Test(arguments: [1, 2, 5, 6, 100])
    func `silent writes in any record are sealed and travel, however large the pieces are`(count: Int) throws {
        try shanghai.sql(
            """
            .dbconfig enable_trigger off
            UPDATE item SET note = 'silent' WHERE item_no IN ('31-0001', '31-0005');
            DELETE FROM item WHERE item_no = '31-0003';
            INSERT INTO item (item_no, title) VALUES ('31-0009', 'new');
            """)
        #expect(try audit(shanghai, count: count) == max(1, 6 / count + 1))
        try federation.settle()
        #expect(
            try jiangsu.client.value("SELECT group_concat(item_no) FROM item WHERE note = 'silent'")
                == "31-0001,31-0005")
        #expect(try jiangsu.client.value("SELECT count(*) FROM item WHERE item_no = '31-0003'") == "0")
        #expect(try jiangsu.client.value("SELECT title FROM item WHERE item_no = '31-0009'") == "new")
        #expect(try shanghai.replica.findings().filter { $0.code == "uncaptured_write" }.count == 4)
        try federation.expectAgreement()
    }

    @Test func `where nothing escaped, nothing is written, and pending writes are left to the seal`() throws {
        try shanghai.client.run("UPDATE item SET note = 'loud' WHERE item_no = '31-0002'")
        let before = try shanghai.replica.ownHead()
        _ = try audit(shanghai, count: 2)
        #expect(try shanghai.replica.ownHead() == before)
        #expect(try shanghai.replica.findings().isEmpty)
        #expect(try shanghai.seal().changes == 1)
    }

    /// However many of them stand together.
    @Test(arguments: [1, 2, 3, 100])
    func `keys that are no text do not stop the audit`(count: Int) throws {
        try shanghai.sql(
            """
            .dbconfig enable_trigger off
            INSERT INTO item (item_no, title) VALUES
                (CAST(x'30ff' AS TEXT), 'broken'), (CAST(x'30ffff' AS TEXT), 'broken'),
                ('31-0001' || char(0) || 'a', 'broken'), ('31-0001' || char(0) || 'b', 'broken');
            UPDATE item SET note = 'silent' WHERE item_no IN ('31-0001', '31-0005');
            """)
        _ = try audit(shanghai, count: count)
        #expect(try shanghai.replica.findings().filter { $0.code == "uncaptured_write" }.count == 2)
    }

    /// A daemon audits between everything else it does: what it cannot read must not stop it.
    @Test func `a record whose state cannot be read back is a finding, and the audit goes on behind it`() throws {
        try shanghai.client.run("UPDATE yrd_record SET state = x'ff' WHERE key = '31-0002'")
        try shanghai.sql(
            ".dbconfig enable_trigger off\nUPDATE item SET note = 'silent' WHERE item_no = '31-0005';")
        for count in [1, 100] { _ = try audit(shanghai, count: count) }
        let findings = try shanghai.replica.findings()
        #expect(findings.filter { $0.code == "uncaptured_write" }.map(\.key) == ["31-0005"])
        // Once: it is not found anew every day.
        #expect(findings.filter { $0.code == "record_unreadable" }.map(\.key) == ["31-0002"])
    }
}
