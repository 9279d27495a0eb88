// What counts of a closed origin, against the definition, on random trees in random orders.

import Testing

@testable import SyncCore

@Suite("Closed lanes")
struct ClosedLanesTests {
    /// A tree of entries with one predecessor each, in an order in which each stands behind its predecessor.
    private struct Tree {
        var entries: [(place: EntryPlace, parent: Int?)] = []
        var order: [Int] = []

        init(_ random: inout SeededGenerator) {
            for number in 0..<Int.random(in: 1...24, using: &random) {
                let parent = number == 0 || random.oneIn(9) ? nil : Int.random(in: 0..<number, using: &random)
                entries.append(
                    (
                        EntryPlace(
                            sequence: parent.map { entries[$0].place.sequence + 1 } ?? 1,
                            id: Digest(words: (UInt64(number) + 1, 0, 0, 0))), parent
                    ))
            }
            var left = Array(entries.indices)
            while !left.isEmpty {
                let ready = left.filter { entries[$0].parent.map { parent in !left.contains(parent) } ?? true }
                let next = ready.randomElement(using: &random)!
                order.append(next)
                left.removeAll { $0 == next }
            }
        }

        func leads(_ last: Int, to entry: Int) -> Bool {
            var next: Int? = last
            while let one = next {
                if one == entry { return true }
                next = entries[one].parent
            }
            return false
        }
    }

    @Test(arguments: Seeds.run(400))
    func `an entry counts if it leads to a last one, or may still`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tree = Tree(&random)
        let origin = Origin(market: Market("jiangsu")!, incarnation: .zero)
        let ends = Set(
            (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: tree.entries.indices, using: &random)
            })
        let closure = Closure(origin: origin, ends: ends.map { tree.entries[$0].place })
        var lanes = LaneTree()
        var ids: [[Int]: Digest] = [:]
        var laneOf: [Int: Int] = [:]
        for (count, number) in ([-1] + tree.order).enumerated() {
            if number >= 0 {
                let (place, parent) = tree.entries[number]
                let lane = lanes.laneForAppending(
                    origin, sequence: place.sequence, after: parent.map { tree.entries[$0].place.id } ?? .zero
                ) { ids[[$0, Int($1)]] }!
                ids[[lane.number, Int(place.sequence)]] = place.id
                lanes.advance(lane.number, to: place.sequence, id: place.id, context: [])
                laneOf[number] = lane.number
            }
            let applied = Set(tree.order.prefix(count))
            let closed = ClosedLanes(closure, in: lanes) { ids[[$0, Int($1)]] }
            for entry in applied {
                let place = tree.entries[entry].place
                let counts = ends.contains { end in
                    applied.contains(end)
                        ? tree.leads(end, to: entry) : place.sequence < tree.entries[end].place.sequence
                }
                #expect(closed.counts(place, on: laneOf[entry]!) == counts, "\(entry) of \(tree)")
            }
            for end in ends { #expect(closed.awaits(tree.entries[end].place) == !applied.contains(end)) }
        }
    }
}
