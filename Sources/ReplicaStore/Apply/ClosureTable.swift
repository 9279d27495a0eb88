// Where the adopted trust root ends incarnations, as the replica remembers it.

package import SyncCore

/// The table of closures: what the adopted trust root says, in the words of the log.
struct ClosureTable {
    let connection: SQLiteConnection

    func replace(with closures: [Closure]) throws {
        try connection.execute("DELETE FROM yrd_closure")
        for closure in closures {
            // One that ends before its first entry has a line all the same.
            for end in closure.ends.isEmpty ? [EntryPlace(sequence: 0, id: .zero)] : closure.ends {
                let insert = try connection.statement(
                    "INSERT INTO yrd_closure (market, incarnation, sequence, id) VALUES (?1, ?2, ?3, ?4)")
                insert.bind(1, closure.origin.market!.name).bind(2, closure.origin.incarnation.bytes)
                insert.bind(3, Int64(end.sequence)).bind(4, end.id)
                try insert.run()
            }
        }
    }

    /// Ascending by origin.
    func all() throws -> [Closure] {
        let query = try connection.statement(
            "SELECT market, incarnation, sequence, id FROM yrd_closure ORDER BY market, incarnation, sequence, id")
        var ends: [Origin: [EntryPlace]] = [:]
        while try query.step() {
            guard let market = query.text(0).flatMap({ Market($0.string) }), let incarnation = ID16(query.blob(1)),
                let id = query.digest(3)
            else { throw ReplicaDamage.unreadable(table: "yrd_closure", row: "a closure") }
            let origin = Origin(market: market, incarnation: incarnation)
            let sequence = UInt64(query.integer(2))
            ends[origin, default: []] += sequence == 0 ? [] : [EntryPlace(sequence: sequence, id: id)]
        }
        return ends.map { Closure(origin: $0, ends: $1) }.sorted { $0.origin < $1.origin }
    }

    func isClosed(_ origin: Origin) throws -> Bool {
        guard let market = origin.market else { return false }
        let query = try connection.statement(
            "SELECT 1 FROM yrd_closure WHERE market = ?1 AND incarnation = ?2 LIMIT 1")
        query.bind(1, market.name).bind(2, origin.incarnation.bytes)
        defer { query.reset() }
        return try query.step()
    }
}

/// Our own present incarnation is closed: what is sealed in it would be void to everyone, us too.
package struct IncarnationClosed: Error, Hashable, Sendable {
    package let origin: Origin

    package init(origin: Origin) {
        self.origin = origin
    }
}

extension SQLiteReplica {
    /// Of the adopted trust root, ascending by origin.
    package func closures() throws -> [Closure] {
        try connection.read { try ClosureTable(connection: connection).all() }
    }

    /// Whether the adopted trust root has closed the incarnation in which this replica stands.
    package func isOwnOriginClosed() throws -> Bool {
        try glance { try ClosureTable(connection: connection).isClosed($0.ownOrigin()) }
    }
}
