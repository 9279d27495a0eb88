// What a replica says of itself in a few numbers.

package import SyncCore

package struct ReplicaSummary: Hashable, Sendable {
    package let incarnation: ID16
    package let frontier: Frontier
    /// The state digest's number.
    package let digest: Digest
    /// Records with captured writes that are not sealed yet.
    package let pending: Int
    package let conflicts: Int
    package let quarantined: Int
    package let waiting: [WaitingOrigin]
    /// Values of units and types that the catalog does not know yet, and local writes that cannot be sealed.
    package let parked: Int
    /// Type, key and code of each local write that cannot be sealed.
    package let unsealed: [(record: RecordID, code: String)]
    package let findings: Int
    /// Units with as many siblings as `Limits.siblingsWarned`.
    package let crowded: Int

    package static func == (left: ReplicaSummary, right: ReplicaSummary) -> Bool {
        left.incarnation == right.incarnation && left.frontier == right.frontier && left.digest == right.digest
            && left.pending == right.pending && left.conflicts == right.conflicts
            && left.quarantined == right.quarantined && left.parked == right.parked
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(incarnation)
        hasher.combine(frontier)
        hasher.combine(digest)
    }
}

extension SQLiteReplica {
    private static let pendingSQL = "SELECT count(*) FROM (SELECT DISTINCT type, key FROM yrd_pending)"

    /// Records with writes that are not sealed yet; also where the key of what is encrypted is lost.
    package func pendingCount() throws -> Int { try connection.read { try count(Self.pendingSQL) } }

    package func summary() throws -> ReplicaSummary {
        try glance { transaction in
            ReplicaSummary(
                incarnation: try transaction.ownOrigin().incarnation,
                frontier: transaction.lanes.frontier,
                digest: try transaction.stateDigest().number(transaction.hashing),
                pending: try count(Self.pendingSQL),
                conflicts: try count("SELECT count(*) FROM yrd_conflict WHERE closed_by IS NULL"),
                quarantined: try count("SELECT count(*) FROM yrd_quarantine"),
                waiting: try Waiting(transaction: transaction).all(),
                parked: try count("SELECT (SELECT count(*) FROM yrd_parked) + (SELECT count(*) FROM yrd_unsealed)"),
                unsealed: try unsealed(),
                findings: try count("SELECT count(*) FROM yrd_finding"),
                crowded: try count("SELECT count(*) FROM yrd_crowded"))
        }
    }

    package func frontier() throws -> Frontier {
        try glance { $0.lanes.frontier }
    }

    package func ownOrigin() throws -> Origin {
        try glance { try $0.ownOrigin() }
    }

    /// Frontier and digest of one snapshot.
    package func position() throws -> (frontier: Frontier, digest: Digest, incarnation: ID16) {
        try read { transaction in
            (
                transaction.lanes.frontier, try transaction.stateDigest().number(transaction.hashing),
                try transaction.ownOrigin().incarnation
            )
        }
    }

    private func count(_ sql: String) throws -> Int {
        let query = try connection.statement(sql)
        defer { query.reset() }
        return try query.step() ? Int(query.integer(0)) : 0
    }

    private func unsealed() throws -> [(record: RecordID, code: String)] {
        let query = try connection.statement(
            "SELECT t.name, u.key, u.code FROM yrd_unsealed AS u JOIN yrd_type AS t ON t.id = u.type ORDER BY 1, 2")
        var lines: [(record: RecordID, code: String)] = []
        while try query.step() {
            guard let type = query.text(0), let key = query.text(1), let code = query.text(2) else { continue }
            lines.append((RecordID(type: type, key: key), code.string))
        }
        return lines
    }
}
