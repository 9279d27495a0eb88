// What peers hand over: verified, then applied.

import PeerTrust
package import ReplicaStore
package import SyncCore

extension LocalNode {
    /// Verifies and applies a batch portion by portion, each in a transaction of its own: other clients write between
    /// two, while the next one is verified. If one fails, those before it stand, as if they had been a batch each.
    package func apply(_ batch: Batch, from peer: Market?) throws -> ApplyReport {
        let batch = try batchOfNews(in: batch)
        guard !batch.entries.isEmpty else { return ApplyReport() }
        let portions = batch.portions()
        if portions.count > 1 { try recoverIfShownAhead(batch) }
        let bindings = BindingChecks(of: batch, hashing)
        var report = ApplyReport()
        for portion in portions { report.add(try applyPortion(portion, bindings, from: peer)) }
        return report
    }

    /// Without what is here already, with the same signatures: that was verified when it came, and in a mesh each neighbour
    /// may bring it once more. Costs a look for each entry that may be known, and its hashes if it is: never more than it
    /// takes to verify them.
    private func batchOfNews(in batch: Batch) throws -> Batch {
        guard let frontier = announcedFrontier else { return batch }
        let old = batch.entries.filter { $0.header.sequence <= frontier.sequence(of: $0.header.origin) }
        guard !old.isEmpty else { return batch }
        let heads = old.map { EntryHead(header: $0.header, signatures: $0.signatures) }
        let known = Set(zip(heads, try replica.holds(heads)).filter { $1 }.map { head, _ in head })
        return Batch(
            entries: batch.entries.filter { entry in
                let head = EntryHead(header: entry.header, signatures: entry.signatures)
                return !known.contains(head) || entry.bindingFault(hashing) != nil
            })
    }

    /// Each portion seals before it is applied, and a replica that was set back must not: what only the last one would
    /// tell must be known before the first.
    private func recoverIfShownAhead(_ batch: Batch) throws {
        let own = try replica.ownHead()
        let ours = batch.entries.filter { $0.header.origin == own.origin }
        guard let first = ours.first,
            try provesRollback(ours.map { EntryHead(header: $0.header, signatures: $0.signatures) })
        else { return }
        try recover(
            because:
                "a peer holds entries of our own from \(first.header.dot) on that are not here; ours end at \(own.sequence)"
        )
    }

    /// Seals what is pending, and applies what can be applied: one transaction. It seals, so the fence is looked at first.
    private func applyPortion(_ batch: Batch, _ bindings: BindingChecks, from peer: Market?) throws -> ApplyReport {
        try recoverIfRolledBack()
        let trust = try trust()
        var membership = trust.membership
        var verified: [VerifiedEntry] = []
        var refused: [EntryRefusal] = []
        var heldOrigins: Set<Origin> = []
        for entry in batch.entries {
            let fault = bindings.faultOfNext()
            switch membership.verify(entry, bindingFault: fault) {
            case .verified(let fact) where fact.header.trustRootVersion > trust.rootVersion:
                try hold(entry, .trustRoot(fact.header.trustRootVersion), &heldOrigins, &refused)
            case .verified(let fact):
                verified.append(fact)
                // What follows it in this batch is the new key's.
                if let rotation = KeyRotation(in: fact) { membership.enrol(rotation) }
            case .unknownMember(let market):
                try hold(entry, .member(market?.name ?? "?"), &heldOrigins, &refused)
            case .unknownKeySpan(let origin, let sequence):
                try hold(entry, .keySpan(Dot(origin: origin, sequence: sequence)), &heldOrigins, &refused)
            case .notAuthentic(let fault):
                refused.append(
                    EntryRefusal(
                        origin: entry.header.origin, sequence: entry.header.sequence, id: nil, class: .notAuthentic,
                        code: fault.code))
            }
        }
        try replica.addNotAuthentic(refused.filter { $0.refusalClass == .notAuthentic }, from: peer)
        var report: ApplyReport
        do {
            report = try replica.apply(verified, from: peer, signer)
        } catch let rollback as RolledBack {
            try recover(because: rollback.description)
            report = try replica.apply(verified, from: peer, signer)
        }
        try raiseFence()
        if report.applied > 0 { try announce(from: peer) }
        report.refused = refused + report.refused
        report.waitingOrigins.formUnion(heldOrigins)
        return report
    }

    private func hold(
        _ entry: Entry, _ need: Need, _ heldOrigins: inout Set<Origin>, _ refused: inout [EntryRefusal]
    ) throws {
        let origin = entry.header.origin
        refused.append(
            EntryRefusal(
                origin: origin, sequence: entry.header.sequence, id: nil, class: .waiting, code: need.code))
        guard origin.market != nil, heldOrigins.insert(origin).inserted else { return }
        try replica.hold(entry.header.dot, need: need)
    }

    /// Origins that only a person or a descriptor can help.
    package func heldOrigins() throws -> [Origin] {
        try replica.waitingOrigins().filter(\.isHeld).map(\.origin)
    }
}
