// How much room the node's disk has left: a full one stops everything, and the operator must hear of it before.

import Glibc
import SyncCore

package struct DiskRoom: Hashable, Sendable {
    package let freeBytes: UInt64

    /// Less than the largest batch that a peer may send: it may be refused for want of room.
    package var isScarce: Bool { freeBytes < UInt64(Limits.batchRawBytesTaken) }

    package init(of directory: NodeDirectory) throws {
        var status = statvfs()
        guard statvfs(directory.replica, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            throw NodeError(
                code: "disk_unreadable", "无法查询 \(directory.replica) 所在磁盘:\(reason)",
                "the disk of \(directory.replica) cannot be examined: \(reason)")
        }
        freeBytes = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
