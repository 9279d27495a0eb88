// A replica that was set back, or put back, goes on in a new incarnation (DESIGN.md section 8).

import PeerTrust
import ReplicaStore
import SyncCore

extension LocalNode {
    /// Compares the replica with its fence; a replica that was set back goes on in a new incarnation.
    @discardableResult
    package func recoverIfRolledBack() throws -> Bool {
        if let mark = try RestoreMark.read(directory) {
            try recover(because: mark.reason)
            try mark.remove()
            return true
        }
        let (last, isClosed) = try replica.ownStanding()
        // Who is leaving begins nothing any more.
        if isClosed, try trustKeeper.root().map(trustKeeper.isLeaving) != true {
            try recover(because: Self.closedReason)
            return true
        }
        // Nearly always the replica ends where its fence says.
        guard let fence = try Fence.read(directory.fence), fence != last.map(Fence.init(at:)) else { return false }
        let place = Dot(origin: Origin(market: market, incarnation: fence.incarnation), sequence: fence.sequence)
        let (own, standing) = try replica.ownIncarnation(withEntryAt: place, fence.id)
        let isSetBack = try RollbackRule.isSetBack(
            behind: (fence.incarnation, fence.sequence, fence.id), own: own, standing: standing,
            incarnations: try ownIncarnations())
        guard isSetBack else { return false }
        try recover(because: "the replica stands behind its fence, which names \(place)")
        return true
    }

    /// Runs what may adopt a trust root. One that closes the incarnation in which this node stands takes effect in the next
    /// one, and what is pending is sealed there; adopting seals, so the fence is raised.
    package func followingRoot<Value>(_ body: () throws -> Value) throws -> Value {
        try fenced {
            do {
                return try body()
            } catch is IncarnationClosed {
                try recover(because: Self.closedReason)
                return try body()
            }
        }
    }

    private static let closedReason = "the trust root closes the incarnation in which this node stood"

    /// In the order in which they were begun.
    func ownIncarnations() throws -> [ID16] {
        let spans = try ownDescriptor().signing.flatMap(\.spans)
        return spans.map(\.incarnation).reduce(into: []) { all, one in if !all.contains(one) { all.append(one) } }
    }

    /// Mints a new incarnation, and a descriptor that names it (DESIGN.md section 8, Restore).
    package func recover(because detail: String) throws {
        try begin(under: try standingKeys(), because: detail)
        recoveredBecause = detail
    }

    /// The replica may have been set back beyond an exchange of keys: what `keys/` says is newer, but for keys that are being
    /// put into their place.
    private func standingKeys() throws -> SigningKeys {
        let inForce = try signingKeyIDs()
        let isBeingPlaced = try keyRing.next().contains { inForce.all.contains($0.keyID) }
        return try isBeingPlaced ? keyRing.keys(inForce) : keyRing.filed()
    }

    /// A new incarnation, whose entries keys sign that the descriptor may not name yet.
    func begin(under keys: SigningKeys, because detail: String?) throws {
        let incarnation = try IncarnationGenerator.make()
        try publishIncarnation(incarnation, of: keys.all)
        try replica.beginIncarnation(incarnation, under: keys.ids, because: detail)
        try raiseFence()
    }

    /// Durable before the incarnation begins: entries of one that no descriptor names are nobody's.
    private func publishIncarnation(_ incarnation: ID16, of keys: [SigningKey]) throws {
        let span = KeySpan(incarnation: incarnation, fromSequence: 1)
        let keys = try keys.map { try $0.verificationKey }
        try publish { fields in
            fields.require = keys.map(\.suite)
            fields.signing = fields.signing.map { entry in
                keys.contains(entry.key) ? SpannedKey(key: entry.key, spans: entry.spans + [span]) : entry
            }
            for key in keys where !fields.signing.contains(where: { $0.key == key }) {
                fields.signing.append(SpannedKey(key: key, spans: [span]))
            }
        }
    }

    /// Whether heads that a peer shows prove that this replica was set back, or that another machine seals under its
    /// incarnation: they are our own, and we do not have them. A bare claim counts for nothing.
    func provesRollback(_ heads: [EntryHead]) throws -> Bool {
        let membership = try trust().membership
        let own = try replica.ownHead()
        return try heads.contains { head in
            guard head.header.origin == own.origin else { return false }
            // A key that was rotated out says nothing of what came after.
            guard case .verified(let verified) = membership.verifyHeaderWithoutChain(head.header, head.signatures)
            else {
                return false
            }
            return try replica.entry(at: head.header.dot, id: verified.id.prefix) == nil
        }
    }
}
