// What a trust root says, apart from who signed it.

package import SyncCore

/// A member as the trust root binds it.
package struct RootMember: Hashable, Sendable {
    package static let rootKeyCounts = 1...4

    package let market: Market
    /// A retired market's history stays its own; it signs no root, and nobody connects to it.
    package var isRetired: Bool
    /// Offline keys, any one of which signs the next version for this member: the root key, and recovery keys.
    package var rootKeys: [VerificationKey]
    package var signing: [SpannedKey]
    /// Ascending. The suites without whose signature nothing of this member counts.
    package var require: [Suite]
    /// Where incarnations of this market end, ascending. Whatever they did beyond is void on every node.
    package var closures: [Closure]
    /// The ids of signing keys that were stolen, ascending: every incarnation of theirs is closed, and they say nothing more.
    package var revoked: [Digest]

    package init(
        market: Market, isRetired: Bool, rootKeys: [VerificationKey], signing: [SpannedKey], require: [Suite],
        closures: [Closure] = [], revoked: [Digest] = []
    ) {
        self.closures = closures
        self.revoked = revoked
        self.market = market
        self.isRetired = isRetired
        self.rootKeys = rootKeys
        self.signing = signing
        self.require = require
    }
}

extension RootMember {
    package func closes(_ incarnation: ID16) -> Bool { closures.contains { $0.origin.incarnation == incarnation } }

    /// Closes incarnations; what was said of them before is said anew.
    package mutating func close(_ new: [Closure]) {
        closures = (closures.filter { old in !new.contains { $0.origin == old.origin } } + new)
            .sorted { $0.origin < $1.origin }
    }

    package mutating func revoke(_ keyIDs: [Digest]) { revoked = Set(revoked + keyIDs).sorted() }

    /// Whether a key may still speak for its market: it was neither rotated out nor revoked.
    private func isCurrent(_ key: SpannedKey) -> Bool { key.isCurrent && !revoked.contains(key.key.keyID) }

    /// Whether it has a key of a suite that may still sign.
    package func canSpeak(in suite: Suite) -> Bool { signing.contains { $0.key.suite == suite && isCurrent($0) } }

    /// Whether a descriptor is this member's word under this root: a key that it names, and that has therefore signed it, is
    /// one of the root's and may still sign; of every suite that the root requires, one. A key that was revoked makes nobody's
    /// descriptor.
    package func isSpoken(by descriptor: Descriptor) -> Bool {
        signing.filter(isCurrent).speak(requiring: require, descriptor.names)
    }

    /// Whether a descriptor is another's word under this root: it names a revoked key, and none that may still speak.
    /// Whoever holds the revoked key can make one.
    package func disowns(_ descriptor: Descriptor) -> Bool {
        !isSpoken(by: descriptor) && descriptor.signing.contains { revoked.contains($0.key.keyID) }
    }

    /// Whether a descriptor names, and therefore is signed by, a key that the root names, be it current, rotated out or revoked.
    package func hasSigned(_ descriptor: Descriptor) -> Bool { signing.contains { descriptor.names($0.key) } }

    /// The signing keys that count for this member: those of the root, and what its descriptor adds since: rotations, new
    /// incarnations. A descriptor counts only if a current key of the root has signed it; of one span that both name, a
    /// closed form counts before an open one, and the root's before the descriptor's.
    package func signingKeys(continuedBy descriptor: Descriptor?) -> [SpannedKey] {
        guard let descriptor, !isRetired, isSpoken(by: descriptor) else { return signing }
        return Self.merged(signing, with: descriptor.signing.filter { !revoked.contains($0.key.keyID) })
    }

    /// Of one span that both name, a closed form counts before an open one, and the first one's before the second one's.
    package static func merged(_ signing: [SpannedKey], with others: [SpannedKey]) -> [SpannedKey] {
        var merged = signing
        for entry in others {
            guard let index = merged.firstIndex(where: { $0.key == entry.key }) else {
                merged.append(entry)
                continue
            }
            var spans = merged[index].spans
            for span in entry.spans {
                let same = spans.firstIndex {
                    $0.incarnation == span.incarnation && $0.fromSequence == span.fromSequence
                }
                if let same {
                    if spans[same].isOpen { spans[same] = span }
                } else {
                    spans.append(span)
                }
            }
            merged[index] = SpannedKey(key: entry.key, spans: spans)
        }
        return merged
    }
}

/// The signed fields of a trust root.
package struct TrustRootFields: Hashable, Sendable {
    package let federation: FederationName
    /// From 1.
    package var version: UInt64
    /// SHA-256 of the signed bytes of the version before; nil in version 1.
    package var previous: Digest?
    /// Strictly ascending by market.
    package var members: [RootMember]

    package init(federation: FederationName, version: UInt64, previous: Digest?, members: [RootMember]) {
        self.federation = federation
        self.version = version
        self.previous = previous
        self.members = members
    }

    package func member(_ market: Market) -> RootMember? { members.first { $0.market == market } }

    /// Of all members, ascending by origin.
    package var closures: [Closure] { members.flatMap(\.closures) }

    /// What ends under this root as far as a node knows, ascending by origin: what it closes, and, before its first entry, every
    /// incarnation that no key which may still speak for its market has introduced.
    ///
    /// - Parameters:
    ///   - standing: the newest descriptor that is known of each member.
    ///   - former: those that do not stand.
    package func closures(standing: [Descriptor], former: [Descriptor]) -> [Closure] {
        let disowned = members.flatMap { member in
            FormerDescriptors(
                former, of: member, standing: standing.first { $0.market == member.market }
            ).disowned.map { Closure(origin: Origin(market: member.market, incarnation: $0), ends: []) }
        }
        return (closures + disowned).sorted { $0.origin < $1.origin }
    }

    /// Those who decide about the next version.
    package var active: [RootMember] { members.filter { !$0.isRetired } }

    /// What holds between fields.
    func checkConsistency() throws(TrustRootRefusal) {
        guard (version == 1) == (previous == nil) else { throw .previousMissing }
        guard !active.isEmpty else { throw .noMembers }
        for (one, next) in zip(members, members.dropFirst()) where one.market >= next.market {
            throw .form(.wrongOrder("members"))
        }
        var owners: Set<VerificationKey> = []
        for member in members {
            for key in member.rootKeys + member.signing.map(\.key) where !owners.insert(key).inserted {
                throw .sharedKey(member.market)
            }
            for suite in member.require
            where !member.isRetired && !member.signing.contains(where: { $0.key.suite == suite }) {
                throw .form(.requiredSuiteWithoutKey(suite))
            }
            for (one, next) in zip(member.closures, member.closures.dropFirst()) where one.origin >= next.origin {
                throw .form(.wrongOrder("closures"))
            }
            let isEnded = member.signing.flatMap(\.spans).allSatisfy { member.closes($0.incarnation) }
            if member.isRetired, !isEnded { throw .retiredWithOpenSpan(member.market) }
            for id in member.revoked {
                guard let key = member.signing.first(where: { $0.key.keyID == id }),
                    key.spans.allSatisfy({ member.closes($0.incarnation) })
                else { throw .revokedWithOpenSpan(member.market) }
            }
        }
    }
}
