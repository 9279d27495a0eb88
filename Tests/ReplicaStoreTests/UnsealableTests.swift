// A row that no change set can carry is parked alone, with its reason, and keeps nothing else from being sealed.

import ForeignSQL
import Foundation
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("What no change set can carry")
struct UnsealableTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    init() throws {
        federation = try TestFederation.ofTwoItems()
    }

    @Test func `broken text is parked alone, and sealed once it is mended`() throws {
        try shanghai.sql(
            """
            UPDATE item SET note = CAST(x'ff41' AS TEXT) WHERE item_no = '31-0001';
            INSERT INTO item (item_no, title) VALUES ('31-0002', 'fine');
            """)
        let report = try shanghai.seal()
        #expect(report.changes == 1)
        #expect(report.parked == 1)
        #expect(try shanghai.replica.summary().unsealed.map(\.code) == ["broken_text"])
        #expect(try shanghai.seal().parked == 1)
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT note FROM item WHERE item_no = '31-0001'") == "n")
        try shanghai.sql("UPDATE item SET note = 'mended' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.summary().unsealed.isEmpty)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `NUL and too large values past the triggers are parked with their reasons`() throws {
        try shanghai.client.silenceTriggers()
        try shanghai.client.run(
            """
            UPDATE item SET note = 'a' || char(0) || 'b' WHERE item_no = '31-0001';
            INSERT INTO item (item_no, note) VALUES ('31-0002', hex(zeroblob(40000)));
            INSERT INTO item (item_no, width) VALUES ('31-0003', 9223372036854775807);
            INSERT INTO item (item_no, tags) VALUES ('31-0004', '{}');
            INSERT INTO item (item_no, note, first) VALUES ('31-0005', 'x', 'y');
            DROP TRIGGER yrd_item_insert;
            """)
        let report = try shanghai.seal()
        #expect(report.changes == 1)
        #expect(report.parked == 4)
        #expect(
            try shanghai.replica.summary().unsealed.map { "\($0.record.key) \($0.code)" } == [
                "31-0001 broken_text", "31-0002 text_too_long", "31-0003 integer_too_large", "31-0004 broken_set",
            ])
    }

    @Test func `a change that arrives for a parked row wins, and the parked bytes are kept as a finding`() throws {
        try shanghai.sql("UPDATE item SET note = CAST(x'ff41' AS TEXT) WHERE item_no = '31-0001';")
        try shanghai.seal()
        try jiangsu.client.run("UPDATE item SET note = 'arrived' WHERE item_no = '31-0001'")
        try federation.settle()
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '31-0001'") == "arrived")
        let finding = try #require(try shanghai.replica.findings().first)
        #expect(finding.code == "unsealable_write_set_aside")
        #expect(finding.detail.contains("X'FF41'"))
        try federation.expectAgreement()
    }

    @Test func `a new row with broken text is parked alone, and shown as far as it can be`() throws {
        try shanghai.sql(
            """
            INSERT INTO item (item_no, title, note) VALUES ('31-0006', 'good', CAST(x'ff41' AS TEXT));
            INSERT INTO item (item_no, title) VALUES ('31-0007', 'fine');
            """)
        let report = try shanghai.seal()
        #expect(report.changes == 1 && report.parked == 1)
        #expect(
            try shanghai.replica.summary().unsealed.map { "\($0.record.key) \($0.code)" } == ["31-0006 broken_text"])
        let record = try #require(try shanghai.replica.record(RecordID(type: "item", key: "31-0006")))
        #expect(record.values["title"] == .text("good") && record.values["note"] == .null)
        try shanghai.sql("UPDATE item SET note = 'mended' WHERE item_no = '31-0006'")
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        try federation.expectAgreement()
    }

    /// Each of its values fits, all together do not.
    @Test(arguments: [0, 1])
    func `a change of more than 256 KiB is parked alone`(_ excess: Int) throws {
        func change(_ last: Int) -> Change {
            func text(_ count: Int) -> FieldValue { .text(Text(String(repeating: "0", count: count))) }
            return Change(
                kind: .create, record: RecordID(type: "item", key: "31-0009"),
                units: [
                    UnitValues(unit: 1, values: [text(Limits.textBytes)]),
                    UnitValues(unit: 32, values: [text(Limits.textBytes)]),
                    UnitValues(unit: 35, values: [text(Limits.textBytes), text(last)]),
                ])
        }
        let most = Limits.textBytes - (change(Limits.textBytes).encoded().count - Limits.changeBytes)
        #expect(change(most).encoded().count == Limits.changeBytes)
        try shanghai.client.silenceTriggers()
        try shanghai.client.run(
            """
            INSERT INTO item (item_no, title, note, first, second)
            SELECT '31-0009', t, t, t, substr(t, 1, \(most + excess)) FROM (SELECT hex(zeroblob(32768)) AS t);
            DROP TRIGGER yrd_item_insert;
            """)
        let report = try shanghai.seal()
        #expect(report.changes == 1 - excess && report.parked == excess)
        #expect(try shanghai.replica.summary().unsealed.map(\.code) == (excess == 0 ? [] : ["change_too_large"]))
        #expect(try federation.pull(jiangsu, from: shanghai).applied == 1 - excess)
        try shanghai.sql("DELETE FROM item WHERE item_no = '31-0009'")
        try shanghai.seal()
        #expect(try shanghai.replica.summary().unsealed.isEmpty)
        try federation.settle()
        try federation.expectAgreement()
    }

    /// The guards refuse it at the statement; past them, others could not decode what it keeps.
    @Test(arguments: [(Limits.keepsPerUnit, nil), (Limits.keepsPerUnit + 1, "too_many_siblings")] as [(Int, String?)])
    func `a write that would keep more than 64 siblings is parked`(_ hidden: Int, _ code: String?) throws {
        let frontier = try shanghai.replica.frontier()
        for index in 0...hidden {
            let entry = try jiangsu.forge(
                incarnation: ID16(Array(repeating: UInt8(index), count: 16))!,
                context: Context(catalogHash: .zero, frontier: frontier),
                changes: [
                    Change(
                        kind: .update, record: RecordID(type: "item", key: "31-0001"),
                        units: [UnitValues(unit: 32, values: [.text(Text("note \(index)"))])])
                ])
            for node in federation.nodes { _ = try node.replica.apply([entry], from: nil, node.signer) }
        }
        #expect(try shanghai.conflict().conflict.sides.count == hidden + 1)
        try shanghai.client.silenceTriggers()
        try shanghai.client.run(
            "UPDATE item SET note = 'past the guards' WHERE item_no = '31-0001'; DROP TRIGGER yrd_item_insert")
        let report = try shanghai.seal()
        #expect(report.parked == (code == nil ? 0 : 1))
        #expect(try shanghai.replica.summary().unsealed.map(\.code) == (code.map { [$0] } ?? []))
        try federation.pull(jiangsu, from: shanghai)
        #expect(try jiangsu.replica.quarantine().isEmpty)
        #expect(try jiangsu.conflict().conflict.sides.count == hidden + 1)
        try shanghai.resolve(try shanghai.conflict(), .value([.text("settled")]))
        try federation.settle()
        try federation.expectAgreement()
    }
}
