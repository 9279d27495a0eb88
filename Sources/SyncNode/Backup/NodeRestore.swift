// `restore`: a backup takes the replica's place, and the node goes on in a new incarnation.

import Foundation
import PeerTrust
import ReplicaStore
package import SyncCore

package struct RestoreReport: Sendable {
    /// Where the replaced replica stands, whole; nil if there was none.
    package let setAside: String?
    /// Writes in it that had not been sealed: they are nowhere else.
    package let pendingSetAside: Int
    /// False where no manifest stood beside the backup, so that only SQLite has checked it.
    package let wasCompared: Bool
    /// The backup was made before personal values were encrypted: they lie in the clear again.
    package let isInTheClear: Bool
    package let incarnation: ID16
}

package struct NodeRestore {
    private let directory: NodeDirectory

    package init(_ directory: NodeDirectory) {
        self.directory = directory
    }

    /// Keys, `node.yaml`, `descriptor.yaml` and `peers/` stay as they are. The daemon must have ended; other programs may
    /// have the replica open, and see what was put back at their next transaction.
    ///
    /// - Parameter stamp: names the replica that is set aside.
    package func run(from backup: String, stamp: String) throws -> RestoreReport {
        guard let lock = try FileLock.take(directory.serveLock) else {
            throw NodeError(
                code: "daemon_running", "serve 正在运行:请先停止它", "serve is running: end it first")
        }
        return try withExtendedLifetime(lock) {
            let copy = directory.replica + ".restoring"
            // What a crash left of another copy, its WAL above all, must not be taken for a part of this one.
            Self.discard(copy)
            defer { Self.discard(copy) }
            let wasCompared = try take(backup, into: copy)
            try check(copy, backup)
            let (setAside, pending, wasEncrypted) = try setAside(stamp)
            try RestoreMark.write(directory, reason: "restored from \(URL(fileURLWithPath: backup).lastPathComponent)")
            try SQLiteReplica.replaceContents(of: directory.replica, from: copy)
            let node = try LocalNode(directory: directory)
            try node.recoverIfRolledBack()
            return RestoreReport(
                setAside: setAside, pendingSetAside: pending, wasCompared: wasCompared,
                isInTheClear: try wasEncrypted && node.replica.restKeyID() == nil,
                incarnation: try node.replica.ownOrigin().incarnation)
        }
    }

    private static func discard(_ database: String) {
        for suffix in ["-wal", "-shm", ""] { try? FileManager.default.removeItem(atPath: database + suffix) }
    }

    /// A copy of one's own, which nobody changes after it was compared.
    private func take(_ backup: String, into copy: String) throws -> Bool {
        let manifest = try BackupManifest.read(beside: backup)
        guard FileManager.default.createFile(atPath: copy, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: copy)
        else { throw NodeError(code: "cannot_write", "无法写入 \(copy)", "\(copy) cannot be written") }
        defer { try? file.close() }
        let (digest, _) = try FilePieces.sha256(backup) { try file.write(contentsOf: $0) }
        guard let manifest else { return false }
        guard manifest.sha256 == digest.hex else {
            throw NodeError(
                code: "backup_altered", "\(backup) 与其清单不符:备份已损坏或被改动",
                "\(backup) is not what its manifest says: it was damaged or changed since it was made")
        }
        return true
    }

    private func check(_ copy: String, _ backup: String) throws {
        let configuration = try NodeConfiguration.read(directory.configuration)
        let found: (federation: String, market: Market, incarnation: ID16)
        do {
            found = try SQLiteReplica.examineBackup(copy, environment: .system(of: directory))
        } catch let error where error is ReplicaDamage || error is SQLiteError {
            throw NodeError(
                code: "backup_damaged", "\(backup) 不能用作副本:\(error)", "\(backup) is no sound replica: \(error)")
        }
        guard found.market == configuration.market, found.federation == configuration.federation else {
            throw NodeError(
                code: "other_replica",
                "\(backup) 是 \(found.federation) 的 \(found.market) 的副本,本节点属于 \(configuration.federation) 的 \(configuration.market)",
                "\(backup) is a replica of \(found.market) in \(found.federation), this node is \(configuration.market) in \(configuration.federation)"
            )
        }
    }

    /// Whatever was written here since the backup, sealed or not, is kept beside it.
    private func setAside(_ stamp: String) throws -> (path: String?, pending: Int, wasEncrypted: Bool) {
        guard FileManager.default.fileExists(atPath: directory.replica) else { return (nil, 0, false) }
        let path = directory.replica + ".before-restore-" + stamp
        do {
            let replica = try openToSetAside()
            defer { try? replica.close() }
            let pending = try replica.backUp(to: path) { _ in try replica.pendingCount() }
            return (path, pending, try replica.restKeyID() != nil)
        } catch let error where error is ReplicaDamage || error is SQLiteError {
            // It cannot be read as a replica any more; its bytes may still be of use to somebody.
            for suffix in ["-wal", "-shm", ""]
            where FileManager.default.fileExists(atPath: directory.replica + suffix) {
                try FileManager.default.moveItem(atPath: directory.replica + suffix, toPath: path + suffix)
            }
            return (path, 0, false)
        }
    }

    /// Where its key is lost, too: a copy can be made without reading any value.
    private func openToSetAside() throws -> SQLiteReplica {
        do {
            return try SQLiteReplica(path: directory.replica, environment: .system(of: directory))
        } catch is NodeError {
            return try SQLiteReplica(path: directory.replica, environment: .system(of: directory), isGlance: true)
        }
    }
}
