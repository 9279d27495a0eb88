// Headers, entries, contexts, batches and the messages of the exchange: every limit at n-1, n and n+1.

import Testing

@testable import SyncCore

@Suite("Entries and messages on the wire")
struct EntryWireTests {
    private static func code<Value>(_ body: () throws(DecodeError) -> Value) -> String? {
        do throws(DecodeError) {
            _ = try body()
            return nil
        } catch {
            return error.code
        }
    }

    private static let header = EnvelopeHeader(
        suite: .ed25519SHA256, groupContinues: false, federation: .zero,
        origin: Origin(market: Market("shanghai")!, incarnation: .zero), sequence: 2, trustRootVersion: 0,
        timeMilliseconds: 0, opCount: 1, payloadBytes: 0, previous: Digest(words: (1, 2, 3, 4)), opsRoot: .zero,
        contextHash: .zero, keyID: .zero)

    private static func refusal(_ mutate: (inout EnvelopeHeader) -> Void) -> String? {
        var header = header
        mutate(&header)
        return refusal(of: header.encoded())
    }

    private static func refusal(of bytes: [UInt8]) -> String? {
        code { () throws(DecodeError) in
            let header = try ByteReader.decode(bytes) { reader throws(DecodeError) in
                try EnvelopeHeader(from: &reader)
            }
            #expect(header.encoded() == bytes)
        }
    }

    @Test func `a header has 240 bytes`() {
        let bytes = Self.header.encoded()
        #expect(bytes.count == 240)
        #expect(Self.refusal(of: bytes) == nil)
        #expect(Self.refusal(of: bytes.dropLast()) == "truncated")
        #expect(Self.refusal(of: bytes + [0]) == "trailing_bytes")
    }

    @Test func `magic, flags, reserved bytes, header length and encoding are exact`() {
        let bytes = Self.header.encoded()
        for offset in Array(0..<8) + [8] + Array(10..<16) + Array(92..<96) + Array(232..<240) {
            for bit in 0..<8 {
                var broken = bytes
                broken[offset] ^= 1 << bit
                if offset == 8 && bit < 2 { continue }
                #expect(Self.refusal(of: broken) == "malformed", "byte \(offset) bit \(bit)")
            }
        }
        for flags in UInt8(2)...255 {
            var broken = bytes
            broken[9] = flags
            #expect(Self.refusal(of: broken) == "malformed")
        }
    }

    @Test(arguments: [(1 << 53 - 2, nil), (1 << 53 - 1, nil), (1 << 53, "over_limit")] as [(UInt64, String?)])
    func `sequence, trust root version and time stay below 2 to the 53`(_ value: UInt64, _ refusal: String?) {
        #expect(Self.refusal { $0.sequence = value } == refusal)
        #expect(Self.refusal { $0.trustRootVersion = value } == refusal)
        #expect(Self.refusal { $0.timeMilliseconds = Int64(value) } == refusal)
    }

    @Test func `the extremes of 64 bits are refused and trap nobody`() {
        #expect(Self.refusal { $0.sequence = .max } == "over_limit")
        #expect(Self.refusal { $0.trustRootVersion = .max } == "over_limit")
        #expect(Self.refusal { $0.timeMilliseconds = .max } == "over_limit")
        #expect(Self.refusal { $0.timeMilliseconds = .min } == "malformed")
        #expect(Self.refusal { $0.timeMilliseconds = -1 } == "malformed")
        #expect(Self.refusal { $0.payloadBytes = .max } == "over_limit")
        #expect(Self.refusal { $0.opCount = .max } == "over_limit")
    }

    @Test(
        arguments: [(0, "malformed"), (1, nil), (4_095, nil), (4_096, nil), (4_097, "over_limit")]
            as [(UInt32, String?)])
    func `a change set has 1 to 4096 ops`(_ count: UInt32, _ refusal: String?) {
        #expect(Self.refusal { $0.opCount = count } == refusal)
    }

    @Test(arguments: [(8 << 20 - 1, nil), (8 << 20, nil), (8 << 20 + 1, "over_limit")] as [(UInt64, String?)])
    func `a payload has at most 8 MiB`(_ bytes: UInt64, _ refusal: String?) {
        #expect(Self.refusal { $0.payloadBytes = bytes } == refusal)
    }

