// Laws before examples: the order of delivery is irrelevant, and what is shown is a function of the siblings.

import Testing

@testable import SyncCore

@Suite("Laws of the merge")
struct RecordStateLawsTests {
    /// A fresh replica that hears `sets` in an order drawn from `chance`, as far as causality leaves a choice.
    private static func replica(hearing sets: [SealedSet], _ chance: inout SeededGenerator) -> TestReplica {
        var replica = TestReplica(market: Market("anhui")!, incarnation: 99, rule: TestCatalog.current)
        var rest = sets
        while !rest.isEmpty {
            let possible = rest.indices.filter { replica.canApply(rest[$0]) }
            replica.apply(rest.remove(at: chance.pick(possible)), wall: 2_000_000)
        }
        return replica
    }

    @Test(arguments: Seeds.run(150))
    func `whatever causal order change sets arrive in, the record is the same`(_ seed: UInt64) {
        var federation = RandomFederation(seed: seed)
        federation.run()
        var chance = SeededGenerator(seed: seed)
        let first = Self.replica(hearing: federation.sets, &chance)
        for _ in 0..<3 {
            let other = Self.replica(hearing: federation.sets, &chance)
            #expect(other.frontier == first.frontier)
            for record in federation.records {
                #expect(other.state(record).portable == first.state(record).portable)
                #expect(ModelView(other.view(record)) == ModelView(first.view(record)))
            }
        }
    }

    /// Every order that causality allows, of a prefix short enough to try them all.
    @Test(arguments: Seeds.run(60))
    func `all linearisations of a short history end in one state`(_ seed: UInt64) {
        var federation = RandomFederation(seed: seed)
        federation.run()
        let sets = Array(federation.sets.prefix(7))
        var ends: [RecordID: Set<PortableState>] = [:]
        var orders = 0
        func hear(_ replica: TestReplica, _ rest: [SealedSet]) {
            guard orders < 200 else { return }
            if rest.isEmpty {
                orders += 1
                for record in federation.records { ends[record, default: []].insert(replica.state(record).portable) }
            }
            for index in rest.indices where replica.canApply(rest[index]) {
                var next = replica
                next.apply(rest[index], wall: 2_000_000)
                var remaining = rest
                remaining.remove(at: index)
                hear(next, remaining)
            }
        }
        hear(TestReplica(market: Market("anhui")!, incarnation: 99, rule: TestCatalog.current), sets)
        for states in ends.values { #expect(states.count == 1, "\(orders) orders") }
    }

    @Test(arguments: Seeds.run(100))
    func `a state that was stored part by part shows the same`(_ seed: UInt64) {
        var federation = RandomFederation(seed: seed)
        federation.run()
        for node in federation.nodes {
            for record in federation.records {
                let state = node.state(record)
                let stored = RecordState(existence: state.existence.reversed(), units: state.units.reversed())
                #expect(stored == state)
                #expect(node.view(record) == RecordView(of: stored, record: record, rule: node.rule))
            }
        }
    }

    @Test func `siblings stay in the order of their entry ids, whichever came first`() {
        let stamps = (0..<5).map { index in
            EntryStamp(
                number: Int64(index), lane: index, sequence: 1, id: Digest(words: (UInt64(9 - index), 0, 0, 0)),
                market: Market("anhui")!, timeMilliseconds: Int64(index))
        }
        var state = RecordState()
        for stamp in stamps {
            let change = Change(
                kind: .create, record: TestCatalog.record("SH-1"),
                units: [UnitValues(unit: 34, values: [.integer(stamp.number)])])
            state.apply(change, by: stamp, seeing: Visibility(), kept: [])
        }
        #expect(state.siblings(of: 34).map(\.stamp.id) == stamps.map(\.id).sorted())
        #expect(state.existence.map(\.stamp.id) == stamps.map(\.id).sorted())
    }

    @Test func `visibility sees a lane up to a sequence, and nothing of lanes it was not told of`() {
        var visibility = Visibility()
        #expect(!visibility.sees(lane: 0, 1))
        visibility.see(lane: 3, upTo: 5)
        visibility.see(lane: 3, upTo: 2)
        #expect(visibility.sees(lane: 3, 5) && visibility.sees(lane: 3, 1))
        #expect(!visibility.sees(lane: 3, 6) && !visibility.sees(lane: 2, 1) && !visibility.sees(lane: 9, 1))
    }

    /// Rules 4 and 5. What is shown must be the same everywhere, also where two clocks say the same.
    @Test func `the later of two is told by time, then by market, then by id`() {
        func stamp(_ time: Int64, _ market: String, _ id: UInt64) -> EntryStamp {
            EntryStamp(
                number: 1, lane: 0, sequence: 1, id: Digest(words: (id, 0, 0, 0)), market: Market(market)!,
                timeMilliseconds: time)
        }
        let ascending = [
            stamp(1, "zhejiang", 9), stamp(2, "anhui", 8), stamp(2, "jiangsu", 1), stamp(2, "jiangsu", 2),
            stamp(2, "shanghai", 0), stamp(3, "anhui", 0),
        ]
        for (index, one) in ascending.enumerated() {
            for (place, other) in ascending.enumerated() { #expect(one.isLater(than: other) == (index > place)) }
        }
    }
}
