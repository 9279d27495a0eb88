// How a batch is cut: never within a group, never larger than a change set, and to the same effect.

import Testing

@testable import SyncCore

@Suite("Portions of a batch")
struct PortionsTests {
    /// A batch of entries with so many ops each; `+` marks one whose group goes on.
    private static func batch(_ sizes: [(ops: Int, continues: Bool)], bytesPerOp: Int = 1) -> Batch {
        var log = OriginLog("shanghai")
        for size in sizes { log.append(continues: size.continues) }
        return Batch(
            entries: zip(log.entries, sizes).map { verified, size in
                var header = verified.header
                header.opCount = UInt32(size.ops)
                header.payloadBytes = UInt64(size.ops * bytesPerOp)
                return Entry(
                    header: header, signatures: verified.entry.signatures, context: verified.entry.context,
                    ops: verified.entry.ops)
            })
    }

    private static func cut(_ sizes: [(Int, Bool)], bytesPerOp: Int = 1) -> [[Int]] {
        let batch = batch(sizes.map { (ops: $0.0, continues: $0.1) }, bytesPerOp: bytesPerOp)
        let portions = batch.portions()
        #expect(portions.flatMap(\.entries) == batch.entries)
        return portions.map { $0.entries.map { Int($0.header.opCount) } }
    }

    @Test func `a portion has room for as many ops as a change set may have, and for one more it has not`() {
        #expect(Limits.opsPerChangeSet == 4_096)
        #expect(Self.cut([(4_000, false), (95, false)]) == [[4_000, 95]])
        #expect(Self.cut([(4_000, false), (96, false)]) == [[4_000, 96]])
        #expect(Self.cut([(4_000, false), (97, false)]) == [[4_000], [97]])
        #expect(Self.cut([(4_096, false), (4_096, false), (1, false), (1, false)]) == [[4_096], [4_096], [1, 1]])
    }

    @Test func `it has room for as many bytes`() {
        let half = Limits.payloadBytes / 4_096 / 2
        #expect(Self.cut([(4_000, false), (96, false)], bytesPerOp: 2 * half) == [[4_000, 96]])
        #expect(Self.cut([(4_000, false), (96, false)], bytesPerOp: 2 * half + 1) == [[4_000], [96]])
    }

    @Test func `a group is never cut, however large`() {
        #expect(Self.cut([(4_096, true), (4_096, true), (9, false), (1, false)]) == [[4_096, 4_096, 9], [1]])
        #expect(Self.cut([(1, false), (4_095, true), (1, false)]) == [[1], [4_095, 1]])
        #expect(Self.cut([(1, false), (4_094, true), (1, false)]) == [[1, 4_094, 1]])
    }

    @Test func `a group without its end waits, with the last portion`() {
        #expect(Self.cut([(4_096, false), (4_096, true)]) == [[4_096, 4_096]])
        #expect(Self.cut([(4_096, false), (4_096, false), (4_096, true)]) == [[4_096], [4_096, 4_096]])
        #expect(Self.cut([]) == [[]], "who applies nothing seals all the same")
    }

    /// Batches that are shuffled, cut and doubled, by whoever relays them.
    @Test(arguments: Seeds.run(300))
    func `to apply the portions one after another is to apply the batch`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var batch = RandomLogs.history(&chance)
        for _ in 0..<chance.below(4) where batch.count > 1 {
            switch chance.below(3) {
            case 0: batch.remove(at: chance.below(batch.count))
            case 1: batch.swapAt(chance.below(batch.count), chance.below(batch.count))
            default: batch.append(chance.pick(batch))
            }
        }
        let verified = Dictionary(batch.map { ($0.entry, $0) }) { first, _ in first }
        let whole = Admission(of: batch, knowledge: AppliedLog().knowledge)
        var applied = AppliedLog()
        var waiting: [VerifiedEntry] = []
        for portion in Batch(entries: batch.map(\.entry)).portions(opsMax: 1 + chance.below(3)) {
            let admission = Admission(of: portion.entries.map { verified[$0]! }, knowledge: applied.knowledge)
            for entry in admission.admitted { applied.apply(entry) }
            waiting += admission.waiting.map(\.entry)
        }
        #expect(applied.order == whole.admitted)
        #expect(waiting == whole.waiting.map(\.entry))
    }
}
