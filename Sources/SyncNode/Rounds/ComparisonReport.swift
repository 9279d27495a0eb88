// What comparing two replicas came to.

package import ReplicaStore
package import SyncCore

/// Where two nodes stand to each other.
package struct ComparisonReport: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// Same change sets, same trust, same catalog, same state.
        case equal
        /// Same change sets, same trust, same catalog, and yet another state: a fault on one side.
        case differs
        /// One has not received yet, or not sealed yet, what the other has. Nothing is wrong.
        case otherFrontier(missingHere: UInt64, missingThere: UInt64)
        /// Other descriptors are trusted here than there.
        case otherRoot
        case otherCatalog
        /// Both sides are being written to: they did not stand still long enough.
        case moving
        case failed(VisitReport)
    }

    package let market: Market
    package let verdict: Verdict
    /// State digests as the two sides gave them; nil where the peer did not answer.
    package var digest: Digest?
    package var peerDigest: Digest?
    /// Records here with writes that are not sealed yet: they are in no digest.
    package var pending = 0
    package var differences: [RecordDifference] = []
    /// Sums that a side keeps wrongly.
    package var falseSums: [DigestWalk.FalseSum] = []
    /// Whether there may be more differences than were asked for.
    package var isCutShort = false
}

/// One place where the two states differ.
package struct RecordDifference: Hashable, Sendable {
    /// Nil if no change set that was applied here names such a record.
    package let record: RecordID?
    /// First bytes of SHA-256(type ‖ key).
    package let hashPrefix: [UInt8]
    /// Digest of the state that is kept here; nil if there is none.
    package let digest: Digest?
    /// The peer's, where it can be told from those of its neighbours; zero if it has no such record.
    package let peerDigest: Digest?
    /// What the change sets in the record's history make of it here.
    package let logDigest: Digest?
    /// Other records that share the prefix, any of which may be the one that differs there.
    package let isOneOfSeveral: Bool
    package let history: [HistoryItem]

    /// Which side is not what the log makes of it. Both logs are the same, or they would not be compared.
    package var suspect: DigestWalk.Side? {
        guard record != nil else { return .there }
        guard let digest else { return .here }
        guard let logDigest else { return nil }
        if digest != logDigest { return .here }
        return .there
    }
}
