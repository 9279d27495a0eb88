// The fence: our own head, kept outside the replica, so that a replica that was set back is noticed.

import PeerTrust
package import SyncCore

/// Incarnation, sequence and id (`FenceFile` is how they are written), fsynced after every commit that seals and before
/// anything that names the new head leaves the node. A replica behind its fence was rolled back; one ahead of it is normal (DESIGN.md section 8).
package struct Fence: Hashable, Sendable {
    package let incarnation: ID16
    package let sequence: UInt64
    package let id: Digest

    package init(incarnation: ID16, sequence: UInt64, id: Digest) {
        self.incarnation = incarnation
        self.sequence = sequence
        self.id = id
    }

    init(at head: (origin: Origin, sequence: UInt64, id: Digest)) {
        self.init(incarnation: head.origin.incarnation, sequence: head.sequence, id: head.id)
    }

    /// Split as bytes: the file is mostly spaces, and read before every request.
    static func words(_ bytes: some Collection<UInt8>) -> [String] {
        bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { String(decoding: $0, as: UTF8.self) }
    }

    init?(words: ArraySlice<String>) {
        let words = Array(words)
        guard words.count == 3, let incarnation = ID16(hex: words[0]), let sequence = UInt64(words[1]),
            let id = Digest(hex: words[2])
        else { return nil }
        self.init(incarnation: incarnation, sequence: sequence, id: id)
    }

    var text: String { "\(incarnation.hex) \(sequence) \(id.hex)" }

    /// Nil if there is no fence file. A failure to read it is no such thing: without a fence a replica that was set back
    /// would number its next change set as it numbered a lost one.
    package static func read(_ path: String) throws -> Fence? {
        guard let file = try file(path) else { return nil }
        guard let fence = file.fence else { throw unreadable(path, because: nil) }
        return fence
    }

    private static func file(_ path: String) throws -> FenceFile? {
        do {
            return try FenceFile(reading: path)
        } catch {
            throw unreadable(path, because: error.words)
        }
    }

    private static func unreadable(_ path: String, because reason: LocalizedText?) -> NodeError {
        return NodeError(
            code: "fence_unreadable",
            "无法读取 \(path)。\(reason?.zh ?? "")若磁盘无损,可删除该文件:同伴会证明本副本是否曾被回退。",
            "\(path) cannot be read. \(reason.map { "\($0.en) " } ?? "")If the disk is sound, remove the file: peers will then show whether this replica was set back."
        )
    }

    /// Several processes of one node may seal; the fence only rises within an incarnation. The same fence is written again:
    /// what stands may be what a crash left before it was durable.
    ///
    /// - Parameter last: what this process has raised last. Where the file is as it was left then, the fence is written
    ///   beside it; else nobody knows what is durable of the file, and a new one takes its place.
    @discardableResult
    package func raise(_ path: String, after last: RaisedFence? = nil) throws -> RaisedFence {
        try FileLock.withExclusive(path + ".lock") {
            let file = try Fence.file(path)
            if let file {
                guard let standing = file.fence else { throw Fence.unreadable(path, because: nil) }
                if standing.incarnation == incarnation, standing.sequence > sequence {
                    return RaisedFence(fence: self, turn: nil)
                }
                if let last, let raised = try file.replace(last, with: self) { return raised }
            }
            return try FenceFile.write(self, to: path)
        }
    }
}
