// Drills of docs/recovery.md with real processes: a backup put back, with and without what came after it.

import ForeignPrograms
import Foundation
import Testing

@Suite("Backup and restore", .serialized)  // Each test runs several processes; the machine has two cores.
struct RestoreTests {
    private let federation: Federation
    private var shanghai: NodeProcess { federation["shanghai"] }
    private var jiangsu: NodeProcess { federation["jiangsu"] }
    private var backup: String { shanghai.path + "/backup.sqlite" }

    init() throws {
        federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        try federation["jiangsu"].start()
    }

    private func write(_ number: Int, _ node: NodeProcess? = nil) throws {
        try (node ?? shanghai).sql(
            "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(number)', 'n\(number)');")
    }

    private func agencies(_ node: NodeProcess) throws -> String {
        try node.sql("SELECT group_concat(substr(agency_id, 13), ' ') FROM (SELECT agency_id FROM agency ORDER BY 1);")
    }

    @Test func `a backup put back gets back from its peers what was lost since, and uses no number twice`() throws {
        try write(1)
        try shanghai.sync()
        // Captured and not sealed: it is in the backup too.
        try write(2)
        let made = try shanghai.yrdsync("backup", backup, "--json")
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.lines.first?["pending"] as? Int == 1)
        try write(3)
        try shanghai.sync()
        // Written here alone: lost with the replica but for the copy that is set aside.
        try write(4)
        let before = try #require(try shanghai.status()["incarnation"] as? String)

