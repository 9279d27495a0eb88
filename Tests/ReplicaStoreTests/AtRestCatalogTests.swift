// A newer catalog calls other columns personal.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore
import Testing

@testable import PeerTrust
@testable import ReplicaStore

@Suite("Catalogs of an encrypted replica")
struct AtRestCatalogTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }

    init() throws {
        federation = try TestFederation.ofTwoItems()
    }

    @Test func `a column that becomes personal with a newer catalog is encrypted from then on`() throws {
        try shanghai.encryptAtRest()
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
        try shanghai.expectHidden(["secret-phone", "secret-note"])
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
        try node.encryptAtRest()
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
        try shanghai.encryptAtRest()
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
}
