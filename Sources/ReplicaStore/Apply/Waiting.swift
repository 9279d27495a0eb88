// Origins whose next entry lacks something, and what: shown in `status`, and held back by peers when we pull.

package import SyncCore

struct Waiting {
    let transaction: ReplicaTransaction

    /// - Parameter isHeld: only a person or a descriptor can help, so peers need not send it again.
    ///
    /// An entry that is held has not been verified: unsigned bytes may claim any number of origins, so only
    /// `heldOriginsMax` of them are remembered. The others are asked for again in the next round.
    /// - Parameter id: of the entry that waits; nil where only unsigned bytes say what it is.
    func add(_ dot: Dot, id: Digest?, need: String, isHeld: Bool) throws {
        if isHeld, try heldCount(besides: dot.origin) >= Self.heldOriginsMax { return }
        let insert = try transaction.connection.statement(
            """
            INSERT INTO yrd_waiting (origin, sequence, needs, is_held, since, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (origin) DO UPDATE SET
                sequence = excluded.sequence, needs = excluded.needs, is_held = excluded.is_held, id = excluded.id
                WHERE excluded.sequence <= yrd_waiting.sequence OR excluded.is_held
            """)
        insert.bind(1, dot.origin.description).bind(2, Int64(dot.sequence)).bind(3, need)
        insert.bind(4, isHeld ? 1 : 0).bind(5, transaction.wallMilliseconds)
        if let id { insert.bind(6, id) }
        try insert.run()
    }

    private static let heldOriginsMax = 64

    private func heldCount(besides origin: Origin) throws -> Int {
        let query = try transaction.connection.statement(
            "SELECT count(*) FROM yrd_waiting WHERE is_held AND origin <> ?1")
        query.bind(1, origin.description)
        defer { query.reset() }
        return try query.step() ? Int(query.integer(0)) : 0
    }

    /// Removes the lines of origins that have passed the entry they waited for.
    func clearReached() throws {
        for line in try all() {
            guard try isReached(line) else { continue }
            let delete = try transaction.connection.statement("DELETE FROM yrd_waiting WHERE origin = ?1")
            delete.bind(1, line.origin.description)
            try delete.run()
        }
    }

    /// In a forked origin another branch may have come further; only the very entry counts there.
    private func isReached(_ line: WaitingOrigin) throws -> Bool {
        let lanes = transaction.lanes.lanes(of: line.origin).filter { $0.holds(line.sequence) }
        guard let id = line.id else { return !lanes.isEmpty }
        // A place that another entry has taken is not waited for any more, unless the two are branches.
        guard lanes.count > 1 || transaction.lanes.isForked(line.origin) else { return !lanes.isEmpty }
        return try lanes.contains { try transaction.log.id(lane: $0.number, sequence: line.sequence) == id }
    }

    /// Nothing is held any more: after a change of trust everything is asked for again.
    func release() throws {
        try transaction.connection.statement("DELETE FROM yrd_waiting WHERE is_held").run()
    }

    func all() throws -> [WaitingOrigin] {
        let query = try transaction.connection.statement(
            "SELECT origin, sequence, needs, is_held, id FROM yrd_waiting ORDER BY origin")
        var lines: [WaitingOrigin] = []
        while try query.step() {
            guard let origin = query.text(0).flatMap({ Origin($0.string) }) else { continue }
            lines.append(
                WaitingOrigin(
                    origin: origin, sequence: UInt64(query.integer(1)), needs: query.text(2)?.string ?? "",
                    isHeld: query.integer(3) != 0, id: query.digest(4)))
        }
        return lines
    }
}

/// One line of `status.waiting`.
package struct WaitingOrigin: Hashable, Sendable {
    package let origin: Origin
    package let sequence: UInt64
    package let needs: String
    package let isHeld: Bool
    /// Of the entry that waits, if it has been verified.
    package let id: Digest?
}

extension SQLiteReplica {
    /// Notes entries that were not even verified, because their member or key is not known here.
    package func hold(_ dot: Dot, need: Need) throws {
        try write { transaction in
            try Waiting(transaction: transaction).add(dot, id: nil, need: need.text, isHeld: true)
        }
    }

    package func releaseHeld() throws {
        try write { transaction in try Waiting(transaction: transaction).release() }
    }
}
