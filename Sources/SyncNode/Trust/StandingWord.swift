// What stands of one market's keys, and what other descriptors say beside it.

import PeerTrust
import SyncCore

/// The root's word on a market, and its newest known descriptor.
struct StandingWord {
    let market: Market
    /// Nil under no root, or one that does not name the market.
    private let member: RootMember?
    private let hasRoot: Bool
    private let descriptor: Descriptor?

    init(of market: Market, among standing: [Descriptor], _ root: TrustRoot?) {
        self.market = market
        member = root?.fields.member(market)
        hasRoot = root != nil
        descriptor = standing.first { $0.market == market }
    }

    /// Whether one descriptor is its word before another: by a current key of the root, or of the higher serial.
    func prefers(_ one: Descriptor, to other: Descriptor) -> Bool {
        let (isSpoken, isOtherSpoken) = (isSpoken(by: one), isSpoken(by: other))
        return isSpoken == isOtherSpoken ? one.serial > other.serial : isSpoken
    }

    /// Whether a key that may still speak for the market has signed a descriptor: what it introduces counts.
    func isSpoken(by descriptor: Descriptor) -> Bool {
        member.map { !$0.isRetired && $0.isSpoken(by: descriptor) } ?? true
    }

    /// Where chains may begin that other descriptors of the market name, and what stands does not.
    func starts(named descriptors: [Descriptor]) -> Set<ChainStart> {
        let others = descriptors.filter { $0.market == market }
        let keys =
            member.map { FormerDescriptors(others, of: $0, standing: descriptor).keys }
            ?? (hasRoot ? nil : descriptor.map { FormerDescriptors(others, standing: $0).keys })
        return beside(keys ?? [])
    }

    /// The same, and what they say though they may not: an entry may have been applied before that was known, and some day
    /// its incarnation may be closed.
    func claims(of descriptors: [Descriptor]) -> Set<ChainStart> {
        beside(descriptors.filter { $0.market == market && isSigned($0) }.flatMap(\.signing))
    }

    /// By a key of the market's, be it current, rotated out or revoked: without it a descriptor says nothing.
    private func isSigned(_ other: Descriptor) -> Bool {
        if hasRoot { return member?.hasSigned(other) ?? false }
        return descriptor?.vouches(for: other) ?? false
    }

    private func beside(_ keys: [SpannedKey]) -> Set<ChainStart> {
        let standing = member?.signingKeys(continuedBy: descriptor) ?? descriptor?.signing ?? []
        return keys.chainStarts(of: market).subtracting(standing.chainStarts(of: market))
    }

    /// As few of these descriptors as tell where the applied chains begin, and, of each of their incarnations, one that a
    /// present key has signed: by that it counts. The same few wherever all of them are known.
    func needed(
        _ former: [Descriptor], for applied: Set<ChainStart>, named: (Descriptor) -> Set<ChainStart>
    ) -> [Descriptor] {
        let incarnations = Set(applied.map(\.origin))
        var (told, introduced): (Set<ChainStart>, Set<Origin>) = ([], [])
        return former.filter { $0.market == market }
            .sorted { (isSpoken(by: $0) ? 0 : 1, $0.digest) < (isSpoken(by: $1) ? 0 : 1, $1.digest) }
            .filter { one in
                let starts = named(one).intersection(applied).subtracting(told)
                let origins =
                    isSpoken(by: one)
                    ? Set(claims(of: [one]).map(\.origin)).intersection(incarnations).subtracting(introduced) : []
                told.formUnion(starts)
                introduced.formUnion(origins)
                return !starts.isEmpty || !origins.isEmpty
            }
    }
}
