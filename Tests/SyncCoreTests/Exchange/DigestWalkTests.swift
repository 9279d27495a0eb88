// The walk from two digests that differ to the records behind them: it finds exactly those, and asks for little.

import Testing

@testable import SyncCore

@Suite("Digest walk")
struct DigestWalkTests {
    /// A side's records: digest by the first three bytes of the record hash.
    private struct Tree {
        var leaves: [[UInt8]: Digest] = [:]
        /// Buckets whose kept sum is wrong.
        var falseBuckets: Set<UInt8> = []

        func children(below prefix: [UInt8]) -> [Digest] {
            var sums = Array(repeating: DigestSum(), count: 256)
            for (path, digest) in leaves where path.starts(with: prefix) { sums[Int(path[prefix.count])].add(digest) }
            if prefix.isEmpty {
                for bucket in falseBuckets { sums[Int(bucket)].add(Digest(words: (0, 0, 0, 1))) }
            }
            return sums.map(\.value)
        }
    }

    private struct Outcome {
        var asked: [[UInt8]] = []
        var found: [DigestWalk.Leaf] = []
        var falseSums: [DigestWalk.FalseSum] = []
    }

    private func walk(_ here: Tree, _ there: Tree) -> Outcome {
        var walk = DigestWalk()
        var outcome = Outcome()
        while let prefix = walk.next {
            outcome.asked.append(prefix)
            outcome.found += walk.take(mine: here.children(below: prefix), theirs: there.children(below: prefix))
        }
        outcome.falseSums = walk.falseSums
        return outcome
    }

    private func digest(_ number: UInt64) -> Digest { Digest(words: (number, ~number, number &* 0x9E37_79B9, 7)) }

    @Test func `equal sides are asked once`() {
        let tree = Tree(leaves: [[1, 2, 3]: digest(1), [9, 9, 9]: digest(2)])
        let outcome = walk(tree, tree)
        #expect(outcome.asked == [[]])
        #expect(outcome.found.isEmpty && outcome.falseSums.isEmpty)
    }

    @Test func `one record that differs is reached in three steps`() {
        let here = Tree(leaves: [[1, 2, 3]: digest(1), [1, 2, 4]: digest(2), [200, 0, 255]: digest(3)])
        var there = here
        there.leaves[[1, 2, 4]] = digest(4)
        let outcome = walk(here, there)
        #expect(outcome.asked == [[], [1], [1, 2]])
        #expect(outcome.found == [DigestWalk.Leaf(prefix: [1, 2, 4], mine: digest(2), theirs: digest(4))])
    }

    @Test func `a record that one side lacks is found on either side, its sum there being zero`() {
        let whole = Tree(leaves: [[5, 6, 7]: digest(1), [5, 6, 8]: digest(2)])
        let lacking = Tree(leaves: [[5, 6, 8]: digest(2)])
        #expect(walk(whole, lacking).found == [DigestWalk.Leaf(prefix: [5, 6, 7], mine: digest(1), theirs: .zero)])
        #expect(walk(lacking, whole).found == [DigestWalk.Leaf(prefix: [5, 6, 7], mine: .zero, theirs: digest(1))])
    }

    @Test func `a kept sum that is not its records' is told from records that differ`() {
        let here = Tree(leaves: [[5, 6, 7]: digest(1)])
        let there = Tree(leaves: here.leaves, falseBuckets: [5])
        #expect(walk(here, there).found.isEmpty)
        #expect(walk(here, there).falseSums == [DigestWalk.FalseSum(prefix: [5], side: .there)])
        #expect(walk(there, here).falseSums == [DigestWalk.FalseSum(prefix: [5], side: .here)])
        #expect(walk(there, there).asked == [[]], "both are wrong in the same way: nothing differs")
    }

    @Test(arguments: UInt64(0)..<64)
    func `it finds every leaf that differs and no other, ascending, whatever the two sides hold`(_ seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        var here = Tree()
        for _ in 0..<random(300) {
            here.leaves[[UInt8(random(256)), UInt8(random(4)), UInt8(random(4))]] = digest(random(1 << 60))
        }
        var there = here
        for _ in 0..<random(40) {
            let path = [UInt8(random(256)), UInt8(random(4)), UInt8(random(4))]
            there.leaves[path] = random(3) == 0 ? nil : digest(random(1 << 60))
        }
        let differing = Set(here.leaves.keys).union(there.leaves.keys)
            .filter { here.leaves[$0] ?? .zero != there.leaves[$0] ?? .zero }
            .sorted { $0.lexicographicallyPrecedes($1) }
        let outcome = walk(here, there)
        #expect(outcome.found.map(\.prefix) == differing)
        #expect(outcome.falseSums.isEmpty)
        #expect(outcome.asked.count <= 1 + 2 * differing.count)
    }
}
