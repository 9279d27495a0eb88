// One entry's effect on the replica: the rules of DESIGN.md section 5, acted out.

import SyncCore

/// A write that capture missed stands in the way of an apply: it must be sealed first.
struct UncapturedWrite: Error {
    let record: RecordID
}

/// Folds entries into records, one after another, inside a transaction.
final class EntryFold {
    private let transaction: ReplicaTransaction
    private let records: RecordStore
    private let ancestry: Ancestry
    private let closures: ClosureRule
    let reader: EntryReader

    /// Entries that were judged otherwise when they were folded again, and their faults now.
    private var faultsNow: [Int64: String?] = [:]

    /// Changes that took no effect since their origin may not make them.
    private(set) var forbidden: [EntryRefusal] = []

    init(_ transaction: ReplicaTransaction, _ closures: ClosureRule) {
        self.transaction = transaction
        records = RecordStore(transaction: transaction)
        ancestry = Ancestry(transaction)
        self.closures = closures
        reader = EntryReader(
            schema: transaction.layout.schema, hashing: transaction.hashing, enrolledKeyID: transaction.enrolledKeyID)
    }

    /// Entries folded before the last one were judged without knowing what it leads to: the log must be folded again.
    var isOutdated: Bool { closures.isOutdated }

    /// Appends an admitted entry to the log and gives it its effect. Returns its fault, if any.
    func fold(_ verified: VerifiedEntry, _ reading: EntryReading, from peer: Market?) throws -> EntryFault? {
        let header = verified.header
        let lane = try lane(for: header)
        let meaning = try judge(reading.meaning, of: verified, after: lane)
        let stamp = try transaction.log.append(
            verified, reading.payload, lane: lane.number, changes: meaning.changeCount, fault: meaning.fault)
        if lane.headSequence == lane.forkSequence, transaction.lanes.isForked(header.origin) {
            try Forks(transaction: transaction).keepProof(of: verified, on: lane, from: peer)
        }
        if let rotation = transaction.rotation(in: verified) {
            try Rotations(connection: transaction.connection).add(rotation)
        }
        try takeEffect(verified, meaning, by: stamp, lane: lane, peer: peer)
        try closures.noteApplied(header.origin, EntryPlace(sequence: header.sequence, id: verified.id))
        _ = transaction.clock.observe(header.timeMilliseconds, wallMilliseconds: transaction.wallMilliseconds)
        return meaning.fault
    }

    /// Judges an entry of the log anew and gives it its effect, with the lanes as they were before it.
    func refold(_ stored: StoredEntry) throws -> (changes: Int, fault: EntryFault?) {
        let stamp = try transaction.log.stamp(stored.number, transaction.lanes)
        var lane = transaction.lanes[stamp.lane]
        if lane.headSequence < lane.forkSequence { lane = try begin(lane, after: stored.entry.header.previous) }
        let verified = VerifiedEntry(afterVerifying: stored.entry, id: stored.id, market: stamp.market)
        let meaning = try judge(reader.meaning(of: stored.entry, id: stored.id), of: verified, after: lane)
        if meaning.fault?.code != stored.fault { faultsNow[stored.number] = .some(meaning.fault?.code) }
        try takeEffect(verified, meaning, by: stamp, lane: lane, peer: nil)
        return (meaning.changeCount, meaning.fault)
    }

    // MARK: Lanes

    private func lane(for header: EnvelopeHeader) throws -> Lane {
        let lane = try transaction.lanes.laneForAppending(
            header.origin, sequence: header.sequence, after: header.previous, id: transaction.log.id)
        guard let lane else { preconditionFailure("\(header.dot) was admitted without its predecessor") }
        return lane.headSequence < lane.forkSequence ? try begin(lane, after: header.previous) : lane
    }

    /// A branch stands first where it left its trunk.
    private func begin(_ lane: Lane, after id: Digest) throws -> Lane {
        let context = try boundingContext(at: lane.forkSequence, on: lane.number)
        transaction.lanes.advance(lane.number, to: lane.forkSequence, id: id, context: context)
        return transaction.lanes[lane.number]
    }

    /// The context of the last entry up to a place of a path that was not faulty.
    private func boundingContext(at sequence: UInt64, on path: Int) throws -> [UInt8] {
        var sequence = sequence
        while sequence > 0 {
            let holder = transaction.lanes.holder(of: sequence, on: path)
            guard let number = try transaction.log.number(lane: holder, sequence: sequence) else { break }
            let stored = try transaction.log.entry(number)
            if (faultsNow[number] ?? stored.fault) == nil { return stored.entry.context }
            sequence -= 1
        }
        return []
    }