    @Test func `sequence numbers begin at 1, and only the first entry has no predecessor`() {
        #expect(Self.refusal { $0.sequence = 0 } == "malformed")
        #expect(Self.refusal { $0.sequence = 1 } == "malformed")
        #expect(Self.refusal { $0.previous = .zero } == "malformed")
        #expect(
            Self.refusal {
                $0.sequence = 1
                $0.previous = .zero
            } == nil)
    }

    @Test func `what is signed is DSSE's encoding of type and header`() {
        let encoding = preAuthenticationEncoding(.changeSet, Self.header.encoded())
        #expect(encoding.starts(with: Array("DSSEv1 47 application/vnd.yrd-techmarket.changeset.v1+bin 240 ".utf8)))
        #expect(encoding.count == 302)
        #expect(encoding.suffix(240).elementsEqual(Self.header.encoded()))
    }

    @Test(
        arguments: [(0, "malformed"), (1, nil), (2, nil), (3, "malformed"), (4, "malformed"), (5, "over_limit")]
            as [(Int, String?)])
    func `an entry has one to four signatures, of ascending suites`(_ count: Int, _ refusal: String?) {
        // Of the two suites that exist, at most two records can ascend.
        let suites: [UInt8] = [1, 2, 2, 2, 2]
        var writer = ByteWriter()
        writer.byte(UInt8(count))
        for suite in suites.prefix(count) {
            writer.byte(suite)
            writer.raw(Array(repeating: 0, count: 96))
        }
        #expect(
            Self.code { () throws(DecodeError) in
                _ = try ByteReader.decode(writer.bytes) { reader throws(DecodeError) in
                    try SignatureRecord.decodeList(from: &reader)
                }
            } == refusal)
    }

    private static func frontierBytes(_ count: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.integer(UInt16(count))
        for index in 0..<count {
            writer.raw(Array(repeating: 0, count: 24))
            writer.integer(UInt64(index))
            writer.integer(UInt64(1))
            writer.id(.zero)
        }
        return writer.bytes
    }

    @Test(
        arguments: [(0, nil), (1, nil), (1_023, nil), (1_024, nil), (1_025, "over_limit"), (65_535, "over_limit")]
            as [(Int, String?)])
    func `a frontier has at most 1024 rows`(_ count: Int, _ refusal: String?) {
        let bytes = Self.frontierBytes(count)
        let code = Self.code { () throws(DecodeError) in
            let frontier = try Frontier(decoding: bytes)
            #expect(frontier.rows.count == count && frontier.encoded() == bytes)
        }
        #expect(code == refusal)
        let context = [1] + Array(repeating: 0, count: 32) + bytes
        #expect(context.count <= Limits.contextBytes || refusal != nil)
        #expect(Self.code { () throws(DecodeError) in try Context(decoding: context) } == refusal)
    }

    @Test func `a frontier's rows ascend, and their sequences begin at 1 and stay below 2 to the 53`() {
        func bytes(_ rows: [(UInt8, UInt64, UInt8)]) -> [UInt8] {
            var writer = ByteWriter()
            writer.integer(UInt16(rows.count))
            for (origin, sequence, id) in rows {
                writer.raw(Array(repeating: origin, count: 32))
                writer.integer(sequence)
                writer.raw(Array(repeating: id, count: 16))
            }
            return writer.bytes
        }
        func refusal(_ rows: [(UInt8, UInt64, UInt8)]) -> String? {
            Self.code { () throws(DecodeError) in try Frontier(decoding: bytes(rows)) }
        }
        #expect(refusal([(1, 1, 0), (2, 1, 0)]) == nil)
        // Two branches of one origin.
        #expect(refusal([(1, 1, 0), (1, 1, 1), (1, 2, 0)]) == nil)
        #expect(refusal([(1, 1, 0), (1, 1, 0)]) == "malformed")
        #expect(refusal([(2, 1, 0), (1, 1, 0)]) == "malformed")
        #expect(refusal([(1, 0, 0)]) == "malformed")
        #expect(refusal([(1, 1 << 53 - 1, 0)]) == nil)
        #expect(refusal([(1, 1 << 53, 0)]) == "over_limit")
    }

    @Test func `a context is of version 1`() {
        let bytes = Array(repeating: 0, count: 32) + Self.frontierBytes(0)
        #expect(Self.code { () throws(DecodeError) in try Context(decoding: [1] + bytes) } == nil)
        #expect(Self.code { () throws(DecodeError) in try Context(decoding: [0] + bytes) } == "malformed")
        #expect(Self.code { () throws(DecodeError) in try Context(decoding: [2] + bytes) } == "malformed")
    }

    @Test(arguments: [(57_378, nil), (57_379, nil), (57_380, "over_limit")] as [(UInt32, String?)])
    func `a context has at most its 1024 rows`(_ length: UInt32, _ refusal: String?) {
        #expect(Limits.contextBytes == 57_379)
        #expect(
            Self.code { () throws(DecodeError) in
                _ = try ByteReader.decode(length.bigEndianBytes) { reader throws(DecodeError) in
                    try Entry.contextLength(from: &reader)
                }
            } == refusal)
    }

    @Test(arguments: [(1_023, nil), (1_024, nil), (1_025, "over_limit")] as [(Int, String?)])
    func `a pull request holds back at most 1024 origins, ascending`(_ count: Int, _ refusal: String?) {
        let held = (0..<count).map { index in
            Origin(node: .zero, incarnation: ID16(Array(repeating: 0, count: 8) + UInt64(index).bigEndianBytes)!)
        }
        let request = PullRequest(frontier: .empty, held: held.reversed())
        #expect(Self.code { () throws(DecodeError) in try PullRequest(decoding: request.encoded()) } == refusal)
        if refusal == nil { #expect(try! PullRequest(decoding: request.encoded()) == request) }
        let twice = PullRequest(frontier: .empty, held: [held[0], held[0]])
        #expect(Self.code { () throws(DecodeError) in try PullRequest(decoding: twice.encoded()) } == "malformed")
    }

    @Test(
        arguments: [(65_535, "truncated"), (65_536, "truncated"), (65_537, "over_limit"), (.max, "over_limit")]
            as [(UInt32, String)])
    func `a batch has at most 65536 entries`(_ count: UInt32, _ refusal: String) {
        // No bytes follow: a count within the limit is believed only as far as there are headers.
        #expect(Self.code { () throws(DecodeError) in try Batch(decoding: count.bigEndianBytes) } == refusal)
    }

    @Test func `a batch has at most 40 MiB`() {
        let limit = Limits.batchRawBytesTaken
        for (size, refusal) in [(limit - 1, "trailing_bytes"), (limit, "trailing_bytes"), (limit + 1, "over_limit")] {
            let bytes = [UInt8](repeating: 0, count: size)
            #expect(Self.code { () throws(DecodeError) in try Batch(decoding: bytes) } == refusal)
        }
    }

    @Test func `an op is as long as its prefix says, and there are as many as the header says`() {
        var chance = SeededGenerator(seed: 7)
        let entry = chance.entry()
        func code(_ ops: [UInt8]) -> String? {
            let other = Entry(header: entry.header, signatures: entry.signatures, context: entry.context, ops: ops)
            return Self.code { () throws(DecodeError) in try other.opRanges() }
        }
        #expect(code(entry.ops) == nil)
        #expect(code(entry.ops + [0]) == "trailing_bytes")
        #expect(code(entry.ops.dropLast()) == "truncated")
        #expect(code([255, 255, 255, 255]) == "truncated")
        #expect(code([]) == "truncated")
    }

    @Test func `each hash of the header binds what it names`() {
        var chance = SeededGenerator(seed: 8)
        for _ in 0..<50 {
            let entry = chance.entry()
            #expect(entry.bindingFault(.forTests) == nil)
            var context = entry.context
            context[chance.below(context.count)] ^= 1
            var ops = entry.ops
            ops[ops.count - 1] ^= 1
            let (header, signatures) = (entry.header, entry.signatures)
            #expect(
                Entry(header: header, signatures: signatures, context: context, ops: entry.ops)
                    .bindingFault(.forTests) == .contextHash)
            #expect(
                Entry(header: header, signatures: signatures, context: entry.context, ops: ops)
                    .bindingFault(.forTests) == .opsRoot)
            #expect(
                Entry(header: header, signatures: signatures, context: entry.context, ops: ops.dropLast())
                    .bindingFault(.forTests) == .opLengths)
        }
    }

    @Test func `signatures are no part of an entry's identity`() {
        var chance = SeededGenerator(seed: 9)
        var entry = chance.entry()
        let id = entry.verified.id
        entry.signatures = chance.signatures()
        #expect(entry.verified.id == id)
    }

    @Test func `a frame's kind, its flag and its promised size are checked`() {
        func code(_ bytes: [UInt8]) -> String? {
            Self.code { () throws(DecodeError) in try ExchangeFrame(decodingPayload: bytes) }
        }
        let limit = UInt32(Limits.batchRawBytesTaken)
        #expect(code([1] + limit.bigEndianBytes) == nil)
        #expect(code([1] + (limit - 1).bigEndianBytes) == nil)
        #expect(code([1] + (limit + 1).bigEndianBytes) == "over_limit")
        #expect(code([1] + UInt32.max.bigEndianBytes) == "over_limit")
        #expect(code([2, 0, 0, 0]) == nil)
        #expect(code([2, 1, 0, 0]) == nil)
        #expect(code([2, 2, 0, 0]) == "malformed")
        #expect(code([2, 0, 0, 0, 0]) == "trailing_bytes")
        #expect(code([3]) == nil)
        for kind in [0, 4, 255] as [UInt8] { #expect(code([kind]) == "malformed") }
        #expect(code([]) == "truncated")
    }
}
