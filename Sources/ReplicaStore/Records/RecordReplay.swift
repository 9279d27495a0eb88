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
        state.apply(
            change, by: stamp, seeing: try visibility(of: stamp),
            kept: try transaction.kept(change, in: changeSet.context.frontier, on: stamp.lane))
    }

    /// What an entry of the log had seen.
    func visibility(of stamp: EntryStamp) throws -> Visibility {
        let frontier = try transaction.log.changeSet(stamp.number).context.frontier
        return try transaction.visibility(of: frontier, on: stamp.lane, before: stamp.sequence)
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
