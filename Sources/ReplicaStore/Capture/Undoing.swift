// Undoing a resolution: the values that it settled stand side by side again.

package import SyncCore

extension SQLiteReplica {
    /// Restores what a conflict's resolution replaced, as one group: a change set for each value, which names the entry
    /// that it restores and keeps the ones restored before it. Refused if anything was written since.
    ///
    /// - Parameter id: the conflict that was resolved.
    /// - Returns: the last change set of the group.
    @discardableResult
    package func undo(
        resolution id: Digest, of record: RecordID, reason: Text, author: Text?, _ signer: EntrySigner
    ) throws -> Dot {
        // What is pending is sealed and stays sealed, also if the undo is then refused.
        _ = try seal(signer)
        return try sealingUncaptured(signer) {
            try write { transaction in
                _ = try seal(transaction, signer)
                let loaded = try RecordStore(transaction: transaction).loadForWriting(record)
                guard let rule = loaded.table?.rule else { throw ResolveRefusal.notResolved }
                let undo = try ResolutionUndo(of: id, loaded, rule, transaction)
                guard rule.mayWrite(layout.market, unit: undo.unit, ofKey: record.key) else {
                    throw ResolveRefusal.refused(.notAllowed(home: rule.home(ofKey: record.key)))
                }
                var note = Note(author: author, reason: reason, conflictID: id, choice: .undo)
                guard note.isWithinLimits else { throw ResolveRefusal.refused(.valueDoesNotFit) }
                let sealer = try EntrySealer(transaction, signer)
                var restored: [EntryStamp] = []
                for (index, step) in undo.steps.enumerated() {
                    note.undoneEntry = step.entry
                    var kept = step.kept
                    kept[undo.unit, default: []] += restored
                    let draft = LocalEdit.Draft(kind: step.kind, record: record, units: step.units, kept: kept)
                    let now = try RecordStore(transaction: transaction).load(record, from: .log)
                    restored.append(
                        try sealer.seal(
                            [sealer.encode(draft, of: now, note: 1)], notes: [note],
                            groupContinues: index + 1 < undo.steps.count))
                }
                return Dot(origin: sealer.origin, sequence: restored.last!.sequence)
            }
        }
    }
}

/// What must be written so that a resolved conflict stands open again.
struct ResolutionUndo {
    struct Step {
        /// The entry that is restored.
        let entry: Digest
        let kind: ChangeKind
        let units: [UnitValues]
        /// Siblings, by unit, that this step leaves as they are.
        let kept: [UnitNumber: [EntryStamp]]
    }

    let unit: UnitNumber
    /// In the order in which they are written: what was shown comes last, so that it is the latest and shown again.
    let steps: [Step]

    init(of id: Digest, _ loaded: LoadedRecord, _ rule: RecordRule, _ transaction: ReplicaTransaction) throws {
        let resolutions = try Self.resolutions(of: id, loaded, transaction)
        let view = RecordView(of: loaded.state, record: loaded.id, rule: rule)
        let isOpen = view.conflicts.contains { $0.id(transaction.hashing) == id }
        guard let resolution = resolutions.min(by: { $0.id < $1.id }), !isOpen else {
            throw ResolveRefusal.notResolved
        }
        let before = try RecordReplay(transaction: transaction).state(of: loaded, before: resolution)
        let viewBefore = RecordView(of: before, record: loaded.id, rule: rule)
        guard let conflict = viewBefore.conflicts.first(where: { $0.id(transaction.hashing) == id }) else {
            throw ResolveRefusal.notResolved
        }
        unit = conflict.unit
        steps =
            unit == UnitRule.existence
            ? try Self.existenceSteps(conflict, before: before, now: loaded.state, resolutions)
            : try Self.unitSteps(conflict, now: loaded.state, isShown: view.isShown, resolutions)
        guard steps.count <= Limits.keepsPerUnit else { throw ResolveRefusal.refused(.valueDoesNotFit) }
    }

    /// The entries of the record's history that settled the conflict.
    private static func resolutions(
        of id: Digest, _ loaded: LoadedRecord, _ transaction: ReplicaTransaction
    ) throws -> [EntryStamp] {
        try loaded.history.compactMap { number in
            guard let change = try transaction.log.change(number, of: loaded.id),
                let note = try transaction.log.changeSet(number).note(of: change),
                note.conflictID == id, note.choice != .undo
            else { return nil }
            return try transaction.log.stamp(number, transaction.lanes)
        }
    }

    /// Each value once: equal ones count as one.
    private static func unitSteps(
        _ conflict: Conflict, now: RecordState, isShown: Bool, _ resolutions: [EntryStamp]
    ) throws -> [Step] {
        let siblings = now.siblings(of: conflict.unit)
        guard isShown, !siblings.isEmpty, siblings.allSatisfy({ resolutions.contains($0.stamp) }) else {
            throw ResolveRefusal.writtenSince
        }
        var seen: Set<Conflict.SideValue> = []
        let ordered =
            conflict.sides.filter { $0.stamp == conflict.shown }
            + conflict.sides.filter { $0.stamp != conflict.shown }
        return ordered.filter { seen.insert($0.value).inserted }.reversed().map { side in
            guard case .unit(let values) = side.value else { preconditionFailure("a unit's side has values") }
            return Step(
                entry: side.stamp.id, kind: .update,
                units: [UnitValues(unit: conflict.unit, values: values)], kept: [:])
        }
    }

    /// Deletes come back as deletes that spare what they spared before, presence as `keep`.
    private static func existenceSteps(
        _ conflict: Conflict, before: RecordState, now: RecordState, _ resolutions: [EntryStamp]
    ) throws -> [Step] {
        func written(_ state: RecordState) -> [[Digest]] { state.units.map { $0.siblings.map(\.stamp.id) } }
        guard now.existence.allSatisfy({ resolutions.contains($0.stamp) }), written(now) == written(before) else {
            throw ResolveRefusal.writtenSince
        }
        return before.existence.sorted { !$0.isPresent && $1.isPresent }.map { sibling in
            guard !sibling.isPresent else {
                return Step(entry: sibling.stamp.id, kind: .keep, units: [], kept: [:])
            }
            var spared: [UnitNumber: [EntryStamp]] = [:]
            for unit in before.units {
                let stamps = unit.siblings.filter { !$0.deletedBy.contains(sibling.stamp.id) }.map(\.stamp)
                if !stamps.isEmpty { spared[unit.unit] = stamps }
            }
            return Step(entry: sibling.stamp.id, kind: .delete, units: [], kept: spared)
        }
    }
}

extension Note {
    /// Whether others will be able to read it.
    var isWithinLimits: Bool {
        func fits(_ text: Text?, _ max: Int) -> Bool {
            text.map { $0.utf8.count <= max && !$0.utf8.contains(0) } ?? true
        }
        return fits(author, Limits.authorBytes) && fits(reason, Limits.reasonBytes)
    }
}
