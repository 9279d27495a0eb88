// Personal columns at rest: whoever steals the file reads none of them, and nothing else changes for anybody.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore
import Testing

@testable import PeerTrust
@testable import ReplicaStore

@Suite("Personal columns encrypted at rest")
struct AtRestTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    init() throws {
        federation = try TestFederation.ofTwoItems()
    }

    /// Values in every place where a replica keeps any: rows, entries, siblings, a write set aside, one that was taken back.
    private func writeSecrets() throws -> [String] {
        try shanghai.client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0002', 'c', 'secret-row-1')")
        try federation.settle()
        try shanghai.client.run("UPDATE item SET note = 'secret-side-2' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'secret-side-3' WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.client.run(
            "UPDATE item SET first = CAST('secret-broken-4' || x'ff' AS TEXT) WHERE item_no = '32-0001'")
        try shanghai.seal()
        try jiangsu.client.run("UPDATE item SET first = 'secret-arrived-5' WHERE item_no = '32-0001'")
        try federation.settle()
        try shanghai.client.runPastTriggers("INSERT INTO item (item_no, note) VALUES ('32-0007', 'secret-taken-6')")
        try shanghai.client.run("DROP TRIGGER yrd_item_insert")
        try shanghai.seal()
        #expect(try shanghai.replica.quarantine().map(\.code) == ["local_write_taken_back"])
        try federation.settle()
        return ["row-1", "side-2", "side-3", "broken-4", "arrived-5", "taken-6"].map { "secret-" + $0 }
    }

    @Test func `no personal value is in the file, and everybody reads what was read before`() throws {
        let secrets = try writeSecrets()
        let before = try shanghai.bytesOnDisk()
        for secret in secrets where secret != "secret-broken-4" {
            #expect(before.range(of: Data(secret.utf8)) != nil, "\(secret)")
        }
        let tables = try shanghai.tables()
        let findings = try shanghai.replica.findings()
        let evidence = try shanghai.replica.quarantineEvidence(shanghai.replica.quarantine()[0])
        let conflicts = try shanghai.replica.openConflicts()
        #expect(findings.contains { $0.detail.contains("X'7365637265742D62726F6B656E2D34FF'") })

        try shanghai.encryptAtRest()
        try shanghai.expectHidden(secrets + ["7365637265742D62726F6B656E2D34FF"])
        #expect(try shanghai.tables() == tables)
        #expect(try shanghai.replica.findings() == findings)
        #expect(try shanghai.replica.quarantineEvidence(shanghai.replica.quarantine()[0]) == evidence)
        #expect(try shanghai.replica.openConflicts() == conflicts)
        try federation.expectAgreement()

        try shanghai.replica.changeRestKey(to: nil)
        #expect(try shanghai.replica.wipeFreePages())
        #expect(try shanghai.bytesOnDisk().range(of: Data("secret-row-1".utf8)) != nil)
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '31-0002'") == "secret-row-1")
        #expect(try shanghai.tables() == tables)
        #expect(try shanghai.replica.findings() == findings)
        try federation.expectAgreement()
    }

    @Test func `what is written, arrives and is resolved afterwards is encrypted too`() throws {
        try shanghai.encryptAtRest()
        let secrets = try writeSecrets()
        try shanghai.resolve(try shanghai.conflict(), .take(try shanghai.conflict().conflict.sides[0].stamp.id))
        try federation.settle()
        try shanghai.expectHidden(secrets + ["7365637265742D62726F6B656E2D34FF"])
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '31-0002'").hasPrefix("yrdenc:"))
        #expect(try jiangsu.client.value("SELECT note FROM item WHERE item_no = '31-0002'") == "secret-row-1")
        try federation.expectAgreement()
    }

    /// By the short ways of plain creates and updates, of many records at once.
    @Test func `bulk goes from ciphertext to ciphertext`() throws {
        try shanghai.encryptAtRest()
        for node in [shanghai, jiangsu] {
            let home = node === shanghai ? "31" : "32"
            try node.client.run(
                """
                WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
                INSERT INTO item (item_no, title, note) SELECT '\(home)-' || i, 't', 'secret-bulk-' || i FROM n
                """)
        }
        try federation.settle()
        try jiangsu.client.run("UPDATE item SET note = 'secret-newer-' || item_no")
        try federation.settle()
        try shanghai.expectHidden(["secret-bulk-", "secret-newer-"])
        try federation.expectAgreement()
    }

    /// The digest of a record is a hash of its values: whoever tries all telephone numbers would know when he has found one.
    @Test func `no digest of a record stands in the file`() throws {
        try shanghai.client.run("UPDATE item SET note = 'secret' WHERE item_no = '31-0001'")
        try federation.settle()
        let digests = try shanghai.client.rows(
            "SELECT hex(digest) FROM yrd_record UNION SELECT hex(sum) FROM yrd_digest"
        )
        .filter { !$0.allSatisfy { $0 == "0" } }
        #expect(digests.count == 2)
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE item SET amount = 7 WHERE item_no = '32-0001'")
        try federation.settle()
        let bytes = try shanghai.bytesOnDisk()
        let now = try jiangsu.client.rows("SELECT hex(digest) FROM yrd_record UNION SELECT hex(sum) FROM yrd_digest")
            .filter { !$0.allSatisfy { $0 == "0" } }
        for digest in digests + now {
            #expect(bytes.range(of: Data(try #require([UInt8](hex: digest)))) == nil, "\(digest)")
        }
        try federation.expectAgreement()
    }

    @Test func `a backup holds no value in the clear that was not sealed yet`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE item SET note = 'secret-pending' WHERE item_no = '31-0001'")
        let path = federation.folder + "/backup.sqlite"
        try shanghai.replica.backUp(to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data("secret-pending".utf8)) == nil)
        let copy = federation.folder + "/copy.sqlite"
        try shanghai.client.run("UPDATE item SET note = 'secret-later' WHERE item_no = '31-0001'")
        try shanghai.client.run("VACUUM INTO '\(copy)'")
        try shanghai.replica.encryptClearValues(inCopy: copy, federation.clock.cipher)
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)).range(of: Data("secret-later".utf8)) == nil)
    }

    /// As a program leaves them whose SQLite wipes nothing, which is SQLite's own default.
    @Test func `what was deleted before is not in free pages either`() throws {
        try shanghai.client.run(
            """
            PRAGMA secure_delete = OFF;
            WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1400)
            INSERT INTO item (item_no, title, note) SELECT '31-' || i, hex(zeroblob(90)), 'secret-freed-' || i FROM n;
            DELETE FROM item WHERE note GLOB 'secret-*'
            """)
        try shanghai.seal()
        #expect(try shanghai.bytesOnDisk().range(of: Data("secret-freed-".utf8)) != nil)
        try shanghai.encryptAtRest()
        try shanghai.expectHidden(["secret-freed-"])
    }

    @Test func `a repair puts back what was sealed, and keeps what stood there, both encrypted`() throws {
        try shanghai.client.run("UPDATE item SET note = 'secret-sealed' WHERE item_no = '31-0001'")
        try shanghai.encryptAtRest()
        try shanghai.seal()
        try shanghai.client.runPastTriggers("UPDATE item SET note = 'secret-tampered' WHERE item_no = '31-0001'")
        let found = try shanghai.replica.repair(fault: { federation.fault(of: $0) }, progress: { _ in })
        #expect(found.contains { $0.code == "row_altered" })
        let tampered = Data("secret-tampered".utf8).map { String(format: "%02X", $0) }.joined()
        #expect(try shanghai.replica.findings().contains { $0.detail.contains(tampered) })
        let row = try shanghai.replica.record(RecordID(type: "item", key: "31-0001"))
        #expect(row?.values["note"] == .text("secret-sealed"))
        try shanghai.expectHidden(["secret-sealed", "secret-tampered", tampered])
    }
}
