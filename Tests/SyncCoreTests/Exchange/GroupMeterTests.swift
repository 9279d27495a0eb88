// One instant's changes become change sets and groups that no receiver refuses.

import Testing

@testable import SyncCore

@Suite("Group meter")
struct GroupMeterTests {
    private struct Filled {
        var sets: [[Int]] = []
        /// Whether the set's group goes on.
        var continues: [Bool] = []
    }

    private static func fill(_ sizes: [Int], notes: Int = 0, noteBytes: Int = 0, _ bounds: GroupMeter.Bounds) -> Filled
    {
        var meter = GroupMeter(notesPerSet: notes, noteBytes: noteBytes, bounds: bounds)
        var filled = Filled(sets: [[]], continues: [])
        for size in sizes {
            if meter.mustCloseSet(before: size) {
                filled.continues.append(meter.closeSet())
                filled.sets.append([])
            }
            meter.add(changeBytes: size)
            filled.sets[filled.sets.count - 1].append(size)
        }
        filled.continues.append(false)
        return filled
    }

    private static func bounds(ops: Int, bytes: Int, groupChanges: Int, groupBytes: Int) -> GroupMeter.Bounds {
        var bounds = GroupMeter.Bounds()
        bounds.opsPerSet = ops
        bounds.bytesPerSet = bytes
        bounds.changesPerGroup = groupChanges
        bounds.bytesPerGroup = groupBytes
        return bounds
    }

    @Test(arguments: Seeds.run(300))
    func `no change set and no group is over a limit, nothing is lost, nothing is split without need`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let bounds = Self.bounds(
            ops: 3 + chance.below(6), bytes: 100 + chance.below(100), groupChanges: 12 + chance.below(20),
            groupBytes: 300 + chance.below(400))
        let notes = chance.below(3)
        let noteBytes = notes * chance.below(10)
        let sizes = (0..<chance.below(120)).map { _ in 1 + chance.below(chance.oneIn(3) ? 60 : 8) }
        let filled = Self.fill(sizes, notes: notes, noteBytes: noteBytes, bounds)
        #expect(filled.sets.flatMap(\.self) == sizes)
        var group: [[Int]] = []
        for (index, set) in filled.sets.enumerated() {
            #expect(set.count + notes <= bounds.opsPerSet)
            #expect(set.reduce(noteBytes, +) <= bounds.bytesPerSet)
            if index + 1 < filled.sets.count {
                let next = filled.sets[index + 1][0]
                #expect(set.count + notes == bounds.opsPerSet || set.reduce(noteBytes, +) + next > bounds.bytesPerSet)
            }
            group.append(set)
            guard !filled.continues[index] else { continue }
            #expect(group.map { $0.count + notes }.reduce(0, +) <= bounds.changesPerGroup || group.count == 1)
            #expect(group.map { $0.reduce(noteBytes, +) }.reduce(0, +) <= bounds.bytesPerGroup || group.count == 1)
            group = []
        }
        #expect(group.isEmpty)
    }

    @Test(arguments: [(4_095, 1), (4_096, 1), (4_097, 2)])
    func `a change set holds 4096 changes`(_ changes: Int, _ sets: Int) {
        #expect(Self.fill(Array(repeating: 1, count: changes), GroupMeter.Bounds()).sets.count == sets)
    }

    @Test func `a note takes the place of a change, and its bytes count`() {
        #expect(Self.fill(Array(repeating: 1, count: 4_095), notes: 1, GroupMeter.Bounds()).sets.count == 1)
        #expect(Self.fill(Array(repeating: 1, count: 4_096), notes: 1, GroupMeter.Bounds()).sets.count == 2)
        let changes = Array(repeating: 256 << 10, count: 32)
        #expect(Self.fill(changes, GroupMeter.Bounds()).sets.count == 1)
        #expect(Self.fill(changes, notes: 1, noteBytes: 1, GroupMeter.Bounds()).sets.count == 2)
    }

    /// A new incarnation's first seal: its note stands in every change set, and two of them end by their bytes.
    @Test func `the notes of every change set count in the group`() {
        let tail = Limits.payloadBytes - 2_094 * 4_004
        let sizes =
            Array(repeating: 4_194, count: 2_000) + Array(repeating: 4_004, count: 2_094) + [tail]
            + Array(repeating: 1, count: 15 * 4_095)
        let filled = Self.fill(sizes, notes: 1, GroupMeter.Bounds())
        #expect(filled.sets.map(\.count) == [2_000, 2_095] + Array(repeating: 4_095, count: 15))
        // All seventeen together would be 65,537 ops.
        #expect(filled.continues == Array(repeating: true, count: 15) + [false, false])
    }

    @Test(arguments: [(65_535, 1), (65_536, 1), (65_537, 2)])
    func `a group holds 65536 changes`(_ changes: Int, _ groups: Int) {
        let filled = Self.fill(Array(repeating: 1, count: changes), GroupMeter.Bounds())
        #expect(filled.continues.count(where: { !$0 }) == groups)
    }

    @Test(arguments: [(127, 1), (128, 1), (129, 2)])
    func `a group holds 32 MiB`(_ changes: Int, _ groups: Int) {
        let filled = Self.fill(Array(repeating: 256 << 10, count: changes), GroupMeter.Bounds())
        #expect(filled.continues.count(where: { !$0 }) == groups)
    }
}
