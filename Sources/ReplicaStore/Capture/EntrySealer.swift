// Drafts become signed entries of the log, and take their effect.

import Pipelining
import SyncCore

/// A change that is decided.
enum DraftedChange {
    /// Of a record that something has touched, as it stood.
    case edit(LoadedRecord, LocalEdit.Draft, Change, encoded: [UInt8])
    /// A plain change: the create of a record that nothing has touched, or the update of a settled one. Its row stands.
    case plain(type: Text, encoded: [UInt8])

    var encoded: [UInt8] {
        switch self {
        case .edit(_, _, _, let encoded), .plain(_, let encoded): encoded
        }
    }
}

/// What was about to be signed would be faulty to everyone, its author too. Nothing of it was written.
struct FaultyDraft: Error, Hashable, CustomStringConvertible {
    let dot: Dot
    let fault: EntryFault

    var description: String { "\(dot) would be faulty, \(fault.code): it is not signed, and what is pending stays" }
}

/// Turns drafts into signed entries of the log, and gives them their effect.
final class EntrySealer {
    private let transaction: ReplicaTransaction
    private let signer: EntrySigner
    private let trustRootVersion: UInt64
    let origin: Origin
    private let context: Context
    private let encodedContext: [UInt8]
    private let records: RecordStore
    private let ancestry: Ancestry
    private let stage: Stage<ClosedSet, PreparedSet>
    /// In preparation.
    private var closed: [ClosedSet] = []
    private(set) var sealedChangeSets = 0
    private(set) var sealedChanges = 0

    init(_ transaction: ReplicaTransaction, _ signer: EntrySigner) throws {
        self.transaction = transaction
        self.signer = try signer.inForce(transaction.meta)
        // Another process may have adopted a later one since the signer was made; a chain never goes back.
        trustRootVersion = try max(
            signer.trustRootVersion, TrustRoots(connection: transaction.connection).version())
        origin = try transaction.ownOrigin()
        guard try !ClosureTable(connection: transaction.connection).isClosed(origin) else {
            throw IncarnationClosed(origin: origin)
        }
        let frontier = transaction.lanes.frontier.without(origin)
        context = Context(catalogHash: transaction.layout.schema.catalogHash, frontier: frontier)
        encodedContext = context.encoded()
        records = RecordStore(transaction: transaction)
        ancestry = Ancestry(transaction)
        let (suite, schema, hashing) = (self.signer.suite, transaction.layout.schema, transaction.hashing)
        stage = Stage("sealer", .any) { [encodedContext] set in
            PreparedSet(set, context: encodedContext, suite: suite, schema, hashing)
        }
    }

    /// Encodes a draft, its keeps named by rows of our context.
    func encode(_ draft: LocalEdit.Draft, of loaded: LoadedRecord, note: Int) -> DraftedChange {
        let keeps = draft.kept.flatMap { unit, stamps in
            stamps.map { Keep(unit: unit, row: row(seeing: $0), sequence: $0.sequence) }
        }
        let change = Change(kind: draft.kind, record: draft.record, note: note, units: draft.units, keeps: keeps)
        return .edit(loaded, draft, change, encoded: change.encoded())
    }

    /// The first row of our context on whose path an entry stands, 0 if that is our own.
    private func row(seeing stamp: EntryStamp) -> Int {
        let lanes = transaction.lanes
        let entryOrigin = lanes[stamp.lane].origin
        guard entryOrigin != origin else { return 0 }
        let heads = Dictionary(
            lanes.lanes(of: entryOrigin).map { ($0.headRow, $0.number) }, uniquingKeysWith: { first, _ in first })
        let index = context.frontier.rows.firstIndex { row in
            heads[row].map { lanes.holder(of: stamp.sequence, on: $0) == stamp.lane } ?? false
        }
        guard let index else { preconditionFailure("our context does not see \(entryOrigin):\(stamp.sequence)") }
        return index + 1
    }

