// `keys revoke`: signing keys are stolen. The market goes on under new ones, and asks the others to end what the old ones
// may still sign.

package import PeerTrust
package import ReplicaStore
package import SyncCore

/// What a market has done about stolen keys, and what the others must still decide.
package struct SigningRevocation: Sendable {
    package let revokedKeyIDs: [Digest]
    /// The keys that sign from now on.
    package let keyIDs: SigningKeyIDs
    /// Every incarnation in which a revoked key signs, and the last entries of each that count.
    package let closures: [Closure]
    /// The next trust root: without effect until more than half of the members have signed it.
    package let proposal: TrustRoot
}

extension LocalNode {
    /// From its return on, this node signs nothing with a stolen key: what is pending is sealed under the new ones. Beyond
    /// the last entries that count, what a stolen key signs becomes void on every node that has adopted the proposal.
    ///
    /// - Parameters:
    ///   - keyPrefix: of the id of one of our signing keys; nil for those in use (of both suites: they lie in one folder), or
    ///     for those whose revocation was begun here and is in no root yet (`keysMeant`).
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
            let present = try signingKeyIDs()
            var open = try begun.keyIDs().filter { !member.revoked.contains($0) }
            let named = try signingKeyID(keyPrefix, member)
            let revoked = try named.map { [$0] } ?? keysMeant(begun: open, present)
            open += revoked.filter { !open.contains($0) }
            let isInUse = present.all.contains(where: open.contains)
            // Whoever has copied `keys/` has those too that were about to take over.
            if isInUse { open += try keysLeftBehind(besides: present).filter { !open.contains($0) } }
            let ends = try LastCountingEntries(dots, nothing, self)
            // Said before anything is done, and again when nothing is added to them any more.
            _ = try closures(of: open, member, ends, desk)
            try begun.remember(open)
            if isInUse {
                try keyRing.retireNext()
                let standing = try keyRing.keys(present)
                let keys = SigningKeys(
                    header: try replacing(standing.header, if: open),
                    second: try standing.second.map { try replacing($0, if: open) })
                let gone = present.all.filter(open.contains).map { String($0.hex.prefix(16)) }.joined(separator: ", ")
                try begin(under: keys, because: "the signing key \(gone) was revoked")
                try settle()
            } else if try closures(of: open, member, ends, desk).contains(where: {
                try $0.origin == replica.ownOrigin()
            }) {
                try begin(under: try keyRing.keys(present), because: "one of its older signing keys was revoked")
            }
            let closures = try closures(of: open, member, ends, desk)
            return SigningRevocation(
                revokedKeyIDs: open, keyIDs: try signingKeyIDs(), closures: closures,
                proposal: try desk.propose(closing: closures, revoking: open))
        }
    }

    /// A key made now takes the place of a stolen one.
    private func replacing(_ key: SigningKey, if stolen: [Digest]) throws -> SigningKey {
        guard stolen.contains(key.keyID) else { return key }
        return try nextSigningKey(key.suite)
    }

    /// Of a command that names no key: the ones in use, or, where a revocation was begun that no root says yet, that one again.
    /// But one that was begun of one key of two may be meant again, or the other key too: only a person knows.
    private func keysMeant(begun: [Digest], _ present: SigningKeyIDs) throws -> [Digest] {
        guard !begun.isEmpty else { return present.all }
        let own = try ownDescriptor()
        let suites = Set(own.signing.filter { begun.contains($0.key.keyID) }.map(\.key.suite))
        guard try suites.isSuperset(of: keyRing.keys(present).all.map(\.suite)) else {
            let ids = begun.map { String($0.hex.prefix(16)) }.joined(separator: ", ")
            throw NodeError(
                .usage, code: "key_needed", "\(ids) 的吊销已开始而尚未入信任根:请以 --key 指明要吊销的密钥",
                "the revocation of \(ids) was begun and is in no trust root yet: say with --key which key is meant")
        }
        return begun
    }

    /// Keys that our descriptor names already, and that have not taken over.
    private func keysLeftBehind(besides present: SigningKeyIDs) throws -> [Digest] {
        let own = try ownDescriptor()
        return try keyRing.next().map(\.keyID).filter { id in
            !present.all.contains(id) && own.signing.contains { $0.key.keyID == id }
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
