// Branches that other markets have taken, and that are over the limit here: what lets them in when they come again.

import SyncCore

/// A market may fork without end; so a node takes only so many branches of it first-hand. A branch that an authentic entry
/// of another market names is taken all the same, else what that market writes could never be applied here. The two may
/// come in different batches: the row is remembered until it is applied.
struct NamedBranches {
    let transaction: ReplicaTransaction

    /// Only where it may matter: a row of a market that has used up its branches.
    func remember(_ row: Row) throws {
        guard let market = row.origin.market, isFull(market) else { return }
        let insert = try transaction.connection.statement(
            """
            INSERT INTO yrd_named_branch (market, incarnation, sequence, id_prefix) SELECT ?1, ?2, ?3, ?4
            WHERE (SELECT count(*) FROM yrd_named_branch WHERE market = ?1) < ?5 ON CONFLICT DO NOTHING
            """)
        insert.bind(1, market.name).bind(2, row.origin.incarnation.bytes).bind(3, Int64(row.sequence))
        insert.bind(4, row.idPrefix.bytes).bind(5, Limits.namedRowsOfMarket)
        try insert.run()
    }

    private func isFull(_ market: Market) -> Bool {
        let lanes = transaction.lanes
        let branches = lanes.forkedOrigins.filter { $0.market == market }.reduce(0) { $0 + lanes.lanes(of: $1).count }
        return branches >= Limits.branchesOfMarket - 1
    }

    func all() throws -> [Row] {
        let query = try transaction.connection.statement(
            "SELECT market, incarnation, sequence, id_prefix FROM yrd_named_branch ORDER BY 1, 2, 3, 4")
        defer { query.reset() }
        var rows: [Row] = []
        while try query.step() {
            guard let market = query.text(0).flatMap({ Market($0.string) }), let incarnation = ID16(query.blob(1)),
                let prefix = ID16(query.blob(3))
            else { throw ReplicaDamage.unreadable(table: "yrd_named_branch", row: "\(query.integer(2))") }
            rows.append(
                Row(
                    origin: Origin(market: market, incarnation: incarnation), sequence: UInt64(query.integer(2)),
                    idPrefix: prefix))
        }
        return rows
    }

    func forgetApplied() throws {
        for row in try all() where try transaction.lane(of: row) != nil {
            let delete = try transaction.connection.statement(
                """
                DELETE FROM yrd_named_branch
                WHERE market = ?1 AND incarnation = ?2 AND sequence = ?3 AND id_prefix = ?4
                """)
            delete.bind(1, row.origin.market!.name).bind(2, row.origin.incarnation.bytes)
            delete.bind(3, Int64(row.sequence)).bind(4, row.idPrefix.bytes)
            try delete.run()
        }
    }
}
