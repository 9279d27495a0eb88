// The conflict desk's writing half: one transaction, and the siblings must still be the ones that were shown.

package import SyncCore

/// Why a resolution was not made.
package enum ResolveRefusal: Error, Hashable, Sendable {
    /// The siblings have changed since the id was shown: these conflicts stand now.
    case changed(now: [Digest])
    case refused(Resolution.Refusal)
    /// Nothing that could be undone has that id here.
    case notResolved
    /// The unit was written since.
    case writtenSince
}

extension SQLiteReplica {
    /// Seals what is pending as its own change set, recomputes the conflict, and appends the resolution; or refuses. Returns
    /// the change set that carries it: another process may have sealed a later one by the time that this returns.
    @discardableResult
    package func resolve(
        conflict id: Digest, of record: RecordID, _ request: ResolutionRequest, reason: Text, author: Text?,
        _ signer: EntrySigner
    ) throws -> Dot {
        // What is pending is sealed and stays sealed, also if the resolution is then refused.
        _ = try seal(signer)
        return try sealingUncaptured(signer) {
            try write { transaction in try resolve(id, record, request, reason, author, signer, transaction) }
        }
    }

    private func resolve(
        _ id: Digest, _ record: RecordID, _ request: ResolutionRequest, _ reason: Text, _ author: Text?,
        _ signer: EntrySigner, _ transaction: ReplicaTransaction
    ) throws -> Dot {
        _ = try seal(transaction, signer)
        let loaded = try RecordStore(transaction: transaction).loadForWriting(record)
        guard let rule = loaded.table?.rule else { throw ResolveRefusal.changed(now: []) }
        let view = RecordView(of: loaded.state, record: record, rule: rule)
        guard let conflict = view.conflicts.first(where: { $0.id(transaction.hashing) == id }) else {
            throw ResolveRefusal.changed(now: view.conflicts.map { $0.id(transaction.hashing) })
        }
        let draft: LocalEdit.Draft
        do throws(Resolution.Refusal) {
            draft = try Resolution.draft(request, of: conflict, rule: rule, by: layout.market)
        } catch {
            throw ResolveRefusal.refused(error)
        }
        let note = Note(author: author, reason: reason, conflictID: id, choice: request.choice)
        guard note.isWithinLimits else { throw ResolveRefusal.refused(.valueDoesNotFit) }
        let sealer = try EntrySealer(transaction, signer)
        let stamp = try sealer.seal(
            [sealer.encode(draft, of: loaded, note: 1)], notes: [note], groupContinues: false)
        return Dot(origin: sealer.origin, sequence: stamp.sequence)
    }
}
