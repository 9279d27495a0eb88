// What stands of one market's keys, and what other descriptors say beside it.

import PeerTrust
import SyncCore

/// The root's word on a market, and its newest known descriptor.
struct StandingWord {
    private let market: Market
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
        let (isSpoken, isOtherSpoken) = (member?.isSpoken(by: one) ?? true, member?.isSpoken(by: other) ?? true)
        return isSpoken == isOtherSpoken ? one.serial > other.serial : isSpoken
    }

    /// Whether a key has signed a descriptor that nobody has revoked. What only a revoked one says is less well known.
    func vouches(for descriptor: Descriptor) -> Bool { member?.vouches(for: descriptor) ?? true }

    /// Where chains may begin that other descriptors of the market name, and what stands does not.
    func starts(named descriptors: [Descriptor]) -> Set<ChainStart> {
        guard let member else { return claims(of: descriptors) }
        let others = descriptors.filter { $0.market == market }
        return beside(FormerDescriptors(others, of: member, standing: descriptor).keys)
    }

    /// The same, and what they say though they may not: an entry may have been applied before that was known, and some day
    /// its incarnation may be closed.
    func claims(of descriptors: [Descriptor]) -> Set<ChainStart> {
        beside(descriptors.filter { $0.market == market && isSigned($0) }.flatMap(\.signing))
    }

    /// By a key of the market's, be it current, rotated out or revoked: without it a descriptor says nothing.
    private func isSigned(_ other: Descriptor) -> Bool {
        if hasRoot { return member?.hasSigned(other) ?? false }
        return descriptor?.signing.contains { other.names($0.key) } ?? false
    }

    private func beside(_ keys: [SpannedKey]) -> Set<ChainStart> {
        let standing = member?.signingKeys(continuedBy: descriptor) ?? descriptor?.signing ?? []
        return keys.chainStarts(of: market).subtracting(standing.chainStarts(of: market))
    }
}
