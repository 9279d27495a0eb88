// A file read once from its beginning to its end.

import Foundation
import PeerTrust
import SyncCore

enum FilePieces {
    private static let pieceBytes = 1 << 20

    /// SHA-256 of a file; each piece is also handed on.
    static func sha256(
        _ path: String, _ take: ([UInt8]) throws -> Void = { _ in }
    ) throws -> (digest: Digest, bytes: Int) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw NodeError(code: "file_unreadable", "无法读取 \(path)", "\(path) cannot be read")
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
