// A record's past, folded again from the entries that touched it.

import SyncCore

struct RecordReplay {
    let transaction: ReplicaTransaction

    /// Applies what an entry of the log did to a record.
    func apply(_ number: Int64, to state: inout RecordState, of record: RecordID) throws {
        let changeSet = try transaction.log.changeSet(number)
        guard let change = try transaction.log.change(number, of: record) else {
            throw ReplicaDamage.missingEntry(number: number)
        }
        let stamp = try transaction.log.stamp(number, transaction.lanes)
        let origin = transaction.lanes[stamp.lane].origin
        state.apply(
            change, by: stamp, seeing: try visibility(of: stamp),
            kept: transaction.lanes.kept(change, in: changeSet.context.frontier, origin: origin))
    }

    /// What an entry of the log had seen.
    func visibility(of stamp: EntryStamp) throws -> Visibility {
        let frontier = try transaction.log.changeSet(stamp.number).context.frontier
        return transaction.lanes.visibility(
            of: frontier, origin: transaction.lanes[stamp.lane].origin, before: stamp.sequence)
    }

    /// The record as the author of an entry had it before that entry.
    func state(of loaded: LoadedRecord, before stamp: EntryStamp) throws -> RecordState {
        let seen = try visibility(of: stamp)
        var state = RecordState()
        for number in loaded.history where seen.sees(try transaction.log.stamp(number, transaction.lanes)) {
            try apply(number, to: &state, of: loaded.id)
        }
        return state
    }
}

extension LaneTable {
    /// A change's keeps, in this replica's lanes.
    func kept(_ change: Change, in frontier: Frontier, origin: Origin) -> [KeptSibling] {
        change.keeps.compactMap { keep in
            let keptOrigin = keep.row == 0 ? origin : frontier.rows[keep.row - 1].origin
            return lane(of: keptOrigin).map {
                KeptSibling(unit: keep.unit, lane: $0.number, sequence: keep.sequence)
            }
        }
    }
}
