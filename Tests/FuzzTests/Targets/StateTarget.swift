// A record's siblings in the replica's own file: no peer writes it, but a disk can.

import SyncSimulation

@testable import ReplicaStore
@testable import SyncCore

extension FuzzTarget {
    static let state = FuzzTarget(
        "state", inputBytesMax: 512, memory: MemoryLimit(fixedBytes: 64 << 10, bytesPerInputByte: 512),
        samples: { wireSamples(16) { chance in RecordStateCoding.encode(sample(&chance), isShown: false, rule: nil) } },
        attack: { bytes in
            guard let state = try? decoded(bytes) else { return }
            let stored = RecordStateCoding.encode(state, isShown: false, rule: nil)
            let again = RecordStateCoding.encode(try decoded(stored), isShown: false, rule: nil)
            try hold(again == stored, "what is stored as \(stored.hex) is read and stored as \(again.hex)")
        })

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
