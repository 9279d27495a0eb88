// `keys rotate --second` and `keys suites`: what no entry can hand over begins a new incarnation.

import PeerTrust
package import ReplicaStore
package import SyncCore

/// Keys that have taken the place of others. Note 7 hands over the key of the header's suite alone, and an incarnation's suites are
/// fixed (PROTOCOL.md sections 2 and 4); so others sign in an incarnation of their own.
package struct KeyRenewal: Hashable, Sendable {
    package let old: SigningKeyIDs
    package let new: SigningKeyIDs
    /// In which the new keys sign, from its first entry on.
    package let origin: Origin
}

extension LocalNode {
    /// A new key of the second suite; the first one goes on.
    package func rotateSecondKey() throws -> KeyRenewal {
        try renewKeys { standing in
            guard let second = standing.second else {
                throw NodeError(
                    .usage, code: "no_second_key", "本市场只用一种算法签名:见 yrdsync keys suites",
                    "this market signs with one suite: see yrdsync keys suites")
            }
            return SigningKeys(header: standing.header, second: try nextSigningKey(second.suite))
        }
    }

    /// New keys, of these suites.
    package func changeSuites(to wanted: SigningSuites) throws -> KeyRenewal {
        try renewKeys { standing in
            guard standing.all.map(\.suite) != wanted.suites else {
                throw NodeError(
                    .usage, code: "suites_unchanged", "本市场已用 \(wanted.rawValue) 签名",
                    "this market signs with \(wanted.rawValue) already")
            }
            if let member = try trustKeeper.root()?.fields.member(market),
                let missing = member.require.first(where: { !wanted.suites.contains($0) })
            {
                throw NodeError(
                    .usage, code: "suite_required",
                    "信任根要求本市场以算法 \(missing.rawValue) 签名:请先以 keys trust propose --require 提议更改",
                    "the trust root requires suite \(missing.rawValue) of this market: have that changed first, see keys trust propose --require"
                )
            }
            let keys = try wanted.suites.map(nextSigningKey)
            return SigningKeys(header: keys[0], second: keys.dropFirst().first)
        }
    }

    /// Each step may be the last one before a crash: the new keys' files, then the descriptor that names them, then the
    /// incarnation in which they sign, then the files' names. The daemon beside it needs no word.
    private func renewKeys(_ choose: (SigningKeys) throws -> SigningKeys) throws -> KeyRenewal {
        try withKeysLocked {
            try settle()
            // What is pending is still the old keys', and makes known where they end.
            _ = try fenced { try replica.seal(signer) }
            let old = try keyRing.keys(signingKeyIDs())
            let left = try replica.ownOrigin()
            let new = try choose(old)
            try begin(under: new, because: nil)
            try settle()
            try endSpans(of: Set(old.ids.all).subtracting(new.ids.all), in: left)
            return KeyRenewal(old: old.ids, new: new.ids, origin: try replica.ownOrigin())
        }
    }

    /// Keys with an open span may name our successor (`Succession`); these shall not.
    private func endSpans(of keyIDs: Set<Digest>, in origin: Origin) throws {
        guard case .entry(let end) = try replica.ownEnd(of: origin) else { return }
        try publish { fields in
            fields.signing = fields.signing.map { entry in
                guard keyIDs.contains(entry.key.keyID) else { return entry }
                let spans = entry.spans.map { span in
                    guard span.isOpen, span.covers(origin.incarnation, end.sequence) else { return span }
                    return KeySpan(
                        incarnation: span.incarnation, fromSequence: span.fromSequence, closedAt: (end.sequence, end.id)
                    )
                }
                return SpannedKey(key: entry.key, spans: spans)
            }
        }
    }
}
