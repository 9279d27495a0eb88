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
    ///   - keyPrefix: of the id of one of our signing keys; nil for the one in use, or for the one whose revocation was begun
    ///     here and is in no root yet.
    ///   - dots: the last entries that count.
    ///   - nothing: incarnations of which nothing counts. Of any other one what this node has sealed in it counts, if nobody
    ///     has gone on from there.
    package func revokeSigningKey(
        _ keyPrefix: String?, at dots: [String] = [], nothing: [Origin] = []
    ) throws -> SigningRevocation {
        let desk = RootDesk(self)
        guard let member = try desk.root()?.fields.member(market), !member.isRetired else {
            throw NodeError(
                .usage, code: "root_needed", "吊销须由信任根宣布,而本市场不在现行信任根中:见 yrdsync keys trust",
                "a revocation is the trust root's word, and this market is in none that is adopted: see yrdsync keys trust"
            )
        }
        return try withKeysLocked {
            let begun = RevocationsBegun(directory)
            let present = try replica.signingKeyID() ?? keyRing.first().keyID
            var open = try begun.keyIDs().filter { !member.revoked.contains($0) }
            let named = try signingKeyID(keyPrefix, member)
            let revoked = named ?? open.last ?? present
            guard try second?.keyID != revoked else {
                throw NodeError(
                    .usage, code: "second_key", "第二算法的密钥尚不能吊销:请另建节点",
                    "the key of the second suite cannot be replaced yet")
            }
            if !open.contains(revoked) { open.append(revoked) }
            let ends = try LastCountingEntries(dots, nothing, self)
            // Said before anything is done, and again when nothing is added to them any more.
            _ = try closures(of: open, member, ends, desk)
            try begun.remember(open)
            if open.contains(present) {
                let standing = try keyRing.key(present)
                let key = try nextSigningKey(standing.suite)
                try begin(under: key, because: "the signing key \(present.hex.prefix(16)) was revoked")
                try settle()
            } else if try closures(of: open, member, ends, desk).contains(where: {
                try $0.origin == replica.ownOrigin()
            }) {
                try begin(under: try keyRing.key(present), because: "one of its older signing keys was revoked")
            }
            let closures = try closures(of: open, member, ends, desk)
            return SigningRevocation(
                revokedKeyID: revoked, keyID: try replica.signingKeyID() ?? present, closures: closures,
                proposal: try desk.propose(closing: closures, revoking: open))
        }
    }

    private func signingKeyID(_ prefix: String?, _ member: RootMember) throws -> Digest? {
        guard let prefix else { return nil }
        let ids = try Set((ownDescriptor().signing + member.signing).map(\.key.keyID))
            .filter { $0.hex.hasPrefix(prefix.lowercased()) }
        guard let id = ids.first, ids.count == 1 else {
            throw NodeError(
                .usage, code: "no_such_key", "本市场没有(唯一的)签名密钥 \(prefix):见 yrdsync keys list",
                "there is no one signing key \(prefix) of this market: see yrdsync keys list")
        }
        return id
    }

    /// Of every incarnation in which these keys sign, as our descriptor says, or as the root or anything shown in our name does:
    /// a thief may have got more into those.
    private func closures(
        of keyIDs: [Digest], _ member: RootMember, _ ends: LastCountingEntries, _ desk: RootDesk
    ) throws -> [Closure] {
        let trust = try trust()
        let own = trust.own.signing
        let spans = (own + member.signing).filter { keyIDs.contains($0.key.keyID) }.flatMap(\.spans)
        var revoking = member
        revoking.signing = RootMember.merged(member.signing, with: own)
        revoking.revoke(keyIDs)
        // Those of which nothing is applied end without a word: whoever holds the key can name any number.
        let usurped = try FormerDescriptors(trust.former, of: revoking, standing: trust.own).disowned.filter {
            try !replica.heads(of: Origin(market: market, incarnation: $0)).isEmpty
        }
        let origins = usurped.union(spans.map(\.incarnation)).filter { !member.closes($0) }.sorted()
            .map { Origin(market: market, incarnation: $0) }
        try ends.check(areOf: origins)
        return try origins.map { origin in
            if let said = try ends.closure(of: origin, desk) { return said }
            let isOurs = own.flatMap(\.spans).contains { $0.incarnation == origin.incarnation }
            return Closure(origin: origin, ends: isOurs ? try ownEnds(of: origin) : [])
        }
    }

    /// What this node itself has sealed there. If somebody has gone on from it, only a person can tell a thief from what this
    /// node has lost and got back.
    private func ownEnds(of origin: Origin) throws -> [EntryPlace] {
        let heads = try replica.heads(of: origin)
        switch try replica.ownEnd(of: origin) {
        case .entry(let place) where heads.contains(place): return [place]
        case .entry, .nothing, .unknown:
            guard heads.isEmpty else { break }
            return []
        }
        let names = try replica.branchNames(of: origin).map(\.description).joined(separator: ", ")
        throw NodeError(
            .usage, code: "not_sealed_here",
            "\(origin) 中有并非本机签署的变更集(\(names)):请以 --at 给出最后一个有效的,或以 --nothing 声明全部无效",
            "\(origin) goes on beyond what this machine has sealed in it (\(names)): say with --at which entry is the last that counts, or with --nothing that none does"
        )
    }
}
