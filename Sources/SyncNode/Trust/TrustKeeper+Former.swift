// Descriptors that do not stand any more: kept and shown while the log holds something that only they explain.

import PeerTrust
import ReplicaStore
import SyncCore

extension FormerDescriptors {
    /// How many a node shows.
    static let shownMax = 256
    /// Of one market, how many are kept under which nothing is applied (yet); and how many of one peer's are kept at a time.
    static let spareMax = 16
}

extension Trust {
    func word(of market: Market) -> StandingWord { StandingWord(of: market, among: standing, root) }

    /// Those under which something was applied here: whoever is shown that needs them.
    var neededFormer: [Descriptor] {
        guard !formerStarts.isEmpty else { return [] }
        let needed = former.filter {
            !word(of: $0.market).starts(named: [$0]).isDisjoint(with: formerStarts)
        }
        return Array(needed.prefix(FormerDescriptors.shownMax))
    }
}

extension TrustKeeper {
    /// Keeps those of these descriptors that name where a chain may begin of which nothing else tells. Returns whether there
    /// were any.
    @discardableResult
    func keepFormer(of candidates: [Descriptor]) throws -> Bool {
        var kept = 0
        var trust = try load()
        for candidate in candidates where try kept < FormerDescriptors.spareMax && adds(candidate, trust) {
            let applied = try replica.chainStarts(of: candidate.market)
            let word = trust.word(of: candidate.market)
            let spare = trust.former.filter {
                $0.market == candidate.market && word.claims(of: [$0]).isDisjoint(with: applied)
            }
            let dropped = spare.dropLast(FormerDescriptors.spareMax - 1)
            let former = trust.former.filter { !dropped.contains($0) } + [candidate]
            try replica.keepFormer(
                candidate.raw, of: candidate.market, insteadOf: dropped.map(\.raw),
                trust.root.map { try closuresInForce(under: $0, standing: trust.standing, former: former) }, signer())
            trust = try load()
            kept += 1
        }
        // A descriptor that stands now may have introduced what only a revoked key had.
        if let root = trust.root,
            try Set(root.fields.closures(standing: trust.standing, former: trust.former)) != Set(replica.closures())
        {
            try replica.close(
                closuresInForce(under: root, standing: trust.standing, former: trust.former), signer())
        }
        return kept > 0
    }

    private func adds(_ candidate: Descriptor, _ trust: Trust) throws -> Bool {
        let word = trust.word(of: candidate.market)
        let claims = word.claims(of: [candidate])
        guard !claims.isEmpty else { return false }
        // What an honest key says too is better known than what only a revoked one says.
        let isVouched = word.vouches(for: candidate)
        let told = trust.former.filter { $0.market == candidate.market && (word.vouches(for: $0) || !isVouched) }
        if !word.starts(named: [candidate]).isSubset(of: word.starts(named: told)) { return true }
        let untold = claims.subtracting(word.claims(of: told))
        return try !untold.isEmpty && !untold.isDisjoint(with: replica.chainStarts(of: candidate.market))
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
