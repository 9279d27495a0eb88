// `backup`: the whole replica as it stands at one instant, while everybody goes on working.

import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore

package struct NodeBackup {
    private let node: LocalNode

    package init(_ node: LocalNode) {
        self.node = node
    }

    /// Writes the copy and its manifest. Keys and `peers/` are not in it: they are kept apart (docs/recovery.md).
    package func run(to path: String, madeAt: String) throws -> BackupManifest {
        guard !FileManager.default.fileExists(atPath: BackupManifest.path(of: path)) else {
            throw BackupFailure.exists(path: BackupManifest.path(of: path))
        }
        let manifest = try node.replica.backUp(to: path) { copy in try self.manifest(of: copy, madeAt: madeAt) }
        try manifest.write(beside: path)
        return manifest
    }

    private func manifest(of copy: String, madeAt: String) throws -> BackupManifest {
        let replica = try SQLiteReplica(path: copy, environment: .system(of: node.directory))
        let position = try replica.position()
        let pending = try replica.summary().pending
        let catalog = replica.catalog.hash
        let (federation, market) = replica.identity
        try replica.close()
        let (digest, bytes) = try FilePieces.sha256(copy)
        return BackupManifest(
            version: BackupManifest.version, federation: federation, market: market.name,
            incarnation: position.incarnation.hex,
            vector: Dictionary(
                position.frontier.rows.map { ($0.origin.description, $0.sequence) }, uniquingKeysWith: max),
            digest: position.digest.hex, pending: pending, catalog: catalog.hex, bytes: bytes, sha256: digest.hex,
            madeAt: madeAt)
    }
}
