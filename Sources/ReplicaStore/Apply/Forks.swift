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
    /// Whether the trust root has closed it, or a person of this node has looked into it, and no branch has come since.
    package let isSettled: Bool
}

/// Which forks this node's people have looked into. It is said to nobody: each market asks for itself.
struct SettledForks {
    let connection: SQLiteConnection

    /// How many branches the origin had when it was settled; nil if it never was.
    func branches(of origin: Origin) throws -> Int? {
        guard let market = origin.market else { return nil }
        let query = try connection.statement(
            "SELECT branches FROM yrd_settled_fork WHERE market = ?1 AND incarnation = ?2")
        query.bind(1, market.name).bind(2, origin.incarnation.bytes)
        defer { query.reset() }
        return try query.step() ? Int(query.integer(0)) : nil
    }

    func isSettled(_ origin: Origin, branches count: Int) throws -> Bool {
        try branches(of: origin).map { $0 >= count } ?? false
    }
}

extension SQLiteReplica {
    /// Ascending by origin.
    package func forks() throws -> [ForkedOrigin] {
        try glance { transaction in
            let settled = SettledForks(connection: connection)
            let closures = ClosureTable(connection: connection)
            return try transaction.lanes.forkedOrigins.map { origin in
                let lanes = transaction.lanes.lanes(of: origin)
                return ForkedOrigin(
                    origin: origin, heads: lanes.map(\.headRow).sorted(),
                    isSettled: try closures.isClosed(origin) || settled.isSettled(origin, branches: lanes.count))
            }
        }
    }

    /// Ends the alarm of a fork as it stands now: a person has looked into it. Nothing else changes; a branch that comes
    /// later raises it again. Returns how many branches there are; nil if the origin has not forked.
    package func settleFork(of origin: Origin, reason: Text, author: Text?) throws -> Int? {
        try write { transaction in
            guard let market = origin.market, transaction.lanes.isForked(origin) else { return nil }
            let count = transaction.lanes.lanes(of: origin).count
            let upsert = try connection.statement(
                """
                INSERT INTO yrd_settled_fork (market, incarnation, branches, reason, author, settled_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (market, incarnation) DO UPDATE SET
                    branches = excluded.branches, reason = excluded.reason, author = excluded.author,
                    settled_at = excluded.settled_at
                """)
            upsert.bind(1, market.name).bind(2, origin.incarnation.bytes).bind(3, count).bind(4, reason)
            if let author { upsert.bind(5, author) }
            upsert.bind(6, transaction.wallMilliseconds)
            try upsert.run()
            return count
        }
    }
}
