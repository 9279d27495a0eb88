// A receipt names a later entry: of whom it proves reception.

import SyncCore
import Testing

@testable import SyncNode

@Suite("Chains of headers")
struct HeaderChainsTests {
    private static let origin = Origin(market: Market("jiangsu")!, incarnation: .zero)

    /// Entries 1 to 4 of one branch, and 3 and 4 of another that leaves it after the second.
    private static let trunk = (1...4).map { id(UInt8($0)) }
    private static let branch = Array(trunk.prefix(2)) + [id(13), id(14)]

    private static func id(_ byte: UInt8) -> Digest { Digest(Array(repeating: byte, count: 32))! }

    private func row(_ sequence: UInt64, _ id: Digest) -> Row {
        Row(origin: Self.origin, sequence: sequence, idPrefix: id.prefix)
    }

    private func chains(_ all: [Digest]...) -> HeaderChains {
        var chains = HeaderChains()
        for chain in all { chains.add(chain) }
        return chains
    }

    @Test func `the entry itself needs no chain, and its number alone is not it`() {
        #expect(chains().isReached(row(3, Self.id(3)), from: Self.id(3), 3))
        #expect(!chains().isReached(row(3, Self.id(13)), from: Self.id(3), 3))
        #expect(!chains(Self.trunk).isReached(row(2, Self.id(2)), from: Self.id(3), 3))
    }

    @Test func `a later entry proves those before it in its chain, and none of another branch`() {
        let both = chains(Self.trunk, Self.branch)
        for last in [row(4, Self.id(4)), row(4, Self.id(14))] {
            #expect(both.isReached(last, from: Self.id(1), 1))
            #expect(both.isReached(last, from: Self.id(2), 2))
        }
        #expect(both.isReached(row(4, Self.id(4)), from: Self.id(3), 3))
        #expect(!both.isReached(row(4, Self.id(14)), from: Self.id(3), 3))
        #expect(!both.isReached(row(4, Self.id(4)), from: Self.id(13), 3))
        #expect(!chains(Self.trunk).isReached(row(4, Self.id(14)), from: Self.id(1), 1))
    }

    @Test func `beyond the end of the chain nothing is proven, however far`() {
        #expect(!chains(Self.trunk).isReached(row(5, Self.id(5)), from: Self.id(1), 1))
        #expect(!chains(Self.trunk).isReached(row(.max, Self.id(4)), from: Self.id(1), 1))
        #expect(!chains(Array(Self.trunk.prefix(3))).isReached(row(4, Self.id(4)), from: Self.id(1), 1))
        #expect(!chains().isReached(row(4, Self.id(4)), from: Self.id(1), 1))
    }
}
