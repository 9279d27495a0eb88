// The proof of a fork: kept when its second branch is applied, on every node that sees both.

package import SyncCore

struct Forks {
    let transaction: ReplicaTransaction

    /// Keeps the two heads that contradict each other, and raises the alarm. Both entries have their effect.
    ///
    /// - Parameter branch: the lane that the entry begins.
    func keepProof(of entry: VerifiedEntry, on branch: Lane, from peer: Market?) throws {
        guard let rival = try rival(of: branch),
            let proof = ForkProof(
                EntryHead(header: rival.header, signatures: rival.signatures),
                EntryHead(header: entry.header, signatures: entry.entry.signatures), transaction.hashing)
        else { return }
        let isNew = try Quarantine(transaction: transaction).add(
            entry, class: .fork, code: "second_branch", peer: peer, evidence: proof.encoded())
        guard isNew else { return }
        try transaction.addFinding(
            "fork", dot: entry.header.dot,
            detail: "two authentic entries follow one; both branches are applied, the proof is in quarantine")
    }

    /// The entry that follows the last shared one on the path which the branch left.
    private func rival(of branch: Lane) throws -> Entry? {
        let origin = branch.origin
        let lane = branch.parent ?? transaction.lanes.lanes(of: origin).first { $0.number != branch.number }?.number
        guard let lane, let number = try transaction.log.number(lane: lane, sequence: branch.forkSequence + 1)
        else { return nil }
        return try transaction.log.entry(number).entry
    }
}

/// What a replica knows of an origin that forked.
package struct ForkedOrigin: Hashable, Sendable {
    package let origin: Origin
    /// The heads of its branches, ascending.
    package let heads: [Row]
}

extension SQLiteReplica {
    /// Ascending by origin.
    package func forks() throws -> [ForkedOrigin] {
        try glance { transaction in
            transaction.lanes.forkedOrigins.map { origin in
                ForkedOrigin(origin: origin, heads: transaction.lanes.lanes(of: origin).map(\.headRow).sorted())
            }
        }
    }
}
