// After a closure: honest values that were written over void ones, and may have taken something over from them.

import SyncCore

/// Whoever wrote a unit had been shown what stood there. If that was void, the value that replaced it stands all the same:
/// it is an honest market's word. But a form that shows three columns writes all three back, so a person should look.
struct WrittenOverVoid {
    let transaction: ReplicaTransaction

    private struct Place: Hashable {
        let record: RecordID
        let unit: UnitNumber
    }

    /// A finding for each record, once.
    func find() throws {
        var voids: [Place: [EntryStamp]] = [:]
        try transaction.log.forEach { stored in
            if stored.fault == EntryFault.closed.code {
                let stamp = try transaction.log.stamp(stored.number, transaction.lanes)
                for place in places(of: stored) { voids[place, default: []].append(stamp) }
            } else if stored.fault == nil, !voids.isEmpty {
                try find(voids, under: stored)
            }
        }
    }

    private func find(_ voids: [Place: [EntryStamp]], under stored: StoredEntry) throws {
        let overwritten = places(of: stored).filter { voids[$0] != nil }
        guard !overwritten.isEmpty, let context = try? Context(decoding: stored.entry.context) else { return }
        let stamp = try transaction.log.stamp(stored.number, transaction.lanes)
        let visibility = try transaction.visibility(
            of: context.frontier, on: stamp.lane, before: stored.dot.sequence)
        for place in overwritten {
            guard let void = voids[place]!.last(where: { visibility.sees($0) }),
                try !transaction.hasFinding(Self.code, record: place.record)
            else { continue }
            try transaction.addFinding(
                Self.code, record: place.record, dot: stored.dot,
                detail:
                    "written over what \(transaction.row(of: void).dot) had put there, which is void now: look at it")
        }
    }

    static let code = "written_over_void"

    private func places(of stored: StoredEntry) -> [Place] {
        ((try? ChangeSet(decoding: stored.entry))?.changes ?? []).flatMap { change in
            change.units.map { Place(record: change.record, unit: $0.unit) }
        }
    }
}
