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

/// An authentic entry of our own present incarnation that this replica does not have: it was set back, or another machine
/// seals under its incarnation. It must begin a new one before it seals anything.
package struct RolledBack: Error, Hashable, Sendable, CustomStringConvertible {
    package let shown: Dot
    package let own: UInt64

    package init(shown: Dot, own: UInt64) {
        self.shown = shown
        self.own = own
    }

    package var description: String {
        shown.sequence > own
            ? "a peer holds our own entry \(shown), ours end at \(own)"
            : "a peer holds another entry \(shown) than we do, signed by our own key"
    }
}

extension SQLiteReplica {
    /// Seals what is pending, then applies what of a batch can be applied, and commits both.
    ///
    /// Throws `RolledBack` if the batch proves that this replica was; any other error is a local failure and no verdict.
    package func apply(_ batch: [VerifiedEntry], from peer: Market?, _ signer: EntrySigner) throws -> ApplyReport {
        do {
            return try sealingUncaptured(signer) {
                try write { transaction in try apply(batch, from: peer, signer, transaction, mayFoldAgain: false) }
            }
        } catch is LogMeansElse {
            return try write { transaction in
                try sealEverything(transaction, signer)
                return try apply(batch, from: peer, signer, transaction, mayFoldAgain: true)
            }
        }
    }

    /// A batch has brought the last entry that counts of a closed origin, and beside it stand branches that seemed to count.
    private struct LogMeansElse: Error {}

    private func apply(
        _ batch: [VerifiedEntry], from peer: Market?, _ signer: EntrySigner, _ transaction: ReplicaTransaction,
        mayFoldAgain: Bool
    ) throws -> ApplyReport {
        let closures = try ClosureRule(transaction)
        try checkForRollback(batch, closures, transaction)
        _ = try seal(transaction, signer)
        var report = ApplyReport()
        let admission = Admission(of: batch, knowledge: try knowledge(of: batch, closures, transaction))
        let fold = EntryFold(transaction, closures)
        let readings = EntryReadings(admission.admitted, by: fold.reader)
        for entry in admission.admitted {
            report.applied += 1
            guard let fault = try fold.fold(entry, readings.next(), from: peer) else { continue }
            report.refused.append(refusal(of: entry, fault.refusalClass, fault.code))
        }
        report.refused += fold.forbidden
        let waiting = Waiting(transaction: transaction)
        let branches = NamedBranches(transaction: transaction)
        for (entry, need) in admission.waiting {
            report.waitingOrigins.insert(entry.header.origin)
            report.refused.append(refusal(of: entry, .waiting, need.code))
            try waiting.add(entry.header.dot, id: entry.id, need: need.text, isHeld: false)
            if case .context(let row) = need, Admission.mayName(row, entry, isVoid: closures.isVoid) {
                try branches.remember(row)
            }
        }
        if !admission.wronglySigned.isEmpty {
            let refused = admission.wronglySigned.map { entry in
                EntryRefusal(
                    origin: entry.header.origin, sequence: entry.header.sequence, id: nil, class: .notAuthentic,
                    code: "key_not_valid_here")
            }
            report.refused += refused
            try Quarantine(transaction: transaction).addNotAuthentic(refused, from: peer)
        }
        if !admission.admitted.isEmpty { try branches.forgetApplied() }
        try waiting.clearReached()
        if fold.isOutdated {
            guard mayFoldAgain else { throw LogMeansElse() }
            try foldAgain(transaction)
        }
        return report
    }

    private func checkForRollback(
        _ batch: [VerifiedEntry], _ closures: ClosureRule, _ transaction: ReplicaTransaction
    ) throws {
        let own = try transaction.ownOrigin()
        let lane = try transaction.ownLane()
        let strangers = try batch.filter { entry in
            let header = entry.header
            guard header.origin == own else { return false }
            guard let lane, lane.holds(header.sequence) else { return true }
            return try transaction.log.id(lane: lane.number, sequence: header.sequence) != entry.id
        }
        guard !strangers.isEmpty else { return }
        // Whoever holds a key of ours that was rotated out has no word in what follows the rotation, with its chain or without.
        let admission = try Admission(of: batch, knowledge: knowledge(of: batch, closures, transaction))
        let wrong = Set(admission.wronglySigned.map(\.id))
        let ended = try Rotations(connection: connection).all().filter { $0.origin == own }
        if let stranger = strangers.first(where: { stranger in
            let isEnded = ended.contains {
                $0.oldKeyID == stranger.header.keyID && $0.sequence < stranger.header.sequence
            }
            return !wrong.contains(stranger.id) && !isEnded
        }) {
            throw RolledBack(shown: stranger.header.dot, own: lane?.headSequence ?? 0)
        }
    }

    private func refusal(of entry: VerifiedEntry, _ refusalClass: EntryRefusal.Class, _ code: String) -> EntryRefusal {
        EntryRefusal(
            origin: entry.header.origin, sequence: entry.header.sequence, id: entry.id, class: refusalClass,
            code: code)
    }

    /// Look-ups are made before admission, which is pure and cannot fail.
    private func knowledge(
        of batch: [VerifiedEntry], _ closures: ClosureRule, _ transaction: ReplicaTransaction
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
        var known: [Dot: [Digest]] = [:]
        for dot in asked where dot.sequence > 0 {
            for lane in transaction.lanes.lanes(of: dot.origin) where lane.holds(dot.sequence) {
                let id =
                    dot.sequence == lane.headSequence
                    ? lane.headID : try transaction.log.id(lane: lane.number, sequence: dot.sequence)
                if let id { known[dot, default: []].append(id) }
            }
        }
        var signers: [Digest: Digest] = [:]
        for entry in batch where entry.header.sequence > 1 && signers[entry.header.previous] == nil {
            signers[entry.header.previous] = try transaction.signer(
                after: Dot(origin: entry.header.origin, sequence: entry.header.sequence - 1), entry.header.previous)
        }
        let lanes = transaction.lanes
        let forked = lanes.forkedOrigins
        return ReplicaKnowledge(
            entryIDs: { known[$0] ?? [] }, headIDs: { lanes.lanes(of: $0).map(\.headID) },
            branchCount: { pool in
                forked.filter { $0.market == pool.market && closures.isClosed($0) == pool.isClosed }
                    .reduce(0) { $0 + lanes.lanes(of: $1).count }
            },
            isClosed: { closures.isClosed($0) }, isVoid: { closures.isVoid($0) },
            voidOriginCount: { market in
                Set(lanes.lanes.values.map(\.origin)).count { $0.market == market && closures.isVoid($0) }
            },
            rowCount: lanes.lanes.count,
            // A last entry that counts is named by more than any market's word.
            namedRows: try NamedBranches(transaction: transaction).all() + closures.endRows,
            signerAfter: { signers[$1] },
            nextSigner: { transaction.rotation(in: $0)?.newKeyID(transaction.hashing) })
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
        case .branchOverLimit: "too_many_branches"
        }
    }
}