        let restored = try shanghai.yrdsync("restore", backup, "--json")
        #expect(restored.status == 0, "\(restored.errors)")
        let report = try #require(restored.lines.first)
        #expect(report["compared"] as? Bool == true)
        #expect(report["pending_set_aside"] as? Int == 1)
        #expect(report["received"] as? Int == 1)
        #expect(try agencies(shanghai) == "1 2 3")
        let aside = try #require(report["set_aside"] as? String)
        #expect(
            try Programs.run("/usr/bin/sqlite3", [aside, "SELECT count(*) FROM agency;"]).output == "4\n")

        let after = try #require(try shanghai.status()["incarnation"] as? String)
        let incarnation = try #require(report["incarnation"] as? String)
        #expect(after != before && after.hasSuffix(incarnation))
        try write(5)
        try shanghai.sync()
        #expect(try agencies(jiangsu) == "1 2 3 5")
        #expect(try shanghai.digest() == jiangsu.digest())
        #expect(try shanghai.yrdsync("verify").status == 0)
        #expect(try jiangsu.yrdsync("verify", "--deep").status == 0)
        let vector = try #require(try jiangsu.status()["vector"] as? [String: Int])
        #expect(vector.filter { $0.key.hasPrefix("shanghai.") }.count == 2)
        #expect(!FileManager.default.fileExists(atPath: shanghai.path + "/keys/restored"))
    }

    @Test func `a replica that is gone, or no replica any more, is made anew from the backup`() throws {
        try write(1)
        try shanghai.sync()
        #expect(try shanghai.yrdsync("backup", backup).status == 0)
        try write(2)
        try shanghai.sync()
        try Data(repeating: 7, count: 40_000).write(to: URL(fileURLWithPath: shanghai.replica))
        let overRubble = try shanghai.yrdsync("restore", backup, "--json")
        #expect(overRubble.status == 0, "\(overRubble.errors)")
        #expect(overRubble.lines.first?["received"] as? Int == 1)
        #expect(try agencies(shanghai) == "1 2")
        // As on a new machine, whose fence knows nothing: the restore itself declares the new incarnation.
        let before = try shanghai.status()["incarnation"] as? String
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: shanghai.replica + suffix) }
        try FileManager.default.removeItem(atPath: shanghai.path + "/keys/fence")
        let overNothing = try shanghai.yrdsync("restore", backup, "--json")
        #expect(overNothing.status == 0, "\(overNothing.errors)")
        #expect(overNothing.lines.first?["set_aside"] is NSNull)
        #expect(try shanghai.status()["incarnation"] as? String != before)
        #expect(try agencies(shanghai) == "1 2")
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `with no peer in reach it goes on, and gets the rest later`() throws {
        try write(1)
        try shanghai.sync()
        #expect(try shanghai.yrdsync("backup", backup).status == 0)
        try write(2)
        try shanghai.sync()
        jiangsu.stop()
        #expect(try shanghai.yrdsync("restore", backup).status == 4)
        #expect(try agencies(shanghai) == "1")
        try write(3)
        try jiangsu.start()
        try shanghai.sync()
        #expect(try agencies(shanghai) == "1 2 3")
        #expect(try agencies(jiangsu) == "1 2 3")
    }

    @Test func `what an earlier restore left behind is no part of the next one`() throws {
        try write(1)
        try shanghai.sync()
        #expect(try shanghai.yrdsync("backup", backup).status == 0)
        // The WAL of another database, as a crash leaves it beside a copy.
        let made = try Programs.run(
            Programs.python,
            [
                "-c",
                """
                import os, sqlite3, sys
                db = sqlite3.connect(sys.argv[1] + ".restoring")
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("CREATE TABLE other (x)")
                db.executemany("INSERT INTO other VALUES (?)", [("y" * 3000,)] * 200)
                db.commit()
                os._exit(0)
                """, shanghai.replica,
            ])
        try #require(made.status == 0, "\(made.errors)")
        let restored = try shanghai.yrdsync("restore", backup, "--offline")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try agencies(shanghai) == "1")
        #expect(try shanghai.yrdsync("verify", "--deep").status == 0)
    }

    @Test func `a restore that was cut short is ended by whoever opens the node next`() throws {
        try write(1)
        try shanghai.sync()
        let before = try shanghai.status()["incarnation"] as? String
        try "restored from monday.sqlite".write(
            toFile: shanghai.path + "/keys/restored", atomically: true, encoding: .utf8)
        try write(2)
        let sync = try shanghai.yrdsync("sync", "--lang", "en")
        #expect(sync.status == 0 && sync.errors.contains("restored from monday.sqlite"), "\(sync.errors)")
        #expect(try shanghai.status()["incarnation"] as? String != before)
        #expect(!FileManager.default.fileExists(atPath: shanghai.path + "/keys/restored"))
        #expect(try agencies(jiangsu) == "1 2")
    }

    @Test func `what is no backup of this node is refused, and nothing is touched`() throws {
        try write(1)
        try shanghai.sync()
        #expect(try shanghai.yrdsync("backup", backup).status == 0)
        let second = try shanghai.yrdsync("backup", backup, "--json")
        #expect(second.status == 1 && second.error?["code"] as? String == "backup_failed")
        let vector = try shanghai.status()["vector"] as? [String: Int]
        let incarnation = try shanghai.status()["incarnation"] as? String

        func refusal(_ file: String, by node: NodeProcess) throws -> String? {
            let result = try node.yrdsync("restore", file, "--json")
            #expect(result.status == 1 && result.output.isEmpty)
            return result.error?["code"] as? String
        }
        #expect(try refusal(backup, by: jiangsu) == "daemon_running")
        jiangsu.stop()
        #expect(try refusal(backup, by: jiangsu) == "other_replica")
        #expect(try refusal(shanghai.path + "/none", by: shanghai) == "file_unreadable")
        let rubble = shanghai.path + "/rubble"
        try Data(repeating: 7, count: 40_000).write(to: URL(fileURLWithPath: rubble))
        #expect(try refusal(rubble, by: shanghai) == "backup_damaged")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
        var altered = bytes
        altered[bytes.count - 100] ^= 1
        try altered.write(to: URL(fileURLWithPath: backup))
        #expect(try refusal(backup, by: shanghai) == "backup_altered")
        try "{}".write(toFile: backup + ".manifest.json", atomically: true, encoding: .utf8)
        #expect(try refusal(backup, by: shanghai) == "bad_manifest")

        #expect(try shanghai.status()["vector"] as? [String: Int] == vector)
        #expect(try shanghai.status()["incarnation"] as? String == incarnation)
        let left = try FileManager.default.contentsOfDirectory(atPath: shanghai.path)
        #expect(!left.contains { $0.contains("restor") })
    }
}
