// What a seal depends on: as long as that stands, another seal would find nothing to do.

import PeerTrust
import ReplicaStore

extension LocalNode {
    /// All of it. Asked before every answer to a peer: a look at three files and at the replica's version, instead of six
    /// transactions.
    struct SealedState: Equatable {
        private let version: SQLiteReplica.SealableVersion
        private let fence: FileState?
        private let restoreMark: FileState?
        /// Whether a node whose incarnation is closed begins another, its descriptor says too.
        private let descriptor: FileState?

        init(of replica: SQLiteReplica, _ directory: NodeDirectory) throws {
            version = try replica.sealableVersion()
            fence = FileState(path: directory.fence)
            restoreMark = FileState(path: directory.restoreMark)
            descriptor = FileState(path: directory.descriptor)
        }
    }
}
