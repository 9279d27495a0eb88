// `keys revoke`: the signing key is stolen. The market goes on under a new one, and asks the others to end what the old one
// may still sign.

package import PeerTrust
import ReplicaStore
package import SyncCore

/// What a market has done about a stolen key, and what the others must still decide.
package struct SigningRevocation: Sendable {
    package let revokedKeyID: Digest
    /// The key that signs from now on.
    package let keyID: Digest
    /// Every incarnation in which the revoked key signs, and the last entries of each that count.
    package let closures: [Closure]
    /// The next trust root: without effect until more than half of the members have signed it.
    package let proposal: TrustRoot
}

extension LocalNode {
    /// From its return on, this node signs nothing with the stolen key: what is pending is sealed under the new one. Beyond
    /// the last entries that count, what the stolen key signs becomes void on every node that has adopted the proposal.
    ///
    /// - Parameters:
    ///   - keyPrefix: of the id of one of our signing keys; nil for the one in use.
    ///   - dots: the last entries that count; of incarnations that none is of, the last one that this node sealed.
    package func revokeSigningKey(_ keyPrefix: String?, at dots: [String]) throws -> SigningRevocation {
        let desk = RootDesk(self)
        guard let member = try desk.root()?.fields.member(market), !member.isRetired else {
            throw NodeError(
                .usage, code: "root_needed", "吊销须由信任根宣布,而本市场不在现行信任根中:见 yrdsync keys trust",
                "a revocation is the trust root's word, and this market is in none that is adopted: see yrdsync keys trust"
            )
        }
        return try withKeysLocked {
            let present = try replica.signingKeyID() ?? keyRing.first().keyID
            let revoked = try signingKeyID(keyPrefix) ?? present
            // Said before anything is done, and again when nothing is added to them any more.
            var closures = try closures(of: revoked, member, at: dots, desk)
            if try closures.contains(where: { try $0.origin == replica.ownOrigin() }) {
                let standing = try keyRing.key(present)
                let key = revoked == present ? try nextSigningKey(standing.suite) : standing
                try begin(under: key, because: "the signing key \(revoked.hex.prefix(16)) was revoked")
                try settle()
                closures = try self.closures(of: revoked, member, at: dots, desk)
            }
            return SigningRevocation(
                revokedKeyID: revoked, keyID: try replica.signingKeyID() ?? present, closures: closures,
                proposal: try desk.propose(closing: closures, revoking: [revoked]))
        }
    }

    private func signingKeyID(_ prefix: String?) throws -> Digest? {
        guard let prefix else { return nil }
        let ids = try ownDescriptor().signing.map(\.key.keyID).filter { $0.hex.hasPrefix(prefix.lowercased()) }
        guard ids.count == 1 else {
            throw NodeError(
                .usage, code: "no_such_key", "本市场没有(唯一的)签名密钥 \(prefix):见 yrdsync keys list",
                "there is no one signing key \(prefix) of this market: see yrdsync keys list")
        }
        return ids[0]
    }

    private func closures(
        of keyID: Digest, _ member: RootMember, at dots: [String], _ desk: RootDesk
    ) throws -> [Closure] {
        let spans = try ownDescriptor().signing.filter { $0.key.keyID == keyID }.flatMap(\.spans)
        let origins = Set(spans.map(\.incarnation)).filter { !member.closes($0) }.sorted()
            .map { Origin(market: market, incarnation: $0) }
        let named = try Dictionary(grouping: dots) { try LogDesk(self).entry($0).stored.dot.origin }
        if let stranger = named.keys.first(where: { !origins.contains($0) }) {
            throw NodeError(
                .usage, code: "other_origin", "密钥 \(keyID.hex.prefix(16)) 不为 \(stranger) 签名",
                "the key \(keyID.hex.prefix(16)) does not sign for \(stranger)")
        }
        return try origins.map { origin in
            // Of a fork, the branch that this node itself wrote is its market's own.
            if named[origin] == nil, let last = try replica.lastOwnEntry(of: origin) {
                return Closure(origin: origin, ends: [last])
            }
            return try desk.closure(of: origin, at: named[origin] ?? [])
        }
    }
}
