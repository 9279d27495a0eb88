// Whatever is encoded decodes to itself, and whatever decodes encodes to the same bytes.

import Testing

@testable import SyncCore

@Suite("Encode and decode are inverse")
struct RoundTripTests {
    @Test(arguments: Seeds.run(300))
    func `an entry and its change set survive the wire`(_ seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let entry = chance.entry()
        let decoded = try Entry(decoding: entry.encoded())
        #expect(decoded == entry)
        let changeSet = try ChangeSet(decoding: decoded)
        #expect(changeSet.context.encoded() == entry.context)
        let ops = EncodedOps(
            notes: changeSet.notes, changes: changeSet.changes.map { $0.encoded() }, suite: entry.header.suite,
            .forTests)
        #expect(ops.framed == entry.ops && ops.root == entry.header.opsRoot)
        #expect(ops.count == Int(entry.header.opCount) && ops.payloadBytes == Int(entry.header.payloadBytes))
    }

    @Test(arguments: Seeds.run(100))
    func `every message of the exchange survives the wire`(_ seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let batch = Batch(entries: (0..<chance.below(4)).map { _ in chance.entry() })
        #expect(try Batch(decoding: batch.encoded()) == batch)
        let request = PullRequest(
            frontier: chance.frontier(chance.below(5)), held: Set((0..<chance.below(4)).map { _ in chance.origin() }))
        #expect(try PullRequest(decoding: request.encoded()) == request)
        let heads = (0..<chance.below(4)).map { _ in
            let entry = chance.entry()
            return EntryHead(header: entry.header, signatures: entry.signatures)
        }
        let reply = HeadsReply(frontier: chance.frontier(chance.below(5)), heads: heads)
        #expect(try HeadsReply(decoding: reply.encoded()) == reply)
        for frame in [
            ExchangeFrame.batch(rawLength: chance.below(Limits.batchRawBytesTaken + 1), zstd: chance.bytes(9)),
            .end(more: chance.oneIn(2), frontier: request.frontier), .forkProof(chance.bytes(chance.below(9))),
        ] {
            #expect(try ExchangeFrame(decodingPayload: Array(frame.encoded().dropFirst(4))) == frame)
        }
    }
}
