// Descriptors that do not stand any more: kept and shown while the log holds something that only they explain.

import PeerTrust
import ReplicaStore
import SyncCore

extension FormerDescriptors {
    /// Of one market, how many are kept under which nothing is applied (yet).
    static let spareMax = 8
    /// An honest descriptor names one or two places that a later one does not repeat; more is nobody's need.
    static let startsMax = 16
    static let bytesMax = 32 << 10
    /// Of all that a node shows in a round, what stands included, there is room for a megabyte.
    static let shownBytesMax = 1 << 19
}

extension Trust {
    func word(of market: Market) -> StandingWord { StandingWord(of: market, among: standing, root) }

    /// Those under which something was applied here: whoever is shown that needs them.
    var neededFormer: [Descriptor] {
        guard !formerStarts.isEmpty else { return [] }
        let needed = Set(former.map(\.market)).sorted().flatMap { market in
            let word = word(of: market)
            return word.needed(former, for: formerStarts.filter { $0.origin.market == market }) {
                word.starts(named: [$0])
            }
        }
        var room = FormerDescriptors.shownBytesMax
        return needed.filter { descriptor in
            room -= descriptor.raw.count
            return room >= 0
        }
    }
}

extension TrustKeeper {
    /// Keeps those of these descriptors that name where a chain may begin of which nothing else tells, and drops those that
    /// nobody needs. Returns whether it kept any.
    @discardableResult
    func keepFormer(of shown: [Descriptor] = []) throws -> Bool {
        let trust = try load()
        var (added, dropped): ([Descriptor], [Descriptor]) = ([], [])
        for market in Set((shown + trust.former).map(\.market)).sorted() {
            let word = trust.word(of: market)
            let known = trust.former.filter { $0.market == market }
            let new = shown.filter { $0.market == market && Self.mayAdd($0, word) && !known.contains($0) }
            guard !new.isEmpty || !known.isEmpty else { continue }
            let applied = try replica.chainStarts(of: market)
            let needed = word.needed(known + new, for: applied) { word.claims(of: [$0]) }
            // The newest of the others may be needed for what has not come yet.
            let spare = (known + new).filter { !needed.contains($0) && !word.starts(named: [$0]).isEmpty }
                .suffix(FormerDescriptors.spareMax)
            added += new.filter { needed.contains($0) || spare.contains($0) }
            dropped += known.filter { !needed.contains($0) && !spare.contains($0) }
        }
        let end = try trust.root.map { root in
            try closuresInForce(
                under: root, standing: trust.standing, former: trust.former.filter { !dropped.contains($0) } + added)
        }
        let isClosing = try end.map { try Set($0.closures) != Set(replica.closures()) } ?? false
        guard !added.isEmpty || !dropped.isEmpty || isClosing else { return false }
        try replica.keepFormer(added.map { ($0.market, $0.raw) }, dropping: dropped.map(\.raw), end) { try signer() }
        return !added.isEmpty
    }

    private static func mayAdd(_ shown: Descriptor, _ word: StandingWord) -> Bool {
        let claims = word.claims(of: [shown])
        return !claims.isEmpty && claims.count <= FormerDescriptors.startsMax
            && shown.raw.count <= FormerDescriptors.bytesMax
    }

    /// Somebody publishes in our name what this node has not written, with a key of ours and one that we do not know.
    func noteOurName(_ shown: [Descriptor], _ own: Descriptor) throws {
        for other in shown where other.market == own.market {
            let ours = other.signing.count { own.names($0.key) }
            guard ours > 0, ours < other.signing.count else { continue }
            try replica.addFinding(
                "descriptor_in_our_name", about: own.market.name,
                detail:
                    "serial \(other.serial), fingerprint \(other.fingerprint): signed with a key of ours, and names one that is not; if no other machine of ours has made it, that key is stolen: see keys revoke"
            )
        }
    }
}
