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

    /// Nil if there is no fence file.
    package static func read(_ path: String) throws -> Fence? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let line = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard let fence = Fence(line) else {
            throw NodeError(
                code: "fence_unreadable",
                "\(path) cannot be read. If the disk is sound, remove the file: peers will then show whether this replica was set back."
            )
        }
        return fence
    }

    /// Several processes of one node may seal; the fence only rises within an incarnation.
    package func raise(_ path: String) throws {
        try FileLock.withExclusive(path + ".lock") {
            if let standing = try Fence.read(path), standing.incarnation == incarnation, standing.sequence >= sequence {
                return
            }
            try PrivateKeyFile.write(Array(line.utf8), to: path)
        }
    }
}