    /// Seals one change set, and before it what is still in preparation.
    @discardableResult
    func seal(_ drafted: [DraftedChange], notes: [Note], groupContinues: Bool) throws -> EntryStamp {
        prepare(drafted, notes: notes, groupContinues: groupContinues)
        while closed.count > 1 { try sealOldest() }
        return try sealOldest()
    }

    /// Seals the change set before, and prepares this one meanwhile on another core. `seal` must follow.
    func sealAhead(_ drafted: [DraftedChange], notes: [Note], groupContinues: Bool) throws {
        prepare(drafted, notes: notes, groupContinues: groupContinues)
        if closed.count > 1 { try sealOldest() }
    }

    private func prepare(_ drafted: [DraftedChange], notes: [Note], groupContinues: Bool) {
        let set = ClosedSet(drafted: drafted, notes: notes, groupContinues: groupContinues)
        closed.append(set)
        stage.submit(set)
    }

    @discardableResult
    private func sealOldest() throws -> EntryStamp {
        guard let prepared = stage.take() else { preconditionFailure("nothing is in preparation") }
        return try seal(closed.removeFirst(), prepared)
    }

    private func foldPlain(_ prepared: PreparedSet, by stamp: EntryStamp, seeing visibility: Visibility) throws {
        for (plain, ops) in prepared.plain {
            guard let plain,
                try transaction.fold(
                    plain, FreshDigests(of: plain, ops: ops, by: stamp.id, transaction.hashing), ops: ops, by: stamp,
                    seeing: visibility, .standing
                ).isEmpty
            else { preconditionFailure("a change that was encoded from a row as plain is not") }
        }
    }

    /// Signs and appends one change set, and folds it into its records. A node never signs what it would call faulty from
    /// another: the rules between it and its ancestors are those of `EntryFold`.
    @discardableResult
    private func seal(_ set: ClosedSet, _ prepared: PreparedSet) throws -> EntryStamp {
        let lane = try transaction.ownLane() ?? beginLane()
        let (ops, hashing) = (prepared.ops, transaction.hashing)
        let header = EnvelopeHeader(
            suite: signer.suite, groupContinues: set.groupContinues, federation: signer.federation, origin: origin,
            sequence: lane.headSequence + 1, trustRootVersion: trustRootVersion,
            timeMilliseconds: transaction.clock.tick(wallMilliseconds: transaction.wallMilliseconds),
            opCount: UInt32(ops.count), payloadBytes: UInt64(ops.payloadBytes), previous: lane.headID,
            opsRoot: ops.root, contextHash: hashing.digest(signer.suite, encodedContext), keyID: signer.keyID)
        if let fault = context.chainFault(of: header, try ancestry.facts(for: context, after: lane)) {
            throw FaultyDraft(dot: header.dot, fault: fault)
        }
        let entry = Entry(
            header: header, signatures: try signer.sign(header), context: encodedContext, ops: ops.framed)
        let verified = VerifiedEntry(
            afterVerifying: entry, id: header.entryID(hashing), market: transaction.layout.market)
        let stamp = try transaction.log.append(
            verified, prepared.payload, lane: lane.number, changes: set.drafted.count, fault: nil)

        let visibility = try transaction.visibility(
            of: context.frontier, on: lane.number, before: header.sequence)
        for case .edit(let loaded, let draft, let change, _) in set.drafted {
            var state = loaded.state
            let kept = draft.kept.flatMap { unit, stamps in
                stamps.map { KeptSibling(unit: unit, lane: $0.lane, sequence: $0.sequence) }
            }
            state.apply(change, by: stamp, seeing: visibility, kept: kept)
            try records.save(loaded, state, by: stamp)
        }
        try foldPlain(prepared, by: stamp, seeing: visibility)
        transaction.lanes.advance(lane.number, to: header.sequence, id: verified.id, context: encodedContext)
        sealedChangeSets += 1
        sealedChanges += set.drafted.count
        return stamp
    }

    private func beginLane() -> Lane {
        let lane = Lane(number: transaction.lanes.nextNumber, origin: origin)
        transaction.lanes.add(lane)
        return lane
    }
}
