// Applying as the rest of the house calls it: one transaction a call, seal before apply.

package import SyncCore

/// What one batch, or a portion of it, did.
package struct ApplyReport: Hashable, Sendable {
    /// Entries that are in the replica now and were not before; faulty ones among them.
    package var applied = 0
    package var refused: [EntryRefusal] = []
    /// Origins whose next entry lacks something.
    package var waitingOrigins: Set<Origin> = []

    package init() {}

    /// What the next portion did.
    package mutating func add(_ next: ApplyReport) {
        applied += next.applied
        refused += next.refused
        waitingOrigins.formUnion(next.waitingOrigins)
    }
}

/// An authentic entry of our own present incarnation beyond our own head: this replica was rolled back. It must mint a
/// new incarnation before it seals anything.
package struct RolledBack: Error, Hashable, Sendable {
    package let shown: Dot
    package let own: UInt64

    package init(shown: Dot, own: UInt64) {
        self.shown = shown
        self.own = own
    }
}

extension SQLiteReplica {
    /// Seals what is pending, then applies what of a batch can be applied, and commits both.
    ///
    /// Throws `RolledBack` if the batch proves that this replica was; any other error is a local failure and no verdict.
    package func apply(_ batch: [VerifiedEntry], from peer: Market?, _ signer: EntrySigner) throws -> ApplyReport {
        try sealingUncaptured(signer) {
            try write { transaction in try apply(batch, from: peer, signer, transaction) }
        }
    }

    private func apply(
        _ batch: [VerifiedEntry], from peer: Market?, _ signer: EntrySigner, _ transaction: ReplicaTransaction
    ) throws -> ApplyReport {
        try checkForRollback(batch, transaction)
        _ = try seal(transaction, signer)
        var report = ApplyReport()
        let admission = Admission(of: batch, knowledge: try knowledge(of: batch, transaction))
        let fold = EntryFold(transaction)
        for entry in admission.admitted {
            report.applied += 1
            guard let fault = try fold.fold(entry, from: peer) else { continue }
            report.refused.append(refusal(of: entry, .faulty, fault.code))
        }
        report.refused += fold.forbidden
        for (entry, need) in admission.waiting {
            report.waitingOrigins.insert(entry.header.origin)
            report.refused.append(refusal(of: entry, .waiting, need.code))
            try Waiting(transaction: transaction).add(entry.header.dot, need: need.text, isHeld: false)
        }
        for (entry, applied) in admission.forked { try keepForkProof(entry, applied, peer, &report, transaction) }
        try Waiting(transaction: transaction).clearReached()
        return report
    }

    private func checkForRollback(_ batch: [VerifiedEntry], _ transaction: ReplicaTransaction) throws {
        let own = try transaction.ownOrigin()
        let head = transaction.lanes.lane(of: own)?.headSequence ?? 0
        if let beyond = batch.first(where: { $0.header.origin == own && $0.header.sequence > head }) {
            throw RolledBack(shown: beyond.header.dot, own: head)
        }
    }

    private func refusal(of entry: VerifiedEntry, _ refusalClass: EntryRefusal.Class, _ code: String) -> EntryRefusal {
        EntryRefusal(
            origin: entry.header.origin, sequence: entry.header.sequence, id: entry.id, class: refusalClass,
            code: code)
    }

    /// Look-ups are made before admission, which is pure and cannot fail.
    private func knowledge(
        of batch: [VerifiedEntry], _ transaction: ReplicaTransaction
    ) throws -> ReplicaKnowledge {
        var asked: Set<Dot> = []
        for entry in batch {
            let dot = entry.header.dot
            asked.insert(dot)
            asked.insert(Dot(origin: dot.origin, sequence: dot.sequence - 1))
        }
        // Entries of a group, and of a busy origin, repeat their context.
        for context in Set(batch.map(\.entry.context)) {
            if let context = try? Context(decoding: context) { asked.formUnion(context.frontier.rows.map(\.dot)) }
        }
        var known: [Dot: Digest] = [:]
        for dot in asked where dot.sequence > 0 {
            guard let lane = transaction.lanes.lane(of: dot.origin), dot.sequence <= lane.headSequence else { continue }
            known[dot] =
                dot.sequence == lane.headSequence
                ? lane.headID : try transaction.log.id(lane: lane.number, sequence: dot.sequence)
        }
        let heads = transaction.lanes.lanes.values.map { ($0.origin, $0.headSequence) }
        let headByOrigin = Dictionary(heads, uniquingKeysWith: max)
        return ReplicaKnowledge(
            entryID: { known[$0] }, headSequence: { headByOrigin[$0] ?? 0 }, originCount: headByOrigin.count)
    }

    /// Until branches are applied (issue D), the second branch waits in quarantine with the proof.
    private func keepForkProof(
        _ entry: VerifiedEntry, _ applied: Dot, _ peer: Market?, _ report: inout ApplyReport,
        _ transaction: ReplicaTransaction
    ) throws {
        report.refused.append(refusal(of: entry, .fork, "second_branch"))
        var evidence = ByteWriter()
        if let lane = transaction.lanes.lane(of: applied.origin),
            let number = try transaction.log.number(lane: lane.number, sequence: applied.sequence)
        {
            let stored = try transaction.log.entry(number).entry
            EntryHead(header: stored.header, signatures: stored.signatures).encode(to: &evidence)
        }
        EntryHead(header: entry.header, signatures: entry.entry.signatures).encode(to: &evidence)
        let isNew = try Quarantine(transaction: transaction).add(
            entry, class: .fork, code: "second_branch", peer: peer,
            evidence: evidence.bytes + entry.entry.encoded())
        // It is sent again in every round.
        guard isNew else { return }
        try transaction.addFinding(
            "fork", dot: entry.header.dot,
            detail: "two authentic entries stand in this place; the one applied here stays, the proof is in quarantine")
    }
}

extension Need {
    /// A stable slug.
    package var code: String {
        switch self {
        case .predecessor: "predecessor_missing"
        case .context: "context_missing"
        case .groupEnd: "group_incomplete"
        case .earlierEntry: "earlier_entry_waits"
        case .member: "member_unknown"
        case .keySpan: "key_unknown"
        case .trustRoot: "trust_root_unknown"
        case .room: "too_many_origins"
        }
    }
}
