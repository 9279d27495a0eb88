// What closures make of the entries that are applied, while others come.

import SyncCore

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

    func isClosed(_ origin: Origin) -> Bool { closures[origin] != nil }

    /// Whether nothing of an origin counts.
    func isVoid(_ origin: Origin) -> Bool { closures[origin]?.ends.isEmpty ?? false }

    /// The last entries that count.
    var endRows: [Row] { closures.values.flatMap(\.rows) }

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
