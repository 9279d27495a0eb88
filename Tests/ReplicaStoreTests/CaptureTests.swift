// Any SQLite client's write is noticed, sealed as whole transactions, and never lost: also where it came past the triggers.

import Foundation
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Capture and sealing")
struct CaptureTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    /// Two markets over the small catalog, each with one item, and rowids 1 and 2.
    init() throws {
        federation = try TestFederation(catalog: try SmallCatalog.version1())
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n')")
        try federation["jiangsu"].client.run("INSERT INTO item (item_no, title, note) VALUES ('32-0001', 'b', 'm')")
        try federation.settle()
    }

    private func title(_ node: TestNode, _ key: String = "31-0001") throws -> String {
        try node.client.value("SELECT title FROM item WHERE item_no = '\(key)'")
    }

    // MARK: Statements of every kind

    @Test func `INSERT OR REPLACE of the same key from the shell is an update`() throws {
        try shanghai.sql("INSERT OR REPLACE INTO item (item_no, title) VALUES ('31-0001', 'z')")
        #expect(try shanghai.seal().changes == 1)
        let history = try shanghai.replica.history(of: RecordID(type: "item", key: "31-0001"))
        #expect(history.map(\.change.kind) == [.create, .update])
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT title, note FROM item WHERE item_no = '31-0001'") == "z|")
        try federation.expectAgreement()
    }

    @Test func `a REPLACE that changes nothing is nothing`() throws {
        try shanghai.sql("REPLACE INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n')")
        #expect(try shanghai.seal() == SealReport())
    }

    @Test func `a row evicted by rowid is a delete, and the phantom of a refused one is harmless`() throws {
        try shanghai.sql("INSERT INTO item (rowid, item_no, title) VALUES (77, '31-0002', 'x')")
        try shanghai.seal()
        try shanghai.sql("INSERT OR REPLACE INTO item (rowid, item_no, title) VALUES (77, '31-0003', 'y')")
        #expect(try shanghai.seal().changes == 2)
        try shanghai.sql("INSERT OR IGNORE INTO item (rowid, item_no, title) VALUES (77, '31-0004', 'y')")
        #expect(try shanghai.seal() == SealReport())
        try shanghai.sql("UPDATE OR REPLACE item SET rowid = 77 WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        #expect(try jiangsu.client.rows("SELECT item_no FROM item ORDER BY 1") == ["31-0001", "32-0001"])
        try federation.expectAgreement()
    }

    @Test func `another market's row cannot be evicted by rowid`() throws {
        let rowid = try shanghai.client.value("SELECT rowid FROM item WHERE item_no = '32-0001'")
        for statement in [
            "INSERT OR REPLACE INTO item (rowid, item_no, title) VALUES (\(rowid), '31-0009', 'x')",
            "UPDATE OR REPLACE item SET rowid = \(rowid) WHERE item_no = '31-0001'",
        ] {
            let complaint = #expect(throws: SQLComplaint.self) { try shanghai.sql(statement) }
            #expect(complaint?.text.contains("jiangsu") == true)
        }
        #expect(try shanghai.seal() == SealReport())
        #expect(try shanghai.client.value("SELECT count(*) FROM item") == "2")
    }

    @Test func `an UPSERT is an update`() throws {
        try shanghai.sql(
            "INSERT INTO item (item_no, title) VALUES ('31-0001', 'q') ON CONFLICT DO UPDATE SET title = excluded.title"
        )
        #expect(try shanghai.seal().changes == 1)
        #expect(try title(shanghai) == "q")
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT title, note FROM item WHERE item_no = '31-0001'") == "q|n")
    }

    @Test func `INSERT OR IGNORE of a key that is there is nothing`() throws {
        try shanghai.sql("INSERT OR IGNORE INTO item (item_no, title) VALUES ('31-0001', 'q')")
        #expect(try shanghai.seal() == SealReport())
    }

    @Test func `a client with recursive triggers captures the same`() throws {
        try shanghai.client.run("PRAGMA recursive_triggers = ON")
        try shanghai.client.run("INSERT OR REPLACE INTO item (item_no, title, note) VALUES ('31-0001', 'z', 'n')")
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a hardened client may write sets`() throws {
        try shanghai.sql("PRAGMA trusted_schema = OFF; UPDATE item SET tags = '[\"red\"]' WHERE item_no = '31-0001';")
        #expect(try shanghai.seal().changes == 1)
    }

    @Test func `a transaction rolled back leaves nothing to seal`() throws {
        try shanghai.sql("BEGIN; UPDATE item SET note = 'x'; DELETE FROM item WHERE item_no = '31-0001'; ROLLBACK;")
        #expect(try shanghai.seal() == SealReport())
        #expect(try shanghai.replica.summary().pending == 0)
    }

    @Test func `of nested savepoints only what was kept is sealed`() throws {
        try shanghai.sql(
            """
            BEGIN; SAVEPOINT a; UPDATE item SET note = '1' WHERE item_no = '31-0001'; SAVEPOINT b;
            UPDATE item SET note = '2' WHERE item_no = '31-0001'; INSERT INTO item (item_no) VALUES ('31-0005');
            ROLLBACK TO b; RELEASE b; RELEASE a; COMMIT;
            """)
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        #expect(try jiangsu.client.rows("SELECT note FROM item ORDER BY item_no") == ["1", "m"])
    }

    @Test func `insert and delete in one transaction leave nothing to seal`() throws {
        try shanghai.sql(
            "BEGIN; INSERT INTO item (item_no) VALUES ('31-0005'); DELETE FROM item WHERE item_no = '31-0005'; COMMIT;")
        #expect(try shanghai.seal() == SealReport())
    }

    @Test func `a set is stored in one form, however it was written`() throws {
        try shanghai.sql("UPDATE item SET tags = ' [ \"red\", \"blue\",\"red\" ] ' WHERE item_no = '31-0001'")
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.client.value("SELECT tags FROM item WHERE item_no = '31-0001'") == #"["blue","red"]"#)
        }
        try shanghai.sql("UPDATE item SET tags = '[\"red\", \"blue\"]' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal() == SealReport())
        #expect(try shanghai.client.value("SELECT tags FROM item WHERE item_no = '31-0001'") == #"["blue","red"]"#)
        try federation.expectAgreement()
    }

    // MARK: Many

    @Test func `a bulk load of ten thousand rows from Python is one group that appears at once`() throws {
        try shanghai.python(
            """
            db = sqlite3.connect(replica)
            db.executemany('INSERT INTO item (item_no, title) VALUES (?, ?)',
                ((f'31-{i:04d}', f't{i}') for i in range(100, 10000)))
            db.execute("INSERT INTO item (item_no) VALUES ('31-0002')")
            db.commit()
            """)
        #expect(try shanghai.seal().changeSets == 3)
        var cursor = try shanghai.replica.sendCursor(
            for: PullRequest(frontier: try jiangsu.replica.frontier(), held: []))
        let batch = try shanghai.replica.nextBatch(&cursor, rawBytesMax: 1)
        #expect(batch.entries.map(\.header.groupContinues) == [true, true, false])
        let entries = batch.entries.map(TestFederation.verified)
        // Two of three are nothing: not in the vector, not in a table.
        let before = try jiangsu.replica.position().frontier
        let report = try jiangsu.replica.apply(Array(entries.prefix(2)), from: nil, jiangsu.signer)
        #expect(report.applied == 0)
        #expect(report.refused.map(\.code) == ["group_incomplete", "group_incomplete"])
        #expect(try jiangsu.replica.position().frontier == before)
        #expect(try jiangsu.client.value("SELECT count(*) FROM item") == "2")
        #expect(try jiangsu.replica.apply(entries, from: nil, jiangsu.signer).applied == 3)
        #expect(try jiangsu.client.value("SELECT count(*) FROM item") == "9903")
        try federation.settle()
        try federation.expectAgreement(isDeep: false)
    }

    // MARK: Past the triggers

    @Test func `a write while the triggers were off is sealed before an arriving change would overwrite it`() throws {
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET note = 'silent' WHERE item_no = '31-0001';")
        try jiangsu.client.run("UPDATE item SET note = 'loud' WHERE item_no = '31-0001'")
        try federation.settle()
        let report = try jiangsu.conflict()
        #expect(Set(report.conflict.sides.map(\.value)) == [.unit([.text("silent")]), .unit([.text("loud")])])
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        try federation.expectAgreement()
    }

    /// By the short way of plain creates, too.
    @Test func `a silent insert is not overwritten by an arriving create of the same record`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        // Its first change set says which incarnation it follows: no plain create.
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0006', 'first')")
        try twin.seal()
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'twin')")
        try shanghai.client.silenceTriggers()
        try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'silent')")
        try federation.pull(shanghai, from: twin)
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        let sides = try shanghai.conflict().conflict.sides.map(\.value)
        #expect(Set(sides) == [.unit([.text("twin")]), .unit([.text("silent")])])
        try federation.settle()
        try federation.expectAgreement()
    }

    /// Nothing differs, and yet two have written: each write must count, and the digests stay those of the log.
    @Test func `a silent insert of the very row that arrives is a write of its own`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        // Its first change set says which incarnation it follows: no plain create.
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0006', 'first')")
        try twin.seal()
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'same')")
        try shanghai.client.silenceTriggers()
        try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-0005', 'same')")
        try federation.pull(shanghai, from: twin)
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        #expect(try shanghai.findings(in: federation).isEmpty)
        try federation.settle()
        try federation.expectAgreement()
    }

    /// A unit that is created as NULL was written all the same: the state names its writer, and the short way has no place
    /// for that.
    @Test func `a create that writes NULL on purpose goes the ordinary way`() throws {
        let entry = try shanghai.forge(
            incarnation: ID16(Array(repeating: 7, count: 16))!,
            context: Context(catalogHash: .zero, frontier: try shanghai.replica.frontier()),
            changes: [
                Change(
                    kind: .create, record: RecordID(type: "item", key: "31-0009"),
                    units: [UnitValues(unit: 1, values: [.text("named")]), UnitValues(unit: 32, values: [.null])])
            ])
        for node in federation.nodes {
            #expect(try node.replica.apply([entry], from: nil, node.signer).applied == 1)
            #expect(try node.findings(in: federation).isEmpty)
        }
        try jiangsu.client.run("UPDATE item SET first = 'j' WHERE item_no = '31-0009'")
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a silent write to a unit in conflict is found too`() throws {
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET note = 'silent' WHERE item_no = '31-0001';")
        #expect(try shanghai.findings(in: federation).map(\.code) == ["row_altered"])
        try jiangsu.client.run("UPDATE item SET amount = 1 WHERE item_no = '31-0001'")
        try federation.settle()
        let values = Set(try jiangsu.conflict().conflict.sides.map(\.value))
        #expect(values == [.unit([.text("silent")]), .unit([.text("j")])])
        try federation.expectAgreement()
    }

    @Test func `a silent write to a unit that was NULL is found too`() throws {
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET first = 'silent' WHERE item_no = '31-0001';")
        #expect(try shanghai.findings(in: federation).map(\.code) == ["row_altered"])
    }

    /// By the short way of plain updates: where nobody had written, where somebody had, in the unit that is updated and in
    /// another one.
    @Test(arguments: [
        "first = 'silent'", "note = 'silent'", "note = NULL", "second = 'red'", "amount = 7", "title = 'silent'",
    ])
    func `a silent write is not overwritten by an arriving update`(_ assignment: String) throws {
        // An origin's first change set carries a note, and is not plain.
        try jiangsu.client.run("UPDATE item SET amount = 1 WHERE item_no = '31-0001'")
        try federation.settle()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET \(assignment) WHERE item_no = '31-0001';")
        for column in ["note", "first"] {
            try jiangsu.client.run("UPDATE item SET \(column) = 'loud' WHERE item_no = '31-0001'")
        }
        try jiangsu.seal()
        try federation.pull(shanghai, from: jiangsu)
        #expect(try shanghai.replica.findings().map(\.code).contains("uncaptured_write"))
        let written = try shanghai.replica.history(of: RecordID(type: "item", key: "31-0001"))
            .filter { $0.market == shanghai.market && $0.change.kind == .update }
        #expect(written.count == 1)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a silent write is not overwritten by a resolution`() throws {
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no = '31-0001'")
        try federation.settle()
        let report = try shanghai.conflict()
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET first = 'silent' WHERE item_no = '31-0001';")
        try shanghai.resolve(report, .value([.text("v")]))
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT first, note FROM item WHERE item_no = '31-0001'") == "silent|v")
        try federation.expectAgreement()
    }

    @Test func `a dropped trigger is restored and what it missed is sealed`() throws {
        try shanghai.sql("DROP TRIGGER yrd_item_update; UPDATE item SET note = 'missed' WHERE item_no = '31-0001';")
        #expect(try shanghai.findings(in: federation).map(\.code).contains("trigger_altered"))
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.findings().map(\.code) == ["triggers_altered", "uncaptured_write"])
        try shanghai.sql("UPDATE item SET note = 'noticed' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `newer software puts its triggers and views in place of the older one's, and that is no finding`() throws
    {
        try shanghai.seal()
        // As if older software had made the file: one guard was not there yet, another read otherwise, nothing else
        // has changed since it last looked.
        try shanghai.sql(
            """
            DROP TRIGGER yrd_item_guard_evict_insert; DROP TRIGGER yrd_item_guard_delete; DROP VIEW item_view;
            CREATE TRIGGER yrd_item_guard_delete BEFORE DELETE ON item BEGIN SELECT 1; END;
            CREATE VIEW item_view AS SELECT 'old' AS title;
            """)
        let version = try shanghai.sql("PRAGMA schema_version")
        try shanghai.sql(
            """
            UPDATE yrd_meta SET value = \(version) WHERE name = 'checked_schema_version';
            UPDATE yrd_meta SET value = zeroblob(32) WHERE name = 'layout_digest';
            """)
        try shanghai.client.run("UPDATE item SET note = 'x' WHERE item_no = '31-0001'")
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.findings() == [])
        #expect(try shanghai.findings(in: federation) == [])
        #expect(try shanghai.client.value("SELECT note FROM item_view WHERE item_no = '31-0001'") == "x")
        #expect(throws: SQLComplaint.self) { try shanghai.client.run("DELETE FROM item WHERE item_no = '32-0001'") }
    }

    @Test func `a search for a code passes by a set that some client broke`() throws {
        try shanghai.client.run("UPDATE item SET tags = '[\"red\"]' WHERE item_no = '31-0001'")
        try shanghai.sql(".dbconfig enable_trigger off\nUPDATE item SET tags = '{' WHERE item_no = '32-0001';")
        var keys: [Text] = []
        try shanghai.replica.forEachRecord(
            of: "item", where: [ColumnCondition(column: "tags", test: .contains("red"))], limit: nil
        ) { keys.append($0.key) }
        #expect(keys == ["31-0001"])
    }

    @Test func `ANALYZE and VACUUM and an index of the registry's own disturb nothing`() throws {
        try shanghai.sql(
            "ANALYZE; VACUUM; CREATE INDEX own_index ON item (note); UPDATE item SET note = 'x' WHERE item_no = '31-0001'; ANALYZE;"
        )
        #expect(try shanghai.seal().changes == 1)
        #expect(try shanghai.replica.findings() == [])
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a forbidden write past the triggers is taken back and kept as evidence`() throws {
        try jiangsu.sql(".dbconfig enable_trigger off\nUPDATE item SET title = 'forged' WHERE item_no = '31-0001';")
        try shanghai.client.run("UPDATE item SET amount = 5 WHERE item_no = '31-0001'")
        try federation.settle()
        #expect(try title(jiangsu) == "a")
        let item = try #require(try jiangsu.replica.quarantine().first)
        #expect(item.code == "local_write_taken_back")
        #expect(item.key == "31-0001")
        try federation.expectAgreement()
    }

    @Test func `what the market may write is sealed though a forbidden write stands beside it`() throws {
        try jiangsu.client.run("UPDATE item SET note = 'allowed' WHERE item_no = '31-0001'")
        try jiangsu.sql(".dbconfig enable_trigger off\nUPDATE item SET title = 'forged' WHERE item_no = '31-0001';")
        #expect(try jiangsu.seal().changes == 1)
        try federation.settle()
        #expect(try shanghai.client.value("SELECT title, note FROM item WHERE item_no = '31-0001'") == "a|allowed")
        try federation.expectAgreement()
    }

    @Test func `a foreign record deleted or invented past the triggers comes back, or goes`() throws {
        try jiangsu.sql(
            """
            .dbconfig enable_trigger off
            DELETE FROM item WHERE item_no = '31-0001';
            INSERT INTO item (item_no, title) VALUES ('31-0666', 'invented');
            DROP TRIGGER yrd_item_insert;
            """)
        try jiangsu.seal()
        #expect(try jiangsu.client.rows("SELECT item_no FROM item ORDER BY 1") == ["31-0001", "32-0001"])
        try federation.settle()
        try federation.expectAgreement()
    }

    // MARK: What no change set can carry

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

    // MARK: Side by side

    @Test func `a seal waits for a client in the middle of a transaction, and seals the whole of it`() throws {
        let program = """
            import sqlite3, sys, time
            client = sqlite3.connect(sys.argv[1], isolation_level=None)
            client.execute("BEGIN IMMEDIATE")
            client.execute("UPDATE item SET note = 'half' WHERE item_no = '31-0001'")
            print("begun", flush=True)
            time.sleep(0.7)
            client.execute("UPDATE item SET title = 'whole' WHERE item_no = '31-0001'")
            client.execute("COMMIT")
            """
        let client = Process()
        client.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        client.arguments = ["-c", program, shanghai.path]
        let output = Pipe()
        client.standardOutput = output
        try client.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("begun"))
        let report = try shanghai.seal()
        client.waitUntilExit()
        #expect(client.terminationStatus == 0)
        #expect(report.changeSets == 1 && report.changes == 1)
        let head = try shanghai.replica.ownHead()
        let entry = try #require(try shanghai.replica.entry(at: Dot(origin: head.origin, sequence: head.sequence)))
        #expect(try ChangeSet(decoding: entry.entry).changes[0].units.map(\.unit) == [1, 32])
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a client in the middle of a transaction makes the seal wait and then fail as busy`() throws {
        let replica = try SQLiteReplica(
            path: shanghai.path, environment: federation.clock.environment, busySeconds: 0.2)
        try shanghai.client.run("BEGIN IMMEDIATE; UPDATE item SET note = 'half' WHERE item_no = '31-0001'")
        let error = #expect(throws: SQLiteError.self) { try replica.seal(shanghai.signer) }
        #expect(error?.isBusy == true)
        try shanghai.client.run("UPDATE item SET title = 'whole' WHERE item_no = '31-0001'; COMMIT")
        #expect(try replica.seal(shanghai.signer).changes == 1)
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT title, note FROM item WHERE item_no = '31-0001'") == "whole|half")
    }

    @Test func `two replica objects on one file see each other's work`() throws {
        let other = try SQLiteReplica(path: shanghai.path, environment: federation.clock.environment)
        for round in 0..<4 {
            try shanghai.client.run("UPDATE item SET note = 'r\(round)' WHERE item_no = '31-0001'")
            let sealing = round % 2 == 0 ? other : shanghai.replica
            #expect(try sealing.seal(shanghai.signer).changes == 1)
            try jiangsu.client.run("UPDATE item SET amount = \(round) WHERE item_no = '31-0001'")
            try federation.pull(jiangsu, from: shanghai)
            try jiangsu.seal()
            var cursor = try jiangsu.replica.sendCursor(for: PullRequest(frontier: try other.frontier(), held: []))
            let batch = try jiangsu.replica.nextBatch(&cursor)
            let receiving = round % 2 == 0 ? shanghai.replica : other
            _ = try receiving.apply(batch.entries.map(TestFederation.verified), from: nil, shanghai.signer)
        }
        #expect(try other.position().digest == shanghai.replica.position().digest)
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `after a failed transaction no cache remembers it`() throws {
        struct Refused: Error {}
        let failing = EntrySigner(
            federation: shanghai.signer.federation, suite: shanghai.signer.suite, keyID: shanghai.signer.keyID,
            trustRootVersion: 0, sign: { _ in throw Refused() })
        try shanghai.client.run("UPDATE item SET note = 'kept' WHERE item_no = '31-0001'")
        #expect(throws: Refused.self) { try shanghai.replica.seal(failing) }
        #expect(try shanghai.replica.summary().pending == 1)
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT note FROM item WHERE item_no = '31-0001'") == "kept")
        try federation.expectAgreement()
    }

    @Test func `the replica is durable and trusts no schema, and opens again as it was`() throws {
        #expect(try shanghai.replica.settings() == ["wal", "2", "0"])
        let before = try shanghai.replica.position()
        try shanghai.reopen()
        try shanghai.reopen()
        #expect(try shanghai.replica.position() == before)
        #expect(try shanghai.client.rows("SELECT identifier FROM grdb_migrations") == ["v001_replica"])
    }
}
