// A real daemon on a real full disk.

import ForeignPrograms
import Foundation
import Testing

@Suite("A full disk")
struct DiskFullTests {
    /// A mount namespace of our own, so that the small disk is nobody else's; as root, or as root of a user namespace.
    private static let namespace: [String]? = {
        let probe = "mount -t tmpfs -o size=1m none /tmp"
        return [["--mount"], ["--mount", "--user", "--map-root-user"]].first { options in
            let arguments = options + ["--propagation", "private", "sh", "-c", probe]
            return (try? Programs.run("/usr/bin/unshare", arguments))?.status == 0
        }
    }()

    @Test(.enabled(if: namespace != nil, "this machine lets nobody mount a tmpfs in a namespace of its own"))
    func `a daemon whose disk is full says so, loses nothing, and goes on once there is room`() throws {
        try expectStory("full_disk.py", ports: 2)
    }

    @Test(.enabled(if: namespace != nil, "this machine lets nobody mount a tmpfs in a namespace of its own"))
    func `a line of the audit log that does not fit leaves nothing of itself, and the command does not act`() throws {
        try expectStory("full_disk_audit.py", ports: 1)
    }

    private func expectStory(_ name: String, ports count: Int) throws {
        let folder = NSTemporaryDirectory() + "yrd-full-disk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ports = try (0..<count).map { _ in "\(try NodeProcess.freePort())" }
        let story = [Programs.python, Programs.foreign(name), Programs.yrdsync, folder] + ports
        let result = try Programs.run(
            "/usr/bin/unshare", try #require(Self.namespace) + ["--propagation", "private"] + story)
        #expect(result.status == 0, "\(result.errors)")
    }
}
