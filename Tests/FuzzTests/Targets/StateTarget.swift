// A record's siblings in the replica's own file: no peer writes it, but a disk can.

import SyncSimulation

@testable import ReplicaStore
@testable import SyncCore

extension FuzzTarget {
    static let state = FuzzTarget(
        "state", inputBytesMax: 512, memory: MemoryLimit(fixedBytes: 64 << 10, bytesPerInputByte: 512),
        samples: { wireSamples(16) { chance in RecordStateCoding.encode(sample(&chance), isShown: false, rule: nil) } },
        attack: { bytes in
            guard let state = try? decoded(bytes), isOrdered(state) else { return }
            let again = try decoded(RecordStateCoding.encode(state, isShown: false, rule: nil))
            try hold(again == state, "\(state) is stored and read as \(again)")
        })

    /// No entry stands twice in a true state; what is done with another is `verify`'s affair.
    private static func isOrdered(_ state: RecordState) -> Bool {
        zip(state.existence, state.existence.dropFirst()).allSatisfy { $0.stamp.id < $1.stamp.id }
    }

    private static func decoded(_ bytes: [UInt8]) throws -> RecordState {
        try RecordStateCoding.decode(bytes, stamp: { stamp($0) }, rowValues: { _, _ in [.text("of the row")] })
    }

    private static func stamp(_ number: Int64) -> EntryStamp {
        let id = Digest(words: (UInt64(bitPattern: number), 0, 0, 0))
        return EntryStamp(
            number: number, lane: 0, sequence: 1, id: id, market: Market("shanghai")!, timeMilliseconds: number)
    }

    private static func sample(_ chance: inout SeededGenerator) -> RecordState {
        let existence = (0..<chance.pick(3)).map { index in
            ExistenceSibling(stamp: stamp(Int64(index + 1)), isPresent: chance.pick(2) == 0)
        }
        let deletes = existence.filter { !$0.isPresent }.map(\.stamp.id)
        let units = (1...(1 + chance.pick(3))).map { number in
            let siblings = (0...chance.pick(2)).map { index in
                Sibling(stamp: stamp(Int64(7 + index)), values: [chance.value(), chance.value()], deletedBy: deletes)
            }
            return RecordState.UnitSiblings(unit: UnitNumber(number * 20), siblings: siblings)
        }
        return RecordState(existence: existence, units: units)
    }
}
