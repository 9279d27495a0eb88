// What stands beside a backup: what is in it, and what its bytes must be.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore

/// `FILE.manifest.json`.
package struct BackupManifest: Codable, Hashable, Sendable {
    package static let version = 1
    private static let bytesMax = 1 << 20

    package var version: Int
    package var federation: String
    package var market: String
    package var incarnation: String
    /// Origin and last sequence number, as in `status`.
    package var vector: [String: UInt64]
    package var digest: String
    /// Captured and not sealed yet.
    package var pending: Int
    package var catalog: String
    package var bytes: Int
    package var sha256: String
    package var madeAt: String

    enum CodingKeys: String, CodingKey {
        case version = "yrd_backup"
        case federation, market, incarnation, vector, digest, pending, catalog, bytes, sha256
        case madeAt = "made_at"
    }

    package static func path(of backup: String) -> String { backup + ".manifest.json" }

    func write(beside backup: String) throws {
        try NodeFile.write(try fileJSON(), to: Self.path(of: backup))
    }

    /// Nil where none stands beside the backup.
    static func read(beside backup: String) throws -> BackupManifest? {
        guard let bytes = try NodeFile.read(path(of: backup), maxBytes: bytesMax) else { return nil }
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: Data(bytes)),
            manifest.version == version
        else {
            throw NodeError(
                code: "bad_manifest", "\(path(of: backup)) 不是本版本的备份清单",
                "\(path(of: backup)) is no manifest of this version")
        }
        return manifest
    }
}
