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
                    "信任根要求本市场以 \(missing.name) 签名:请先以 keys trust propose --require 提议更改",
                    "the trust root requires \(missing.name) of this market: have that changed first, see keys trust propose --require"
                )
            }
            let keys = try wanted.suites.map(nextSigningKey)
            return SigningKeys(header: keys[0], second: keys.dropFirst().first)
        }
    }

    /// Each step may be the last one before a crash: the new keys' files, then the descriptor that names them, then the
    /// incarnation in which they sign, then the descriptor in which the one before ends, then the files' names. The daemon
    /// beside it needs no word.
    private func renewKeys(_ choose: (SigningKeys) throws -> SigningKeys) throws -> KeyRenewal {
        try withKeysLocked {
            try settle()
            try checkRoomForKeys()
            // What is pending is still the old keys', and makes known where they end. Who may only read begins nothing.
            try fenced {
                let own = try replica.ownOrigin()
                let isLeaving = try trustKeeper.root().map(trustKeeper.isLeaving) ?? false
                guard try !isLeaving && !replica.isOwnOriginClosed() else { throw IncarnationClosed(origin: own) }
                _ = try replica.seal(signer)
            }
            let old = try keyRing.keys(signingKeyIDs())
            let new = try choose(old)
            try begin(under: new, because: nil)
            try settle()
            return KeyRenewal(old: old.ids, new: new.ids, origin: try replica.ownOrigin())
        }
    }

    /// Ends, in the incarnation that was left, the spans of all that signed there: a key with an open span may name our
    /// successor (`Succession`), and one that is asked for beside another shall not be missing behind its end. Not of stolen keys:
    /// where those end a person and the root say.
    func endSpansOfLeftIncarnation() throws {
        let (own, stolen) = (try ownDescriptor(), try RevocationsBegun(directory).keyIDs())
        let (present, all) = (try replica.ownOrigin(), try ownIncarnations())
        guard let place = all.firstIndex(of: present.incarnation), place > 0 else { return }
        let left = Origin(node: present.node, incarnation: all[place - 1])
        guard case .entry(let end) = try replica.ownEnd(of: left) else { return }
        func isEnding(_ span: KeySpan) -> Bool { span.isOpen && span.covers(left.incarnation, end.sequence) }
        let ending = own.signing.filter { $0.spans.contains(where: isEnding) }
        guard !ending.isEmpty, !ending.contains(where: { stolen.contains($0.key.keyID) }) else { return }
        try publish { fields in
            fields.signing = fields.signing.map { entry in
                SpannedKey(
                    key: entry.key,
                    spans: entry.spans.map { span in
                        guard isEnding(span) else { return span }
                        return KeySpan(
                            incarnation: span.incarnation, fromSequence: span.fromSequence,
                            closedAt: (end.sequence, end.id))
                    })
            }
        }
    }
}
