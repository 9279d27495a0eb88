// After a closure: honest values that were written over void ones, and may have taken something over from them.

import SyncCore

/// Whoever wrote a unit had been shown what stood there. If that was void, the value that replaced it stands all the same:
/// it is an honest market's word. But a form that shows three columns writes all three back, so a person should look.
struct WrittenOverVoid {
    let transaction: ReplicaTransaction

    private typealias VoidValues = [RecordID: [UnitNumber: [EntryStamp]]]

    /// A finding for each record, once.
    func find() throws {
        var voids: VoidValues = [:]
        try transaction.log.forEach { stored in
            if stored.fault == EntryFault.closed.code {
                let stamp = try transaction.log.stamp(stored.number, transaction.lanes)
                for change in changes(of: stored) {
                    for unit in change.units {
                        voids[change.record, default: [:]][unit.unit, default: []].append(stamp)
                    }
                }
            } else if stored.fault == nil, !voids.isEmpty {
                try find(voids, under: stored)
            }
        }
    }

    private func find(_ voids: VoidValues, under stored: StoredEntry) throws {
        let touching = changes(of: stored).filter { voids[$0.record] != nil }
        guard !touching.isEmpty, let context = try? Context(decoding: stored.entry.context) else { return }
        let stamp = try transaction.log.stamp(stored.number, transaction.lanes)
        let visibility = try transaction.visibility(
            of: context.frontier, on: stamp.lane, before: stored.dot.sequence)
        for change in touching {
            // Who deletes or creates a record writes over all of it.
            let units = voids[change.record]!.filter { unit, _ in
                change.kind != .update || change.units.contains { $0.unit == unit }
            }
            guard let void = units.values.lazy.compactMap({ $0.last { visibility.sees($0) } }).first,
                try !transaction.hasFinding(Self.code, record: change.record)
            else { continue }
            try transaction.addFinding(
                Self.code, record: change.record, dot: stored.dot,
                detail:
                    "written over what \(transaction.row(of: void).dot) had put there, which is void now: look at it")
        }
    }

    static let code = "written_over_void"

    private func changes(of stored: StoredEntry) -> [Change] {
        (try? ChangeSet(decoding: stored.entry))?.changes ?? []
    }
}
