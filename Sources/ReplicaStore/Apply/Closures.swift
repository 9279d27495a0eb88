// Where the adopted trust root ends incarnations, and what that makes of the entries that are applied.

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

/// Which entries are void, inside one transaction.
final class ClosureRule {
    private let transaction: ReplicaTransaction
    private let closures: [Origin: Closure]
    private var closed: [Origin: ClosedLanes] = [:]
    /// A last entry was applied beside branches that counted for the time being: the log must be folded again.
    private(set) var isOutdated = false

    /// Reads the lanes as they stand: before a log is folded again, all of it.
    init(_ transaction: ReplicaTransaction) throws {
        self.transaction = transaction
        let all = try ClosureTable(connection: transaction.connection).all()
        closures = Dictionary(uniqueKeysWithValues: all.map { ($0.origin, $0) })
        for closure in all { closed[closure.origin] = try lanes(closure) }
    }

    private func lanes(_ closure: Closure) throws -> ClosedLanes {
        try ClosedLanes(closure, in: transaction.lanes, id: transaction.log.id)
    }

    func isVoid(_ origin: Origin, _ place: EntryPlace, on lane: Int) -> Bool {
        closed[origin].map { !$0.counts(place, on: lane) } ?? false
    }

    /// To be called when the lanes have advanced to an entry that was not in the log before.
    func noteApplied(_ origin: Origin, _ place: EntryPlace) throws {
        guard let closure = closures[origin], closed[origin]!.awaits(place) else { return }
        closed[origin] = try lanes(closure)
        if transaction.lanes.isForked(origin) { isOutdated = true }
    }

    /// Origins some of whose branches end beyond what counts.
    var origins: Set<Origin> {
        Set(
            closures.keys.filter { origin in
                transaction.lanes.lanes(of: origin).contains { lane in
                    lane.headSequence > 0
                        && isVoid(origin, EntryPlace(sequence: lane.headSequence, id: lane.headID), on: lane.number)
                }
            })
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

    /// Makes rows, conflicts and digest anew from the log, which means something else now, and names the records that a
    /// person should look at. Everything that is written here must be sealed.
    func foldAgain(_ transaction: ReplicaTransaction) throws {
        try transaction.finish()
        let rows = LocalRows(connection: connection, layout: layout)
        let shown = try rows.shown(transaction)
        try rows.keep()
        try LogReplay(connection: connection, layout: layout).replay(log, environment)
        try rows.putBack()
        try rows.follow(shown, try self.transaction())
        try WrittenOverVoid(transaction: transaction).find()
    }

    /// Seals what is pending, and what no capture has seen: a write that stands only in its row would be gone when rows are
    /// made anew.
    func sealEverything(_ transaction: ReplicaTransaction, _ signer: EntrySigner) throws {
        try captureEverything(transaction)
        _ = try seal(transaction, signer)
    }

    func captureEverything(_ transaction: ReplicaTransaction) throws {
        let audit = CaptureAudit(transaction: transaction)
        for table in layout.tablesInOrder { try audit.capture(try audit.uncaptured(in: table), in: table) }
    }
}
