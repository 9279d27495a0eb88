// What the suite does to an input in libFuzzer's place: nothing clever, but the same on every machine.

import SyncCore
import SyncSimulation

/// Makes inputs out of a corpus, one after the other, from one seed.
struct Mutation {
    private let corpus: [[UInt8]]
    private let bytesMax: Int
    private var chance: SeededGenerator

    init(of corpus: [[UInt8]], bytesMax: Int, seed: UInt64) {
        self.corpus = corpus
        self.bytesMax = bytesMax
        chance = SeededGenerator(seed: seed)
    }

    /// One to four changes to the input of that index.
    mutating func next(_ index: Int) -> [UInt8] {
        var bytes = corpus[index]
        for _ in 0...chance.pick(4) { change(&bytes) }
        return Array(bytes.prefix(bytesMax))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = chance.bytes(1 + chance.pick(8))
            return
        }
        let place = chance.pick(bytes.count)
        switch chance.pick(11) {
        case 0: bytes[place] ^= 1 << UInt8(chance.pick(8))
        case 1: bytes[place] = chance.pick(from: [0, 1, 0x20, 0x2E, 0x30, 0x5B, 0x7F, 0x80, 0xFF])
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + chance.pick(8)))
        case 4: bytes.insert(contentsOf: chance.bytes(1 + chance.pick(4)), at: place)
        case 5: bytes.insert(contentsOf: piece(of: bytes), at: place)
        case 6: bytes.replaceSubrange(place..., with: piece(of: chance.pick(from: corpus)))
        case 7: bytes.insert(contentsOf: piece(of: chance.pick(from: corpus)), at: place)
        case 8: overwriteNumber(&bytes, at: place)
        case 9: bytes.replaceSubrange(place...place, with: varint())
        // The same number with a byte more than it needs.
        default: bytes.replaceSubrange(place...place, with: [bytes[place] | 0x80, 0])
        }
    }

    /// What a count, a unit or a length may be at most in one place is too much in another.
    private mutating func varint() -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(
            chance.pick(from: [62, 63, 64, 255, 256, 300, 1_024, 4_097, 1 << 16, 1 << 32, Limits.counterMax]))
        return writer.bytes
    }

    private mutating func piece(of bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        let start = chance.pick(bytes.count)
        return Array(bytes[start..<min(bytes.count, start + 1 + chance.pick(64))])
    }

    /// A length, a count or a sequence may stand anywhere: two, four or eight bytes of a number that is one too many.
    private mutating func overwriteNumber(_ bytes: inout [UInt8], at place: Int) {
        let numbers: [UInt64] = [
            0, 1, UInt64(bytes.count), UInt64(bytes.count) - 1, 0x7F, 0x80, 0xFFFF, 1 << 16, 1 << 31, .max >> 32,
            Limits.counterMax, Limits.counterMax + 1, 1 << 63, .max,
        ]
        let number = chance.pick(from: numbers).bigEndianBytes.suffix(chance.pick(from: [2, 4, 8]))
        let end = min(bytes.count, place + number.count)
        bytes.replaceSubrange(place..<end, with: number.prefix(end - place))
    }
}
