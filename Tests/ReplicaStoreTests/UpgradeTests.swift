// A node that takes a newer catalog becomes the node that had it from the start, and sends nothing for it.

import ForeignSQL
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@Suite("Catalog upgrade")
struct UpgradeTests {
    private static let colourUnit =
        "{number: 36, name: colour, label: {zh: 色, en: colour}, write: any, merge: manual, columns: [colour]}"
    private static let sealUnit =
        "{number: 3, name: seal, label: {zh: 章, en: seal}, write: home, merge: home, columns: [seal]}"
    private static let newColumns = [
        "{name: colour, type: code(colour), share: public, label: {zh: 色, en: colour}, headers: [色]}",
        "{name: seal, type: integer, share: public, label: {zh: 章, en: seal}, headers: [章]}",
        "{name: clerk, type: text, max: 50, share: home, label: {zh: 员, en: clerk}, headers: [员]}",
    ]

    /// Two more units, a column that never leaves the node, and a type of its own.
    static func version2() throws -> Catalog {
        let item = SmallCatalog.item(units: [colourUnit, sealUnit], columns: newColumns)
        return try SmallCatalog.load(version: 2, types: ["item": item, "parcel": SmallCatalog.item()])
    }

    /// Shanghai has the new catalog from the start, Jiangsu and Zhejiang the old one.
    private func mixed() throws -> TestFederation {
        let federation = try TestFederation(["shanghai"], catalog: try Self.version2())
        try federation.add("jiangsu", catalog: try SmallCatalog.version1())
        try federation.add("zhejiang", catalog: try SmallCatalog.version1())
        return federation
    }

