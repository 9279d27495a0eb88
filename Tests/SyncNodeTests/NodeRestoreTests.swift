// A backup put back, step by step; with real processes and peers it is `RestoreTests`.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Restore of a node")
struct NodeRestoreTests {
    private let federation: DeskFederation
    private let backup: String
    private var shanghai: LocalNode { federation["shanghai"] }

    /// A backup with one agency, sealed; since then a second one was written and is not sealed.
    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu")
        try federation.makeAgency()
        backup = federation.folder + "/backup.sqlite"
        let manifest = try NodeBackup(federation["shanghai"]).run(to: backup, madeAt: "2026-11-26T00:00:00Z")
        #expect(manifest.vector == ["\(try federation["shanghai"].replica.ownOrigin())": 1])
        #expect(manifest.digest == (try federation["shanghai"].replica.position().digest.hex))
        try federation.sql("shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', '二号')")
    }

    private func restore(at market: String = "shanghai") throws -> RestoreReport {
        try NodeRestore(federation[market].directory).run(from: backup, stamp: "1")
    }

    private func code(at market: String = "shanghai") -> String? {
        (#expect(throws: NodeError.self) { try restore(at: market) })?.code
    }

    private func agencies(_ replica: SQLiteReplica) throws -> Int {
        try (1...2).filter { number in
            try replica.record(RecordID(type: "agency", key: Text("31-TTA-00000\(number)"))) != nil
        }.count
    }

    @Test func `it takes the replica's place, which is set aside whole, and begins an incarnation`() throws {
        let before = try shanghai.replica.ownOrigin()
        // As on a new machine, whose fence knows nothing.
        try FileManager.default.removeItem(atPath: shanghai.directory.fence)
        let report = try restore()
        #expect(report.wasCompared && report.pendingSetAside == 1)
        let restored = try LocalNode(directory: shanghai.directory)
        #expect(try agencies(restored.replica) == 1)
        #expect(try restored.replica.ownOrigin().incarnation == report.incarnation)
        #expect(report.incarnation != before.incarnation)
        let aside = try SQLiteReplica(path: try #require(report.setAside), environment: .system(of: shanghai.directory))
        #expect(try agencies(aside) == 2)
        // Whoever had the replica open before sees what was put back.
        #expect(try agencies(shanghai.replica) == 1)
    }

    @Test func `what its manifest does not describe is refused`() throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
        try (bytes + [0]).write(to: URL(fileURLWithPath: backup))
        #expect(code() == "backup_altered")
        #expect(try agencies(shanghai.replica) == 2)
        // Without a manifest only SQLite judges, and the report says so.
        try bytes.write(to: URL(fileURLWithPath: backup))
        try FileManager.default.removeItem(atPath: BackupManifest.path(of: backup))
        #expect(try !restore().wasCompared)
    }

    @Test func `another market's backup is refused`() throws {
        #expect(code(at: "jiangsu") == "other_replica")
        #expect(
            try !FileManager.default.contentsOfDirectory(atPath: federation["jiangsu"].directory.path)
                .contains { $0.contains("restor") })
    }

    @Test func `beside a daemon it is refused`() throws {
        let lock = try #require(try FileLock.take(shanghai.directory.serveLock))
        withExtendedLifetime(lock) { #expect(code() == "daemon_running") }
    }

    @Test func `the mark of a restore begins an incarnation, once`() throws {
        let before = try shanghai.replica.ownOrigin()
        try RestoreMark.write(shanghai.directory, reason: "restored from a test")
        try shanghai.seal()
        let after = try shanghai.replica.ownOrigin()
        #expect(after != before && shanghai.recoveredBecause == "restored from a test")
        try shanghai.seal()
        #expect(try shanghai.replica.ownOrigin() == after)
    }
}
