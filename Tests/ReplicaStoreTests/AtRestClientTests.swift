// What other programs may do with columns that are encrypted: copy, put back, write in the clear; and what they may not.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore
import Testing

@testable import PeerTrust
@testable import ReplicaStore

@Suite("Programs beside encrypted columns")
struct AtRestClientTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    init() throws {
        federation = try TestFederation.ofTwoItems()
    }

    @Test func `the client that copies a ciphertext copies its value; what only looks like one is parked`() throws {
        try shanghai.client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0002', 'c', 'secret-row-1')")
        try shanghai.encryptAtRest()
        try shanghai.client.run(
            "UPDATE item SET note = (SELECT note FROM item WHERE item_no = '31-0002') WHERE item_no = '31-0001'")
        try shanghai.client.run(
            "INSERT INTO item (item_no, title, note) VALUES ('31-0003', 'd', 'yrdenc:00'), ('31-0004', 'e', 'secret-fine')"
        )
        let report = try shanghai.seal()
        #expect(report.changes == 3 && report.parked == 1)
        #expect(
            try shanghai.replica.summary().unsealed.map { "\($0.record.key) \($0.code)" } == ["31-0003 broken_text"])
        try federation.pull(jiangsu, from: shanghai)
        #expect(try jiangsu.client.value("SELECT note FROM item WHERE item_no = '31-0001'") == "secret-row-1")
        #expect(try jiangsu.client.value("SELECT count(*) FROM item WHERE item_no = '31-0003'") == "0")
        // A value of that form that arrives is a value like any other.
        try jiangsu.client.runPastTriggers("UPDATE item SET note = 'yrdenc:11' WHERE item_no = '31-0004'")
        try jiangsu.client.run("DROP TRIGGER yrd_item_update")
        try federation.pull(shanghai, from: jiangsu)
        #expect(
            try shanghai.replica.record(RecordID(type: "item", key: "31-0004"))?.values["note"] == .text("yrdenc:11"))
    }

    @Test func `a client that writes back what it read has changed nothing`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE item SET note = note, first = first, tags = tags, title = title")
        try shanghai.client.run("UPDATE item SET note = 'n' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 0)
    }

    @Test func `a search and a set find what is encrypted`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run(
            "UPDATE item SET note = 'secret-found', tags = '[ \"red\", \"blue\"]' WHERE item_no = '31-0001'")
        try shanghai.seal()
        var found: [Text] = []
        let conditions = [
            ColumnCondition(column: "note", test: .equals(.text("secret-found"))),
            ColumnCondition(column: "tags", test: .contains("red")),
        ]
        try shanghai.replica.forEachRecord(of: "item", where: conditions, limit: nil) { found.append($0.key) }
        #expect(found == ["31-0001"])
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT tags FROM item WHERE item_no = '31-0001'") == #"["blue","red"]"#)
        try federation.expectAgreement()
    }

    /// The shipped catalog, in which no ciphertext fits into what a value may be long.
    @Test
    func
        `a program puts back what it read, whole rows too, and none may write a ciphertext where nothing is encrypted`()
        throws
    {
        let federation = try TestFederation()
        let node = federation["shanghai"]
        try node.client.run(
            """
            INSERT INTO agency (agency_id, name, contact_phone) VALUES ('31-TTA-000001', '甲', '13800000001');
            INSERT INTO agency (agency_id, name, contact_phone) VALUES ('31-TTA-000002', '乙', '13800000002')
            """)
        try node.seal()
        try node.replica.changeRestKey(to: federation.clock.cipher)
        try node.client.run(
            """
            UPDATE agency SET contact_phone = (SELECT contact_phone FROM agency WHERE agency_id = '31-TTA-000001')
            WHERE agency_id = '31-TTA-000002';
            INSERT OR REPLACE INTO agency SELECT * FROM agency WHERE agency_id = '31-TTA-000001';
            CREATE TEMP TABLE kept AS SELECT * FROM agency WHERE agency_id = '31-TTA-000001';
            DELETE FROM agency WHERE agency_id = '31-TTA-000001';
            INSERT INTO agency SELECT * FROM kept
            """)
        #expect(try node.seal().changes == 1)
        let copied = try node.replica.record(RecordID(type: "agency", key: "31-TTA-000002"))?.values["contact_phone"]
        #expect(copied == .text("13800000001"))
        // Sealed as the value of another column it would be a ciphertext for everybody.
        for copy in ["website = contact_phone", "remark = '电话 ' || contact_phone"] {
            #expect(throws: SQLComplaint.self) { try node.client.run("UPDATE agency SET \(copy)") }
        }
        // Clear values are held to the rules as ever.
        #expect(throws: SQLComplaint.self) {
            try node.client.run("UPDATE agency SET contact_phone = hex(zeroblob(26))")
        }
        let ciphertext = try node.client.value("SELECT contact_phone FROM agency LIMIT 1")
        try node.replica.changeRestKey(to: nil)
        let complaint = #expect(throws: SQLComplaint.self) {
            try node.client.run("UPDATE agency SET contact_phone = '\(ciphertext)'")
        }
        #expect(try #require(complaint).description.contains("contact_phone cannot hold a ciphertext"))
        #expect(try node.seal() == SealReport())
        #expect(try node.replica.findings() == [])
    }

    @Test func `what only SQLite takes for a ciphertext is none`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run(
            "UPDATE item SET note = 'yrdenc:' || char(769) || 'secret-grapheme' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().parked == 1)
        #expect(try shanghai.replica.summary().unsealed.map(\.code) == ["broken_text"])
    }
}
