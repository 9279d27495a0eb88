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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try NodeFile.write(Array(try encoder.encode(self)), to: Self.path(of: backup))
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

/// A file read once from its beginning to its end, in pieces.
enum FilePieces {
    private static let pieceBytes = 1 << 20

    /// SHA-256 of a file; each piece is also handed on.
    static func sha256(
        _ path: String, _ take: ([UInt8]) throws -> Void = { _ in }
    ) throws -> (digest: Digest, bytes: Int) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw NodeError(code: "cannot_read", "无法读取 \(path)", "\(path) cannot be read")
        }
        defer { try? file.close() }
        var count = 0
        let digest = try OpenSSLHashing.sha256 { () throws -> [UInt8]? in
            guard let data = try file.read(upToCount: pieceBytes), !data.isEmpty else { return nil }
            let piece = Array(data)
            count += piece.count
            try take(piece)
            return piece
        }
        return (digest, count)
    }
}
