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

    package init(
        market: Market, isRetired: Bool, rootKeys: [VerificationKey], signing: [SpannedKey], require: [Suite]
    ) {
        self.market = market
        self.isRetired = isRetired
        self.rootKeys = rootKeys
        self.signing = signing
        self.require = require
    }
}

extension RootMember {
    /// The signing keys that count for this member: those of the root, and what its descriptor adds since: rotations, new
    /// incarnations. A descriptor counts only if a current key of the root has signed it; of one span that both name, a
    /// closed form counts before an open one, and the root's before the descriptor's.
    package func signingKeys(continuedBy descriptor: Descriptor?) -> [SpannedKey] {
        guard let descriptor, !isRetired,
            signing.contains(where: { named in named.isCurrent && descriptor.signing.contains { $0.key == named.key } })
        else { return signing }
        var merged = signing
        for entry in descriptor.signing {
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
            if member.isRetired, member.signing.contains(where: \.isCurrent) {
                throw .retiredWithOpenSpan(member.market)
            }
        }
    }
}
