// Any SQLite client's write is noticed, sealed as whole transactions, and never lost.

import ForeignPrograms
import ForeignSQL
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

    init() throws {
        federation = try TestFederation.ofTwoItems()
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
            #expect(complaint?.description.contains("jiangsu") == true)
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
        let output = Pipe()
        let client = try ChildProcess(
            "/usr/bin/python3", ["-c", program, shanghai.path], input: STDIN_FILENO,
            output: output.fileHandleForWriting.fileDescriptor, errors: STDERR_FILENO)
        try output.fileHandleForWriting.close()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("begun"))
        let report = try shanghai.seal()
        #expect(client.wait() == .exit(0))
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
            federation: shanghai.signer.federation, suite: shanghai.signer.suite, keyIDs: shanghai.signer.keyIDs,
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
        #expect(
            try shanghai.client.rows("SELECT identifier FROM grdb_migrations") == [
                "v001_replica", "v002_branches", "v003_keys", "v004_roots", "v005_settled_forks",
                "v006_closures", "v007_former_descriptors",
            ])
    }
}