    private func takeEffect(
        _ verified: VerifiedEntry, _ meaning: EntryMeaning, by stamp: EntryStamp, lane: Lane, peer: Market?
    ) throws {
        switch meaning {
        case .faulty(let fault):
            try Quarantine(transaction: transaction).add(
                verified, class: fault.refusalClass, code: fault.code, peer: peer)
        case .changeSet(let changeSet):
            try fold(changeSet.changes, under: changeSet.context, of: verified, by: stamp, lane: lane, peer: peer)
        case .plain(let plain, let context, let fresh):
            try fold(plain, FreshDigests(fresh), under: context, of: verified, by: stamp, lane: lane, peer: peer)
        }
        // A faulty entry's context is no bound for the next one.
        let context = meaning.fault == nil ? verified.entry.context : lane.context
        transaction.lanes.advance(lane.number, to: verified.header.sequence, id: verified.id, context: context)
    }

    // MARK: Rules of context and group

    private func judge(_ meaning: EntryMeaning, of verified: VerifiedEntry, after lane: Lane) throws -> EntryMeaning {
        guard let context = meaning.context else { return meaning }
        let facts = try ancestry.facts(for: context, after: lane)
        if let fault = context.chainFault(of: verified.header, facts) { return .faulty(fault) }
        let place = EntryPlace(sequence: verified.header.sequence, id: verified.id)
        return closures.isVoid(lane.origin, place, on: lane.number) ? .faulty(.closed) : meaning
    }

    // MARK: Changes

    /// Creates of records that nothing has touched, and updates of records that nobody disputes, go the short way; what is
    /// left over goes the ordinary one.
    private func fold(
        _ plain: PlainChanges, _ fresh: FreshDigests, under context: Context, of verified: VerifiedEntry,
        by stamp: EntryStamp, lane: Lane, peer: Market?
    ) throws {
        let ops = verified.entry.ops
        var others = plain.changes
        if plain.mayAllBeMade(by: verified.market, ops) {
            let visibility = try transaction.visibility(
                of: context.frontier, on: lane.number, before: verified.header.sequence)
            others = try transaction.fold(plain, fresh, ops: ops, by: stamp, seeing: visibility, .written)
        }
        guard !others.isEmpty else { return }
        let changes = try others.map { try Change(decoding: ops, in: $0.op) }
        try fold(changes, under: context, of: verified, by: stamp, lane: lane, peer: peer)
    }

    private func fold(
        _ changes: [Change], under context: Context, of verified: VerifiedEntry, by stamp: EntryStamp, lane: Lane,
        peer: Market?
    ) throws {
        let header = verified.header
        let visibility = try transaction.visibility(
            of: context.frontier, on: lane.number, before: header.sequence)
        for change in changes {
            if let unit = forbiddenUnit(of: change, by: verified.market) {
                try Quarantine(transaction: transaction).add(
                    verified, class: .forbidden, code: "not_allowed_to_write", peer: peer, record: change.record,
                    unit: unit)
                forbidden.append(
                    EntryRefusal(
                        origin: verified.header.origin, sequence: verified.header.sequence, id: verified.id,
                        class: .forbidden, code: "not_allowed_to_write"))
                continue
            }
            try park(change, by: stamp)
            try fold(
                change, by: stamp, seeing: visibility,
                kept: try transaction.kept(change, in: context.frontier, on: lane.number))
        }
    }

    /// Rights are read off the unit's number and the key, so they hold for units of a newer catalog too. A type of a
    /// newer catalog is parked; its rights are judged when the type is known.
    private func forbiddenUnit(of change: Change, by market: Market) -> UnitNumber? {
        guard let rule = transaction.layout.schema.record(change.record.type) else { return nil }
        return change.writtenUnits.first { !rule.mayWrite(market, unit: $0, ofKey: change.record.key) }
    }

    private func park(_ change: Change, by stamp: EntryStamp) throws {
        let rule = transaction.layout.schema.record(change.record.type)
        let unknown =
            rule.map { rule in change.units.map(\.unit).filter { rule.unit($0) == nil } } ?? change.writtenUnits
        for unit in unknown {
            let insert = try transaction.connection.statement(
                "INSERT INTO yrd_parked (type, key, unit, entry) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
            insert.bind(1, change.record.type).bind(2, change.record.key).bind(3, Int64(unit)).bind(4, stamp.number)
            try insert.run()
        }
    }

    private func fold(
        _ change: Change, by stamp: EntryStamp, seeing visibility: Visibility, kept: [KeptSibling]
    ) throws {
        let loaded = try records.loadForWriting(change.record)
        var state = loaded.state
        state.apply(change, by: stamp, seeing: visibility, kept: kept)
        try records.save(loaded, state, by: stamp)
    }
}