    @Test func `old, then new, is as if it had been new from the start`() throws {
        let federation = try mixed()
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        try shanghai.client.run(
            """
            INSERT INTO item (item_no, title, note, colour, seal) VALUES ('31-0001', 'a', 'n', 'red', 7);
            INSERT INTO item (item_no, title, colour) VALUES ('31-0002', 'b', 'blue');
            INSERT INTO parcel (item_no, title) VALUES ('31-0001', 'p');
            """)
        try jiangsu.client.run("INSERT INTO item (item_no, title) VALUES ('32-0001', 'c')")
        try federation.settle()
        #expect(try jiangsu.replica.summary().parked > 0)
        try shanghai.client.run("UPDATE item SET note = 's', colour = 'green' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no = '31-0001'")
        try shanghai.client.run("DELETE FROM item WHERE item_no = '31-0002'")
        try zhejiang.client.run("UPDATE item SET note = 'z' WHERE item_no = '31-0002'")
        try federation.settle()
        // The old catalog has another digest; it does not know of the new units.
        #expect(try jiangsu.digest() == zhejiang.digest())
        let before = try jiangsu.replica.frontier()
        try jiangsu.client.run("UPDATE item SET amount = 9 WHERE item_no = '32-0001'")
        try jiangsu.replica.upgrade(to: try Self.version2(), jiangsu.signer)
        // Only what was pending was sealed.
        #expect(
            try jiangsu.replica.frontier().sequence(of: try jiangsu.replica.ownOrigin())
                == before.sequence(of: try jiangsu.replica.ownOrigin()) + 1)
        try zhejiang.replica.upgrade(to: try Self.version2(), zhejiang.signer)
        try federation.settle()
        #expect(try jiangsu.replica.summary().parked == 0)
        #expect(try jiangsu.client.value("SELECT colour, seal FROM item WHERE item_no = '31-0001'") == "green|7")
        #expect(try jiangsu.client.value("SELECT title FROM parcel") == "p")
        #expect(try jiangsu.replica.openConflicts().count == 2)
        try federation.expectAgreement()
        // New columns are captured, guarded and shared at once.
        try jiangsu.client.run("UPDATE item SET colour = 'blue' WHERE item_no = '31-0001'")
        #expect(throws: SQLComplaint.self) { try jiangsu.client.run("UPDATE item SET colour = 'none'") }
        #expect(throws: SQLComplaint.self) {
            try jiangsu.client.run("UPDATE item SET seal = 1 WHERE item_no = '31-0001'")
        }
        try jiangsu.client.run("INSERT INTO item_home (item_no, clerk) VALUES ('31-0001', '李')")
        try federation.settle()
        #expect(try shanghai.client.value("SELECT colour FROM item WHERE item_no = '31-0001'") == "blue")
        #expect(try jiangsu.client.value("SELECT clerk, colour_zh FROM item_view WHERE item_no = '31-0001'") == "李|蓝")
        try federation.expectAgreement()
        let model = try SlowModel(of: jiangsu.replica)
        #expect(try jiangsu.digest() == model.digest)
    }

    @Test func `rights of a parked type are judged when the type is known`() throws {
        let federation = try mixed()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let forged = try jiangsu.forge(
            incarnation: ID16(Array(repeating: 3, count: 16))!, context: Context(catalogHash: .zero, frontier: .empty),
            changes: [
                Change(
                    kind: .create, record: RecordID(type: "parcel", key: "31-0009"),
                    units: [UnitValues(unit: 1, values: [.text("forged")])])
            ])
        for node in federation.nodes { _ = try node.replica.apply([forged], from: nil, node.signer) }
        #expect(try shanghai.replica.quarantine().map(\.class) == ["forbidden"])
        #expect(try jiangsu.replica.quarantine().isEmpty)
        for node in federation.nodes.dropFirst() { try node.replica.upgrade(to: try Self.version2(), node.signer) }
        #expect(try jiangsu.replica.quarantine().map(\.class) == ["forbidden"])
        #expect(try jiangsu.client.value("SELECT count(*) FROM parcel") == "0")
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `an entry whose parked values do not fit becomes faulty, and all it did is undone`() throws {
        let federation = try mixed()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n')")
        try federation.settle()
        let seen = Frontier(rows: try shanghai.replica.frontier().rows)
        let record = RecordID(type: "item", key: "31-0001")
        let incarnation = ID16(Array(repeating: 4, count: 16))!
        // A text where the new catalog has an integer; note travels with it in one entry.
        let first = try shanghai.forge(
            incarnation: incarnation, context: Context(catalogHash: .zero, frontier: seen),
            changes: [
                Change(
                    kind: .update, record: record,
                    units: [
                        UnitValues(unit: 3, values: [.text("seven")]), UnitValues(unit: 32, values: [.text("bad")]),
                    ])
            ])
        // Its successor's context falls below it: faulty only as long as the first one is not.
        let second = try shanghai.forge(
            incarnation: incarnation, sequence: 2, previous: first.id,
            context: Context(catalogHash: .zero, frontier: .empty),
            changes: [
                Change(kind: .update, record: record, units: [UnitValues(unit: 33, values: [.integer(5)])])
            ], time: 1_700_000_000_001)
        for node in federation.nodes { _ = try node.replica.apply([first, second], from: nil, node.signer) }
        #expect(try jiangsu.client.value("SELECT note, amount FROM item") == "bad|")
        #expect(try shanghai.client.value("SELECT note, amount FROM item") == "n|5")
        #expect(try jiangsu.replica.quarantine().map(\.code) == ["context_fell"])
        for node in federation.nodes.dropFirst() { try node.replica.upgrade(to: try Self.version2(), node.signer) }
        #expect(try jiangsu.client.value("SELECT note, amount FROM item") == "n|5")
        #expect(try jiangsu.replica.quarantine().map(\.code) == ["value_does_not_fit"])
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `what could not be sealed stays in its row, and columns that never leave stay`() throws {
        let federation = try mixed()
        let jiangsu = federation["jiangsu"]
        try jiangsu.client.run(
            """
            INSERT INTO item (item_no, title) VALUES ('32-0001', 'a');
            INSERT INTO item (item_no, title, note) VALUES ('32-0002', 'b', CAST(x'ff41' AS TEXT));
            """)
        try jiangsu.seal()
        try jiangsu.client.run("UPDATE item SET note = CAST(x'ff42' AS TEXT) WHERE item_no = '32-0001'")
        try jiangsu.replica.upgrade(to: try Self.version2(), jiangsu.signer)
        #expect(try jiangsu.client.rows("SELECT hex(note) FROM item ORDER BY item_no") == ["FF42", "FF41"])
        #expect(try jiangsu.replica.summary().unsealed.count == 2)
        try jiangsu.client.run("UPDATE item SET note = 'fine'")
        #expect(try jiangsu.seal().changes == 2)
        try federation.settle()
        #expect(try federation["shanghai"].client.rows("SELECT note FROM item") == ["fine", "fine"])
    }

    @Test func `a write past the triggers is sealed before the rows are made anew`() throws {
        let federation = try mixed()
        let jiangsu = federation["jiangsu"]
        try jiangsu.client.run("INSERT INTO item (item_no, title) VALUES ('32-0001', 'a')")
        try jiangsu.seal()
        try jiangsu.sql(".dbconfig enable_trigger off\nUPDATE item SET note = 'silent';")
        try jiangsu.replica.upgrade(to: try Self.version2(), jiangsu.signer)
        #expect(try jiangsu.client.value("SELECT note FROM item") == "silent")
        try federation.settle()
        #expect(try federation["shanghai"].client.value("SELECT note FROM item") == "silent")
    }

    @Test func `another replica object on the file follows, and the file opens with the new catalog`() throws {
        let federation = try mixed()
        let jiangsu = federation["jiangsu"]
        let other = try SQLiteReplica(path: jiangsu.path, environment: federation.clock.environment)
        try jiangsu.replica.upgrade(to: try Self.version2(), jiangsu.signer)
        try jiangsu.client.run("INSERT INTO item (item_no, title, colour) VALUES ('32-0001', 'a', 'red')")
        #expect(try other.seal(jiangsu.signer).changes == 1)
        try federation.settle()
        #expect(try federation["shanghai"].client.value("SELECT colour FROM item") == "red")
        try jiangsu.reopen()
        #expect(jiangsu.replica.catalog.version == 2)
        #expect(try jiangsu.replica.seal(jiangsu.signer) == SealReport())
        try jiangsu.replica.upgrade(to: try Self.version2(), jiangsu.signer)
        #expect(try jiangsu.findings(in: federation) == [])
        #expect(try jiangsu.replica.findings() == [])
    }

    @Test func `what stays for ever is refused with a reason, and nothing is changed`() throws {
        let federation = try mixed()
        let jiangsu = federation["jiangsu"]
        let item = SmallCatalog.item()
        let refused: [(Catalog, String)] = [
            (try SmallCatalog.load(version: 1, types: ["item": item, "parcel": item]), "version"),
            (try SmallCatalog.load(version: 2, types: ["parcel": item]), "item"),
            (
                try SmallCatalog.load(
                    version: 2,
                    types: [
                        "item": item.replacing(
                            "name: note, label: {zh: 注, en: note}, write: any, merge: manual",
                            with: "name: note, label: {zh: 注, en: note}, write: any, merge: latest")
                    ]),
                "item.note"
            ),
            (
                try SmallCatalog.load(
                    version: 2,
                    types: ["item": item.replacing("columns: [width, height]", with: "columns: [height, width]")]),
                "item.size"
            ),
            (
                try SmallCatalog.load(
                    version: 2,
                    types: ["item": item.replacing("{name: amount, type: integer", with: "{name: amount, type: date")]),
                "item.count"
            ),
            (
                try SmallCatalog.load(
                    version: 2, types: ["item": item],
                    homes: #""31": shanghai, "32": jiangsu, "33": zhejiang, "34": zhejiang"#), "homes.34"
            ),
            (
                try SmallCatalog.load(
                    version: 2, types: ["item": item], homes: #""31": shanghai, "32": jiangsu, "33": zhejiang"#),
                "homes.34"
            ),
            (
                try SmallCatalog.load(
                    version: 2, types: ["item": item.replacing("key:\n  name: item_no", with: "key:\n  name: number")]),
                "item.key"
            ),
        ]
        for (catalog, place) in refused {
            let refusal = #expect(throws: CatalogUpgradeRefusal.self) {
                try jiangsu.replica.upgrade(to: catalog, jiangsu.signer)
            }
            #expect(refusal?.item == place)
        }
        #expect(try jiangsu.findings(in: federation) == [])
        // A new home is no change of an old one.
        let wider = try SmallCatalog.load(
            version: 2, types: ["item": item], homes: SmallCatalog.standardHomes + #", "35": suzhou"#)
        try jiangsu.replica.upgrade(to: wider, jiangsu.signer)
        #expect(throws: SQLComplaint.self) { try jiangsu.client.run("INSERT INTO item (item_no) VALUES ('35-0001')") }
    }

    @Test(arguments: UInt64(1)..<13)
    func `a random history upgraded in the middle is the history under the new catalog`(seed: UInt64) throws {
        var history = try RandomHistory(seed: seed)
        try history.run(steps: 30)
        let catalog = try Self.version2()
        let federation = history.federation
        for node in federation.nodes.dropLast() { try node.replica.upgrade(to: catalog, node.signer) }
        try history.run(steps: 30)
        try federation.nodes.last!.replica.upgrade(to: catalog, federation.nodes.last!.signer)
        for node in federation.nodes { try node.replica.upgrade(to: catalog, node.signer) }
        try history.adoptAll()
        try federation.settle()
        try federation.expectAgreement()
        let model = try SlowModel(of: federation.nodes[0].replica)
        #expect(try federation.nodes[0].digest() == model.digest)
    }
}
