// The fence: our own head, kept outside the replica, so that a replica that was set back is noticed.

import Foundation
import PeerTrust
package import SyncCore

/// One line, `<incarnation> <sequence> <id>`, fsynced after every commit that seals and before anything that names the
/// new head leaves the node. A replica behind its fence was rolled back; one ahead of it is normal (DESIGN.md section 8).
package struct Fence: Hashable, Sendable {
    package let incarnation: ID16
    package let sequence: UInt64
    package let id: Digest

    package init(incarnation: ID16, sequence: UInt64, id: Digest) {
        self.incarnation = incarnation
        self.sequence = sequence
        self.id = id
    }

    private init?(_ line: String) {
        let parts = line.split(separator: " ")
        guard parts.count == 3, let incarnation = ID16(hex: String(parts[0])), let sequence = UInt64(parts[1]),
            let id = Digest(hex: String(parts[2]))
        else { return nil }
        self.init(incarnation: incarnation, sequence: sequence, id: id)
    }

    private var line: String { "\(incarnation.hex) \(sequence) \(id.hex)\n" }

    private static let bytesMax = 1 << 10

    /// Nil if there is no fence file. A failure to read it is no such thing: without a fence a replica that was set back
    /// would number its next change set as it numbered a lost one.
    package static func read(_ path: String) throws -> Fence? {
        let bytes: [UInt8]?
        do {
            bytes = try NodeFile.read(path, maxBytes: bytesMax)
        } catch {
            throw unreadable(path, because: error.sentence)
        }
        guard let bytes else { return nil }
        let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        guard let fence = Fence(String(decoding: line, as: UTF8.self)) else { throw unreadable(path, because: nil) }
        return fence
    }

    private static func unreadable(_ path: String, because reason: String?) -> NodeError {
        let detail = reason.map { " (\($0))" } ?? ""
        return NodeError(
            code: "fence_unreadable",
            "无法读取 \(path)\(detail)。若磁盘无损,可删除该文件:同伴会证明本副本是否曾被回退。",
            "\(path) cannot be read\(detail). If the disk is sound, remove the file: peers will then show whether this replica was set back."
        )
    }

    /// Several processes of one node may seal; the fence only rises within an incarnation. The same fence is written again:
    /// what stands may be what a crash left before it was durable.
    package func raise(_ path: String) throws {
        try FileLock.withExclusive(path + ".lock") {
            if let standing = try Fence.read(path), standing.incarnation == incarnation, standing.sequence > sequence {
                return
            }
            try PrivateKeyFile.write(Array(line.utf8), to: path)
        }
    }
}
