// Descriptors that do not stand (any more), under which entries were applied: whoever is shown those needs the keys.

package import SyncCore

/// What descriptors of one market say beside its standing word: keys under which entries of theirs are authentic, and, under
/// a trust root, which incarnations no key that may still speak for the market has introduced.
///
/// A thief who holds a signing key can introduce a key and an incarnation of his own. Some nodes apply what he signs there, and
/// honest markets name it in contexts. So it must be authentic everywhere, and, once that key may not speak any more, without
/// effect everywhere. In an incarnation that the root or the standing descriptor names, former ones add nothing.
package struct FormerDescriptors: Sendable {
    /// Which keys may sign where, beyond what stands.
    package let keys: [SpannedKey]
    /// Incarnations that no present key has introduced: of these nothing counts.
    package let disowned: Set<ID16>

    /// While trust is what `peers/` says, a former descriptor is heard if a present key of the standing one has signed it.
    package init(_ descriptors: [Descriptor], standing: Descriptor) {
        let heard = descriptors.filter { $0.market == standing.market && standing.vouches(for: $0) }
        keys = heard.flatMap(\.signing).outside(standing.signing.incarnations)
        disowned = []
    }

    /// - Parameter standing: the member's newest known descriptor; one that is not its word is a former one.
    package init(_ descriptors: [Descriptor], of member: RootMember, standing: Descriptor?) {
        let stands = standing.map { !member.isRetired && member.isSpoken(by: $0) } ?? true
        // What no key of the root has signed, be it present, rotated out or revoked, says nothing, whoever shows it.
        let signed = (descriptors + (stands ? [] : [standing!]))
            .filter { $0.market == member.market && member.hasSigned($0) }
        let closed = Set(member.closures.map(\.origin.incarnation))
        // In what is closed they may say what they like: it is void.
        let owned = member.signingKeys(continuedBy: standing).incarnations.subtracting(closed)
        keys = signed.flatMap(\.signing).outside(owned)
        let spoken = member.isRetired ? [] : signed.filter(member.isSpoken).flatMap(\.signing)
        disowned = keys.incarnations.subtracting(closed)
            .subtracting(spoken.filter { !member.revoked.contains($0.key.keyID) }.incarnations)
    }
}

extension Sequence where Element == SpannedKey {
    package var incarnations: Set<ID16> { Set(flatMap(\.spans).map(\.incarnation)) }

    /// What these keys have in other incarnations.
    fileprivate func outside(_ incarnations: Set<ID16>) -> [SpannedKey] {
        compactMap { entry in
            let spans = entry.spans.filter { !incarnations.contains($0.incarnation) }
            return spans.isEmpty ? nil : SpannedKey(key: entry.key, spans: spans)
        }
    }

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
