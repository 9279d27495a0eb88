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

    private func encrypt(_ node: TestNode, of federation: TestFederation? = nil) throws {
        try node.replica.changeRestKey(to: (federation ?? self.federation).clock.cipher)
        #expect(try node.replica.wipeFreePages())
    }

    /// Everything in the file and the log beside it, the latter written back first.
    private func bytes(of node: TestNode) throws -> Data {
        try node.client.run("PRAGMA wal_checkpoint(TRUNCATE)")
        let log = FileManager.default.contents(atPath: node.path + "-wal") ?? Data()
        return try Data(contentsOf: URL(fileURLWithPath: node.path)) + log
    }

    private func expectHidden(
        _ secrets: [String], in node: TestNode, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = try bytes(of: node)
        for secret in secrets {
            #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret)", sourceLocation: sourceLocation)
        }
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
        let before = try bytes(of: shanghai)
        for secret in secrets where secret != "secret-broken-4" {
            #expect(before.range(of: Data(secret.utf8)) != nil, "\(secret)")
        }
        let tables = try shanghai.tables()
        let findings = try shanghai.replica.findings()
        let evidence = try shanghai.replica.quarantineEvidence(shanghai.replica.quarantine()[0])
        let conflicts = try shanghai.replica.openConflicts()
        #expect(findings.contains { $0.detail.contains("X'7365637265742D62726F6B656E2D34FF'") })

        try encrypt(shanghai)
        try expectHidden(secrets + ["7365637265742D62726F6B656E2D34FF"], in: shanghai)
        #expect(try shanghai.tables() == tables)
        #expect(try shanghai.replica.findings() == findings)
        #expect(try shanghai.replica.quarantineEvidence(shanghai.replica.quarantine()[0]) == evidence)
        #expect(try shanghai.replica.openConflicts() == conflicts)
        try federation.expectAgreement()

        try shanghai.replica.changeRestKey(to: nil)
        #expect(try shanghai.replica.wipeFreePages())
        #expect(try bytes(of: shanghai).range(of: Data("secret-row-1".utf8)) != nil)
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '31-0002'") == "secret-row-1")
        #expect(try shanghai.tables() == tables)
        #expect(try shanghai.replica.findings() == findings)
        try federation.expectAgreement()
    }

    @Test func `what is written, arrives and is resolved afterwards is encrypted too`() throws {
        try encrypt(shanghai)
        let secrets = try writeSecrets()
        try shanghai.resolve(try shanghai.conflict(), .take(try shanghai.conflict().conflict.sides[0].stamp.id))
        try federation.settle()
        try expectHidden(secrets + ["7365637265742D62726F6B656E2D34FF"], in: shanghai)
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '31-0002'").hasPrefix("yrdenc:"))
        #expect(try jiangsu.client.value("SELECT note FROM item WHERE item_no = '31-0002'") == "secret-row-1")
        try federation.expectAgreement()
    }

    /// By the short ways of plain creates and updates, of many records at once.
    @Test func `bulk goes from ciphertext to ciphertext`() throws {
        try encrypt(shanghai)
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
        try expectHidden(["secret-bulk-", "secret-newer-"], in: shanghai)
        try federation.expectAgreement()
    }

    @Test func `the client that copies a ciphertext copies its value; what only looks like one is parked`() throws {
        try shanghai.client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0002', 'c', 'secret-row-1')")
        try encrypt(shanghai)
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
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE item SET note = note, first = first, tags = tags, title = title")
        try shanghai.client.run("UPDATE item SET note = 'n' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 0)
    }

    @Test func `a search and a set find what is encrypted`() throws {
        try encrypt(shanghai)
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

    // MARK: Keys

    @Test func `whoever has the file open follows`() throws {
        let daemon = try SQLiteReplica(path: shanghai.path, environment: federation.clock.environment)
        _ = try daemon.seal(shanghai.signer)
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE item SET note = 'secret-meanwhile' WHERE item_no = '31-0001'")
        #expect(try daemon.seal(shanghai.signer).changes == 1)
        #expect(try daemon.record(RecordID(type: "item", key: "31-0001"))?.values["note"] == .text("secret-meanwhile"))
        try expectHidden(["secret-meanwhile"], in: shanghai)
        try shanghai.replica.changeRestKey(to: nil)
        #expect(try daemon.record(RecordID(type: "item", key: "31-0001"))?.values["note"] == .text("secret-meanwhile"))
        #expect(try daemon.seal(shanghai.signer) == SealReport())
    }

    /// Nothing is read as something else, and nothing is written.
    @Test func `without the key nothing goes`() throws {
        try encrypt(shanghai)
        let keyless = ReplicaEnvironment(
            hashing: OpenSSLHashing.hashing, wallMilliseconds: { 1 }, enrolledKeyID: KeyProof.enrolledKeyID)
        #expect(throws: RestKeyUnknown(id: federation.clock.cipher.keyID)) {
            try SQLiteReplica(path: shanghai.path, environment: keyless)
        }
        let glance = try SQLiteReplica(path: shanghai.path, environment: keyless, isGlance: true)
        #expect(try glance.frontier() == shanghai.replica.frontier())
        #expect(throws: RestKeyUnknown(id: federation.clock.cipher.keyID)) { try glance.seal(shanghai.signer) }
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
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE item SET amount = 7 WHERE item_no = '32-0001'")
        try federation.settle()
        let bytes = try bytes(of: shanghai)
        let now = try jiangsu.client.rows("SELECT hex(digest) FROM yrd_record UNION SELECT hex(sum) FROM yrd_digest")
            .filter { !$0.allSatisfy { $0 == "0" } }
        for digest in digests + now {
            #expect(bytes.range(of: Data(try #require([UInt8](hex: digest)))) == nil, "\(digest)")
        }
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

    /// Software from before knows of no key: what it has signed and left in the clear is still the entry's.
    @Test func `a payload in the clear among encrypted ones is read, and encrypted with the rest`() throws {
        let payload = try shanghai.client.value("SELECT hex(payload) FROM yrd_entry WHERE number = 1")
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE yrd_entry SET payload = x'\(payload)' WHERE number = 1")
        try federation.expectAgreement()
        try shanghai.replica.changeRestKey(to: nil)
        #expect(try shanghai.client.value("SELECT hex(payload) FROM yrd_entry WHERE number = 1") == payload)
    }

    @Test func `what only SQLite takes for a ciphertext is none`() throws {
        try encrypt(shanghai)
        try shanghai.client.run(
            "UPDATE item SET note = 'yrdenc:' || char(769) || 'secret-grapheme' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().parked == 1)
        #expect(try shanghai.replica.summary().unsealed.map(\.code) == ["broken_text"])
    }

    @Test func `a key that the file names in no known form stops everything`() throws {
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE yrd_meta SET value = x'00' WHERE name = 'rest_key'")
        #expect(throws: ReplicaDamage.self) { try shanghai.seal() }
    }

    @Test func `an index that somebody dropped is made again`() throws {
        try encrypt(shanghai)
        try shanghai.client.run("DROP INDEX yrd_clear_item")
        try shanghai.seal()
        #expect(try shanghai.client.value("SELECT count(*) FROM sqlite_schema WHERE name = 'yrd_clear_item'") == "1")
        #expect(try shanghai.replica.findings() == [])
    }

    @Test func `an altered entry cannot be decrypted, and is named`() throws {
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE yrd_entry SET payload = zeroblob(100) WHERE number = 1")
        #expect(try shanghai.findings(in: federation).map(\.code).contains("entry_unreadable"))
        #expect(throws: (any Error).self) { try shanghai.replica.changeRestKey(to: nil) }
        #expect(try shanghai.replica.restKeyID() == federation.clock.cipher.keyID)
    }

    // MARK: What else makes or keeps values

    @Test func `a column that becomes personal with a newer catalog is encrypted from then on`() throws {
        try encrypt(shanghai)
        let columns = [
            "{name: phone, type: text, max: 50, share: public, personal: true, label: {zh: 电, en: phone}, headers: [电]}"
        ]
        let units = [
            "{number: 36, name: phone, label: {zh: 电, en: phone}, write: any, merge: manual, columns: [phone]}"
        ]
        let newer = try SmallCatalog.load(
            version: 2, types: ["item": SmallCatalog.item(units: units, columns: columns)])
        for node in federation.nodes { try node.replica.upgrade(to: newer, node.signer) }
        try shanghai.client.run(
            "UPDATE item SET phone = 'secret-phone', note = 'secret-note' WHERE item_no = '31-0001'")
        try federation.settle()
        try expectHidden(["secret-phone", "secret-note"], in: shanghai)
        let plan = try shanghai.client.rows(
            "EXPLAIN QUERY PLAN SELECT 1 FROM item WHERE note NOT GLOB 'yrdenc:*' OR tags NOT GLOB 'yrdenc:*' "
                + "OR first NOT GLOB 'yrdenc:*' OR phone NOT GLOB 'yrdenc:*'")
        #expect(plan.joined().contains("yrd_clear_item"))
        try federation.expectAgreement()
    }

    /// One column is personal no longer, another is from now on; shared ones, and ones that never leave.
    @Test(arguments: [true, false]) func `a newer catalog that calls other columns personal writes each as it asks`(
        _ isPersonal: Bool
    ) throws {
        func catalog(_ version: Int, _ isPersonal: Bool) throws -> Catalog {
            let local =
                "{name: clerk, type: text, max: 50, share: home, personal: \(isPersonal), label: {zh: 员, en: clerk}, headers: [员]}"
            let item = SmallCatalog.item(columns: [local]).replacing(
                "{name: note, type: text, max: 200, share: public, personal: true",
                with: "{name: note, type: text, max: 200, share: public, personal: \(isPersonal)")
            return try SmallCatalog.load(version: version, types: ["item": item])
        }
        let federation = try TestFederation(catalog: try catalog(1, isPersonal))
        let (node, other) = (federation["shanghai"], federation["jiangsu"])
        try node.client.run(
            """
            INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'secret-note');
            INSERT INTO item_home (item_no, clerk) VALUES ('31-0001', 'secret-clerk')
            """)
        try federation.settle()
        try encrypt(node, of: federation)
        try node.client.run("UPDATE item SET title = 'pending' WHERE item_no = '31-0001'")
        for node in federation.nodes { try node.replica.upgrade(to: try catalog(2, !isPersonal), node.signer) }
        let stands = try node.client.value("SELECT note || clerk FROM item JOIN item_home USING (item_no)")
        #expect(stands.contains("secret-notesecret-clerk") == isPersonal)
        let record = RecordID(type: "item", key: "31-0001")
        #expect(try node.replica.record(record)?.values["note"] == .text("secret-note"))
        #expect(try node.replica.localValues(of: record)["clerk"] == .text("secret-clerk"))
        // Whatever looks at the rows finds nothing to seal.
        try node.client.run("DROP TRIGGER yrd_item_update")
        #expect(try node.seal() == SealReport())
        try federation.settle()
        #expect(try other.client.value("SELECT note FROM item") == "secret-note")
        try federation.expectAgreement()
    }

    @Test func `a newer catalog that would write what cannot be read into the clear is refused`() throws {
        try encrypt(shanghai)
        try shanghai.client.run("UPDATE item SET note = substr(note, 1, 20) WHERE item_no = '31-0001'")
        let item = SmallCatalog.item().replacing(
            "{name: note, type: text, max: 200, share: public, personal: true",
            with: "{name: note, type: text, max: 200, share: public")
        let newer = try SmallCatalog.load(version: 2, types: ["item": item])
        let refusal = #expect(throws: IllegibleValues.self) { try shanghai.replica.upgrade(to: newer, shanghai.signer) }
        #expect(refusal?.records == [RecordID(type: "item", key: "31-0001")])
        try shanghai.client.run("UPDATE item SET note = 'mended' WHERE item_no = '31-0001'")
        try shanghai.replica.upgrade(to: newer, shanghai.signer)
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '31-0001'") == "mended")
    }

    @Test func `a backup holds no value in the clear that was not sealed yet`() throws {
        try encrypt(shanghai)
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

    @Test func `a repair of the rows leaves none in the clear`() throws {
        try encrypt(shanghai)
        try shanghai.client.runPastTriggers("UPDATE yrd_record SET digest = zeroblob(32)")
        _ = try shanghai.replica.verify(isDeep: true, fault: { federation.fault(of: $0) }, progress: { _ in })
        try shanghai.client.run("UPDATE item SET note = 'secret-again' WHERE item_no = '31-0001'")
        try shanghai.seal()
        try expectHidden(["secret-again"], in: shanghai)
    }

    /// Columns that never leave the node lie in a table that nobody captures.
    @Test func `home columns and what an import remembers are encrypted, and the same file again changes nothing`()
        throws
    {
        let federation = try TestFederation()
        let node = federation["shanghai"]
        let csv = try Self.contract(clerk: "secret-clerk", phone: "secret-phone")
        try Self.importing(csv, into: node)
        try node.seal()
        let record = RecordID(type: "contract", key: Self.key)
        let local = try node.replica.localValues(of: record)
        #expect(local["clerk"] == .text("secret-clerk"))
        #expect(try bytes(of: node).range(of: Data("secret-clerk".utf8)) != nil)

        try node.replica.changeRestKey(to: federation.clock.cipher)
        #expect(try node.replica.wipeFreePages())
        try expectHidden(["secret-clerk", "secret-phone"], in: node)
        #expect(try node.replica.localValues(of: record) == local)
        #expect(try Self.importing(csv, into: node) == .init(unchanged: 1))
        #expect(try node.seal() == SealReport())
        let changed = try Self.contract(clerk: "secret-other", phone: "secret-phone")
        #expect(try Self.importing(changed, into: node) == .init(updated: 1))
        #expect(try node.replica.localValues(of: record)["clerk"] == .text("secret-other"))
        // One image is altered: said, and no reason not to go on.
        try node.client.run("UPDATE yrd_import SET image = zeroblob(64) WHERE key = '\(Self.key)'")
        #expect(try node.findings(in: federation).map(\.code) == ["import_memory_unreadable"])
        #expect(try Self.importing(csv, into: node) == .init(unchanged: 1))
        let third = try Self.contract(clerk: "secret-third", phone: "secret-phone")
        #expect(try Self.importing(third, into: node) == .init(updated: 1))
        try node.client.run("UPDATE yrd_import SET image = zeroblob(64) WHERE key = '\(Self.key)'")
        try node.client.run("UPDATE contract_home SET contact_phone = 'secret-direct'")
        try node.seal()
        #expect(try node.replica.localValues(of: record)["contact_phone"] == .text("secret-direct"))
        try expectHidden(["secret-other", "secret-direct"], in: node)
        try node.replica.changeRestKey(to: nil)
        #expect(try node.replica.findings().map(\.code) == ["import_memory_lost"])
        // Who has deleted the record meanwhile does not get it back; what the source says from then on counts.
        try node.client.run("DELETE FROM contract")
        try node.seal()
        #expect(try Self.importing(third, into: node) == .init(unchanged: 1))
        #expect(try node.client.value("SELECT count(*) FROM contract") == "0")
        #expect(try Self.importing(csv, into: node) == .init(updated: 1))
    }

    /// Without the names of its columns nothing that a source has said can be read.
    @Test func `a source whose columns are lost begins with what it says next`() throws {
        let federation = try TestFederation()
        let node = federation["shanghai"]
        let csv = try Self.contract(clerk: "a", phone: "b")
        try Self.importing(csv, into: node)
        try node.seal()
        try node.client.run("UPDATE contract SET project_name = '本地更正'")
        try node.seal()
        try encrypt(node, of: federation)
        try node.client.run("UPDATE yrd_import SET image = zeroblob(64) WHERE key = ''")
        #expect(throws: ReplicaDamage.self) { try Self.importing(csv, into: node) }
        try node.replica.changeRestKey(to: nil)
        #expect(try Self.importing(csv, into: node) == .init(unchanged: 1))
        #expect(try node.client.value("SELECT project_name FROM contract") == "本地更正")
    }

    private static let key: Text = "2023310115000042"

    private static func contract(clerk: String, phone: String) throws -> String {
        "合同登记号,合同名称,经办人,联系电话\n\(key),甲,\(clerk),\(phone)\n"
    }

    @discardableResult
    private static func importing(_ csv: String, into node: TestNode) throws -> RegisterImport.Totals {
        let type = try #require(node.replica.catalog.recordType(named: "contract"))
        let reader = try RegisterReader(
            bytes: Array(csv.utf8), recordType: type, catalog: node.replica.catalog, market: node.market)
        let register = try RegisterImport(
            path: node.path, source: "a.csv", type: type, environment: node.clock.environment, isStrict: false,
            isDryRun: false)
        for row in reader {
            guard case .row(let row) = row else {
                Issue.record("\(row)")
                continue
            }
            _ = try register.take(row)
        }
        return try register.finish()
    }
}
