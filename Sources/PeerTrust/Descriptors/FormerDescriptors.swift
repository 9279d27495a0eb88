// Descriptors that do not stand (any more), under which entries were applied: whoever is shown those needs the keys.

package import SyncCore

/// What descriptors of one market say beside the one that stands: keys under which entries of theirs are authentic, and, under
/// a trust root, which incarnations nobody but a revoked key has introduced.
///
/// A thief who holds a signing key can introduce a key and an incarnation of his own. Some nodes apply what he signs there, and
/// honest markets name it in contexts. So it must be authentic everywhere, and, once the key that introduced it is revoked,
/// without effect everywhere.
package struct FormerDescriptors: Sendable {
    /// Which keys may sign where, beyond what stands.
    package let keys: [SpannedKey]
    /// Incarnations that only revoked keys have introduced: of these nothing counts.
    package let disowned: Set<ID16>

    /// While trust is what `peers/` says: what was trusted before.
    init(_ descriptors: [Descriptor]) {
        keys = descriptors.flatMap(\.signing)
        disowned = []
    }

    /// - Parameter standing: the member's newest known descriptor; one that is not its word is a former one.
    package init(_ descriptors: [Descriptor], of member: RootMember, standing: Descriptor?) {
        let named = member.signingKeys(continuedBy: standing)
        // What no key of the root has signed says nothing here, whoever shows it.
        let signed = (descriptors + (standing.map { member.isSpoken(by: $0) ? [] : [$0] } ?? []))
            .filter { $0.market == member.market && member.hasSigned($0) }
        let honest = signed.filter(member.vouches).flatMap(\.signing).filter { !member.revoked.contains($0.key.keyID) }
        let closed = Set(member.closures.map(\.origin.incarnation))
        let owned = Set((named + honest).flatMap(\.spans).map(\.incarnation)).subtracting(closed)
        // A revoked key adds nothing to an incarnation that another word has introduced, unless it is closed: there, what it
        // adds is void anyway.
        let usurped = signed.filter { !member.vouches(for: $0) }.flatMap(\.signing).compactMap { entry in
            let spans = entry.spans.filter { !owned.contains($0.incarnation) }
            return spans.isEmpty ? nil : SpannedKey(key: entry.key, spans: spans)
        }
        keys = honest + usurped
        disowned = Set(usurped.flatMap(\.spans).map(\.incarnation)).subtracting(closed)
    }
}

extension Sequence where Element == SpannedKey {
    /// Where these keys may begin a chain of their market's.
    package func chainStarts(of market: Market) -> Set<ChainStart> {
        Set(
            flatMap { entry in
                entry.spans.filter { $0.fromSequence == 1 }.map {
                    ChainStart(
                        origin: Origin(market: market, incarnation: $0.incarnation), keyID: entry.key.keyID)
                }
            })
    }
}
