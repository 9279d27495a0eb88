// A decoder never traps: a Swift trap is a remote crash. Random bytes, and valid bytes with a few of them changed, go
// into every decoder; what decodes must encode to the very same bytes.

import Testing

@testable import SyncCore

@Suite("Decoders take anything")
struct DecoderRobustnessTests {
    /// Every decoder of the module, each checking that what it takes is canonical.
    private static func feed(_ bytes: [UInt8]) {
        check(bytes) { () throws(DecodeError) in try Entry(decoding: bytes).encoded() }
        check(bytes) { () throws(DecodeError) in try Batch(decoding: bytes).encoded() }
        check(bytes) { () throws(DecodeError) in try Context(decoding: bytes).encoded() }
        check(bytes) { () throws(DecodeError) in try Frontier(decoding: bytes).encoded() }
        check(bytes) { () throws(DecodeError) in try PullRequest(decoding: bytes).encoded() }
        check(bytes) { () throws(DecodeError) in try HeadsReply(decoding: bytes).encoded() }
        check(bytes) { () throws(DecodeError) in
            Array(try ExchangeFrame(decodingPayload: bytes).encoded().dropFirst(4))
        }
        check(bytes) { () throws(DecodeError) in
            try ByteReader.decode(bytes) { reader throws(DecodeError) in
                var writer = ByteWriter()
                try EntryHead(from: &reader).encode(to: &writer)
                return writer.bytes
            }
        }
        check(bytes) { () throws(DecodeError) in
            try ByteReader.decode(bytes) { reader throws(DecodeError) in
                var writer = ByteWriter()
                try FieldValue(from: &reader).encode(to: &writer)
                return writer.bytes
            }
        }
        for kind in [ChangeKind.create, .update, .delete, .keep] {
            check([kind.rawValue] + bytes) { () throws(DecodeError) in
                try ByteReader.decode(bytes) { reader throws(DecodeError) in
                    try Change(kind: kind, from: &reader).encoded()
                }
            }
        }
        check([16] + bytes) { () throws(DecodeError) in
            try ByteReader.decode(bytes) { reader throws(DecodeError) in try Note(from: &reader).encoded() }
        }
    }

    private static func check(_ bytes: [UInt8], _ recode: () throws(DecodeError) -> [UInt8]) {
        if let recoded = try? recode() { #expect(recoded == bytes) }
    }

    /// Opens an entry the way a receiver does, however wrong it is.
    private static func open(_ entry: Entry) {
        _ = entry.bindingFault(.forTests)
        guard let changeSet = try? ChangeSet(decoding: entry) else { return }
        _ = changeSet.fits(Schema(catalogHash: .zero, records: [TestCatalog.current]))
        for change in changeSet.changes {
            #expect(change.note == 0 || changeSet.note(of: change) != nil)
            for keep in change.keeps where keep.row > 0 {
                #expect(changeSet.context.frontier.rows[keep.row - 1].sequence >= keep.sequence)
            }
        }
    }

    private static func mutated(_ bytes: [UInt8], _ chance: inout SeededGenerator) -> [UInt8] {
        guard !bytes.isEmpty else { return chance.bytes(1) }
        var bytes = bytes
        for _ in 0...chance.below(3) {
            let index = chance.below(bytes.count)
            switch chance.below(7) {
            case 0: bytes[index] ^= 1 << UInt8(chance.below(8))
            case 1: bytes[index] = chance.pick([0, 1, 0x7F, 0x80, 0xFF])
            case 2: bytes.insert(chance.bytes(1)[0], at: index)
            case 3 where bytes.count > 1: bytes.remove(at: index)
            case 4: bytes.replaceSubrange(index..., with: Array(repeating: 0xFF, count: min(9, bytes.count - index)))
            case 5: bytes += chance.bytes(chance.below(4))
            default: bytes[index] = chance.bytes(1)[0]
            }
        }
        return bytes
    }

    @Test(arguments: Seeds.run(400))
    func `random bytes are refused or canonical, and trap nobody`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            var bytes = chance.bytes(chance.below(chance.pick([4, 40, 400])))
            // Half of them small numbers, so that counts and lengths come true more often.
            if chance.oneIn(2) { bytes = bytes.map { $0 % 5 } }
            Self.feed(bytes)
        }
    }

    @Test(arguments: Seeds.run(600))
    func `valid bytes with a few changed are refused or canonical, and trap nobody`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let entry = chance.entry()
        let context = chance.context()
        var encodings = [
            entry.encoded(), context.encoded(), context.frontier.encoded(), Batch(entries: [entry]).encoded(),
            PullRequest(frontier: context.frontier, held: [chance.origin()]).encoded(), chance.note().encoded(),
            HeadsReply(
                frontier: context.frontier,
                heads: [EntryHead(header: entry.header, signatures: entry.signatures)]
            ).encoded(),
        ]
        let record = RecordID(type: "agency", key: "AG-1")
        let change = chance.change(record, notes: 2, sequence: 9, rows: context.frontier.rows)
        encodings.append(Array(change.encoded().dropFirst()))
        encodings.append(
            Array(ExchangeFrame.end(more: true, frontier: context.frontier).encoded().dropFirst(4)))
        for encoding in encodings { Self.feed(Self.mutated(encoding, &chance)) }

        // An authentic author may put anything under its signature: mutate what stands behind a true header.
        for _ in 0..<6 {
            let broken = Entry(
                header: entry.header, signatures: entry.signatures,
                context: chance.oneIn(3) ? Self.mutated(entry.context, &chance) : entry.context,
                ops: Self.mutated(entry.ops, &chance))
            Self.open(broken)
            Self.open(Self.withOpMutated(entry, &chance))
        }
    }

    /// One op changed, its length prefix and the header's count true again.
    private static func withOpMutated(_ entry: Entry, _ chance: inout SeededGenerator) -> Entry {
        var ops = try! entry.opRanges().map { Array(entry.ops[$0]) }
        let index = chance.below(ops.count)
        ops[index] = mutated(ops[index], &chance)
        let encoded = EncodedOps(notes: [], changes: ops, suite: entry.header.suite, .forTests)
        var header = entry.header
        header.opsRoot = encoded.root
        header.payloadBytes = UInt64(encoded.payloadBytes)
        return Entry(header: header, signatures: entry.signatures, context: entry.context, ops: encoded.framed)
    }

    @Test func `every prefix of a valid entry is truncated`() {
        var chance = SeededGenerator(seed: 3)
        let bytes = chance.entry().encoded()
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try Entry(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: DecodeError.trailing(at: bytes.count)) { try Entry(decoding: bytes + [0]) }
    }
}
