// The rules between an entry and the ones before it, each at its edge.

import Testing

@testable import SyncCore

@Suite("Rules of a chain")
struct ChainRulesTests {
    private static let jiangsu = Origin(market: Market("jiangsu")!, incarnation: .zero)
    private static let anhui = Origin(market: Market("anhui")!, incarnation: .zero)

    private static func row(_ origin: Origin, _ sequence: UInt64) -> Row {
        Row(origin: origin, sequence: sequence, idPrefix: .zero)
    }

    /// An entry of Shanghai that has seen these rows.
    private static func entry(_ rows: [Row] = []) -> Entry {
        Entry.forTests(
            origin: Origin(market: Market("shanghai")!, incarnation: .zero), sequence: 5,
            previous: Digest(words: (0, 0, 0, 1)),
            context: Context(catalogHash: .zero, frontier: Frontier(rows: rows)),
            changes: [Change(kind: .delete, record: TestCatalog.record("SH-1"), units: [])])
    }

    private static func fault(
        _ rows: [Row] = [], _ facts: ChainFacts, header change: (inout EnvelopeHeader) -> Void = { _ in }
    ) throws -> EntryFault? {
        let entry = entry(rows)
        var header = entry.header
        change(&header)
        return try Context(decoding: entry.context).chainFault(of: header, facts)
    }

    /// Which rows are lost is read off the log; see `BranchTests` of the store.
    @Test func `a context never falls below the one before, in any origin`() throws {
        var facts = ChainFacts()
        #expect(try Self.fault([Self.row(Self.anhui, 2)], facts) == nil)
        facts.rowsLost = [Self.row(Self.jiangsu, 3)]
        #expect(try Self.fault([Self.row(Self.anhui, 2)], facts) == .contextFell)
    }

    @Test func `a trust root version stands still or rises`() throws {
        var facts = ChainFacts()
        facts.predecessor = Self.entry().header
        facts.predecessor!.trustRootVersion = 2
        #expect(try Self.fault([], facts) { $0.trustRootVersion = 1 } == .trustRootVersionFell)
        #expect(try Self.fault([], facts) { $0.trustRootVersion = 2 } == nil)
        #expect(try Self.fault([], facts) { $0.trustRootVersion = 3 } == nil)
    }

    @Test func `the entries of a group have one context, those of two groups need not`() throws {
        var facts = ChainFacts()
        facts.predecessor = Self.entry([Self.row(Self.jiangsu, 1)]).header
        #expect(try Self.fault([], facts) == nil)
        facts.predecessor!.groupContinues = true
        #expect(try Self.fault([], facts) == .groupContextDiffers)
        #expect(try Self.fault([Self.row(Self.jiangsu, 1)], facts) == nil)
    }

    @Test func `a context that names the middle of one group is a fault`() throws {
        var facts = ChainFacts()
        facts.rowsInsideGroups = [Self.row(Self.jiangsu, 1)]
        #expect(try Self.fault([Self.row(Self.jiangsu, 1)], facts) == .contextSplitsGroup)
    }

    /// Over all its change sets together: how many came before, and how many this one brings.
    @Test(
        arguments: [
            (65_535, 1, nil), (65_535, 2, .groupTooLarge), (61_440, 4_096, nil), (61_441, 4_096, .groupTooLarge),
            (65_536, 1, .groupTooLarge),
        ] as [(Int, UInt32, EntryFault?)])
    func `a group has at most 65536 changes`(_ before: Int, _ now: UInt32, _ fault: EntryFault?) throws {
        var facts = ChainFacts()
        var header = Self.entry().header
        header.opCount = UInt32(before)
        header.payloadBytes = 0
        facts.groupSoFar = facts.groupSoFar.adding(header)
        #expect(
            try Self.fault([], facts) {
                $0.opCount = now
                $0.payloadBytes = 0
            } == fault)
    }

    @Test(
        arguments: [
            ((32 << 20) - 1, 1, nil), ((32 << 20) - 1, 2, .groupTooLarge), (24 << 20, 8 << 20, nil),
            ((24 << 20) + 1, 8 << 20, .groupTooLarge),
        ] as [(Int, UInt64, EntryFault?)])
    func `a group has at most 32 MiB`(_ before: Int, _ now: UInt64, _ fault: EntryFault?) throws {
        var facts = ChainFacts()
        var header = Self.entry().header
        header.payloadBytes = UInt64(before)
        facts.groupSoFar = facts.groupSoFar.adding(header)
        #expect(try Self.fault([], facts) { $0.payloadBytes = now } == fault)
    }
}
