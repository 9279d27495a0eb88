// Trust is asked for before every answer, and mostly nothing has changed.

import Foundation
import PeerTrust
import ReplicaStore

/// The last reading of trust, good only while everything that it was made of stands as it did: files by what the system says
/// of them, the replica's records by their contents. Not Sendable: its node's.
package final class TrustMemory {
    struct Sources: Equatable {
        private let descriptor: FileState?
        private let folder: FileState?
        private let files: [FileState]
        private let records: TrustRecords

        /// To be asked before the files are read.
        init(_ directory: NodeDirectory, _ records: TrustRecords) {
            descriptor = FileState(path: directory.descriptor)
            folder = FileState(path: directory.peers)
            files = FileState.all(in: directory.peers)
            self.records = records
        }

        /// Not while a file is younger than the clock of any file system is coarse: written a second time, it could look the
        /// same. Nor where trust depends on the log too.
        fileprivate var canBeKept: Bool {
            let now = Int(Date().timeIntervalSince1970 * 1e9)
            return records.former.isEmpty
                && ([descriptor, folder] + files).allSatisfy { $0.map { $0.age(at: now) > Self.settledAfter } ?? false }
        }

        /// In nanoseconds.
        private static let settledAfter = 3_000_000_000
    }

    private var last: (sources: Sources, trust: Trust)?

    package init() {}

    func trust(from sources: Sources) -> Trust? { last.flatMap { $0.sources == sources ? $0.trust : nil } }

    /// Not where a file was refused: why may pass without a trace, as a want of descriptors does.
    func keep(_ trust: Trust, from sources: Sources) {
        last = sources.canBeKept && trust.refusals.isEmpty ? (sources, trust) : nil
    }
}
