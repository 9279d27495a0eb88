// A few kilobytes may inflate to the largest batch that is taken: what that may cost is a limit too.

import AllocationMeter
import SyncCore
import SyncSimulation
import Testing

@testable import PeerTransport

@Suite("The largest batches")
struct LargestBatchTests {
    /// Nothing signed: a batch is decoded before anyone looks at a signature.
    private func entry(opBytes: Int) -> Entry {
        var chance = SeededGenerator(seed: 1)
        let sample = chance.entry()
        var header = sample.header
        header.opCount = 1
        header.payloadBytes = UInt64(opBytes)
        var ops = ByteWriter()
        ops.framed([UInt8](repeating: 7, count: opBytes))
        return Entry(header: header, signatures: sample.signatures, context: [], ops: ops.bytes)
    }

    /// The most that decoding a pushed batch holds, the body not counted.
    private func peak(_ entries: [Entry]) throws -> Int {
        let body = BatchCoding.frame(Batch(entries: entries)).encoded()
        #expect(body.count < 16 << 10, "it is not small on the wire, with \(body.count) bytes")
        allocation_meter_start()
        defer { _ = allocation_meter_stop() }
        #expect(try BatchCoding.batch(fromPushBody: body).entries.count == entries.count)
        return allocation_meter_stop()
    }

    /// The inflated bytes, and the entries cut out of them.
    @Test func `a batch of few large entries is held twice while it is decoded`() throws {
        let entries = Array(repeating: entry(opBytes: (8 << 20) - 4_096), count: 5)
        #expect(try peak(entries) <= 2 * Limits.batchRawBytesTaken + (1 << 20))
    }

    /// Each of them is four small blocks in memory.
    @Test func `a batch of the most entries costs no more`() throws {
        let entries = Array(repeating: entry(opBytes: 1), count: Limits.batchEntries)
        #expect(try peak(entries) <= 2 * Limits.batchRawBytesTaken + (8 << 20))
    }

    @Test func `one entry more is refused before anything is made of it`() throws {
        var writer = ByteWriter()
        writer.integer(UInt32(Limits.batchEntries + 1))
        #expect(throws: DecodeError.overLimit("batch entries", at: 0)) { try Batch(decoding: writer.bytes) }
    }
}
