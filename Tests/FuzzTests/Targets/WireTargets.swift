// The binary forms: what a peer sends, and what it signed.

import Compression
import PeerTrust
import SyncSimulation

@testable import PeerTransport
@testable import SyncCore

extension FuzzTarget {
    /// A whole entry, as it is stored and relayed.
    static let entry = FuzzTarget(
        "entry", inputBytesMax: 2_048, memory: MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 96),
        samples: { wireSamples(24) { $0.entry().encoded() } },
        attack: { bytes in
            try holdCanonical(bytes, "entry") { () throws(DecodeError) in try Entry(decoding: bytes).encoded() }
            guard let entry = try? Entry(decoding: bytes) else { return }
            _ = entry.bindingFault(OpenSSLHashing.hashing)
            _ = entry.header.entryID(OpenSSLHashing.hashing)
            try open(entry)
        })

    /// Context and ops behind a header that says what they are: an author may put anything under its signature.
    /// `u8 sequence ‖ u16 context length ‖ context ‖ ops`.
    static let changes = FuzzTarget(
        "changes", inputBytesMax: 2_048, memory: MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 96),
        samples: {
            wireSamples(24) { chance in
                let entry = chance.entry()
                let sequence = UInt8(clamping: entry.header.sequence)
                return [sequence] + UInt16(entry.context.count).bigEndianBytes + entry.context + entry.ops
            }
        },
        attack: { bytes in
            guard let entry = Self.entry(describing: bytes) else { return }
            try open(entry)
        })

    /// One op, or one value. `u8 which ‖ bytes`.
    static let op = FuzzTarget(
        "op", inputBytesMax: 1_024, memory: MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 96),
        samples: {
            wireSamples(16) { chance in [0] + chance.change("AG-1", notes: 2, rows: 3).encoded() }
                + wireSamples(16) { chance in [0] + chance.note().encoded() }
                + wireSamples(8) { chance in
                    var writer = ByteWriter()
                    chance.value().encode(to: &writer)
                    return [1] + writer.bytes
                }
        },
        attack: { input in
            guard let which = input.first else { return }
            let bytes = Array(input.dropFirst())
            try holdCanonical(bytes, "op \(which)") { () throws(DecodeError) in
                try ByteReader.decode(bytes) { reader throws(DecodeError) in try recoded(which, from: &reader) }
            }
        })

    /// Whole entries in a batch, uncompressed.
    static let batch = FuzzTarget(
        "batch", inputBytesMax: 4_096, memory: MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 8),
        samples: {
            wireSamples(12) { chance in Batch(entries: (0..<chance.pick(3)).map { _ in chance.entry() }).encoded() }
        },
        attack: { bytes in
            try holdCanonical(bytes, "batch") { () throws(DecodeError) in try Batch(decoding: bytes).encoded() }
        })

    /// The body of `push`: a frame, zstd in it, a batch in that. `u8 which ‖ bytes`: as they are, or compressed and
    /// framed first, with a length that may lie by `which`.
    static let push = FuzzTarget(
        "push", inputBytesMax: 4_096,
        // One zstd context, and what the frame announces: at most a batch.
        memory: MemoryLimit(fixedBytes: (16 << 20) + Limits.batchRawBytesTaken, bytesPerInputByte: 64),
        samples: {
            wireSamples(8) { chance in
                let batch = Batch(entries: (0..<chance.pick(3)).map { _ in chance.entry() })
                return [0] + BatchCoding.frame(batch).encoded()
            }
                + wireSamples(4) { chance in [1] + Batch(entries: [chance.entry()]).encoded() }
                + wireSamples(4) { chance in [2] + Batch(entries: [chance.entry()]).encoded() }
        },
        attack: { input in
            guard let which = input.first else { return }
            try push(Array(input.dropFirst()), lengthOff: Int(which) - 1)
        })

    /// Zstd frames by themselves, with caps that a small input can break.
    static let zstd = FuzzTarget(
        "zstd", inputBytesMax: 1_024, memory: MemoryLimit(fixedBytes: (2 << 20) + zstdBytesMax, bytesPerInputByte: 4),
        samples: {
            wireSamples(8) { chance in Zstd.compress(chance.entry().encoded()) }
                + [0, 1, 2_000, zstdBytesMax, zstdBytesMax + 1].map { count in
                    Zstd.compress([UInt8](repeating: 7, count: count))
                }
        },
        attack: { bytes in
            guard let content = try? Zstd.decompress(bytes, sizeMax: zstdBytesMax, windowBytesMax: 1 << 20) else {
                return
            }
            try hold(content.count <= zstdBytesMax, "\(content.count) bytes came out of a limit of \(zstdBytesMax)")
            let again = try Zstd.decompress(Zstd.compress(content), sizeMax: content.count)
            try hold(again == content, "zstd does not give back what it was given")
        })

    /// The smaller messages of the exchange, and what is signed of them. `u8 which ‖ bytes`.
    static let message = FuzzTarget(
        "message", inputBytesMax: 2_048, memory: MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 32),
        samples: {
            wireSamples(64) { chance in
                let which = chance.pick(WireMessage.allCases.count)
                return [UInt8(which)] + WireMessage.allCases[which].sample(&chance)
            }
        },
        attack: { input in
            guard let which = input.first else { return }
            let message = WireMessage.allCases[Int(which) % WireMessage.allCases.count]
            let bytes = Array(input.dropFirst())
            try holdCanonical(bytes, "\(message)") { () throws(DecodeError) in try message.recoded(bytes) }
        })

    /// A stream of frames, cut anywhere. `u8 how ‖ stream`.
    static let frames = FuzzTarget(
        "frames", inputBytesMax: 4_096, memory: MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 64),
        samples: {
            wireSamples(16) { chance in
                let frames = (0...chance.pick(4)).flatMap { _ in WireMessage.frame(&chance).encoded() }
                return [UInt8(chance.pick(256))] + frames
            }
        },
        attack: { input in
            guard let how = input.first else { return }
            let stream = Array(input.dropFirst())
            let whole = SplitStream(stream, pieces: [stream.count])
            var chance = SeededGenerator(seed: UInt64(how))
            let pieces = SplitStream(stream, pieces: stream.map { _ in 1 + chance.pick(how % 2 == 0 ? 3 : 40) })
            try hold(whole == pieces, "a stream cut in pieces gives other frames: \(whole) against \(pieces)")
        })

    private static let zstdBytesMax = 64 << 10

    /// Opens an entry the way a receiver does that has verified it.
    private static func open(_ entry: Entry) throws {
        guard let changeSet = try? ChangeSet(decoding: entry) else { return }
        try hold(changeSet.context.encoded() == entry.context, "a context has two forms")
        var ops = ByteWriter()
        for note in changeSet.notes { ops.framed(note.encoded()) }
        for change in changeSet.changes { ops.framed(change.encoded()) }
        try hold(ops.bytes == entry.ops, "ops have two forms: \(entry.ops.hex) is written \(ops.bytes.hex)")
        let rows = changeSet.context.frontier.rows
        for change in changeSet.changes {
            try hold(change.note == 0 || changeSet.note(of: change) != nil, "a change names a note that is not there")
            for keep in change.keeps where keep.row > 0 {
                try hold(rows[keep.row - 1].sequence >= keep.sequence, "a keep names what its context does not see")
            }
        }
        var facts = ChainFacts()
        facts.predecessor = entry.header
        facts.rowsLost = changeSet.context.frontier.rows
        facts.groupSoFar = GroupSize().adding(entry.header)
        _ = changeSet.context.chainFault(of: entry.header, facts)
    }

    private static func entry(describing bytes: [UInt8]) -> Entry? {
        guard bytes.count >= 3 else { return nil }
        let contextEnd = 3 + Int(UInt16(bigEndianBytes: bytes[1..<3]))
        guard contextEnd <= bytes.count else { return nil }
        let (context, ops) = (Array(bytes[3..<contextEnd]), Array(bytes[contextEnd...]))
        var reader = ByteReader(ops)
        var count: UInt32 = 0
        while let length = try? reader.integer(UInt32.self), (try? reader.range(Int(length))) != nil { count += 1 }
        let header = EnvelopeHeader(
            suite: .ed25519SHA256, groupContinues: false, federation: .zero,
            origin: Origin(market: Market("shanghai")!, incarnation: .zero), sequence: UInt64(max(1, bytes[0])),
            trustRootVersion: 0, timeMilliseconds: 0, opCount: count,
            payloadBytes: UInt64(max(0, ops.count - 4 * Int(count))), previous: .zero, opsRoot: .zero,
            contextHash: .zero, keyID: .zero)
        return Entry(header: header, signatures: [], context: context, ops: ops)
    }

    private static func recoded(_ which: UInt8, from reader: inout ByteReader) throws(DecodeError) -> [UInt8] {
        guard which.isMultiple(of: 2) else {
            var writer = ByteWriter()
            try FieldValue(from: &reader).encode(to: &writer)
            return writer.bytes
        }
        let kind = try reader.byte()
        if kind == Note.opKind { return try Note(from: &reader).encoded() }
        guard let kind = ChangeKind(rawValue: kind) else { throw .malformed("op kind", at: 0) }
        return try Change(kind: kind, from: &reader).encoded()
    }

    private static func push(_ bytes: [UInt8], lengthOff: Int) throws {
        guard lengthOff >= 0 else {
            _ = try? BatchCoding.batch(fromPushBody: bytes)
            return
        }
        let frame = ExchangeFrame.batch(rawLength: bytes.count + lengthOff, zstd: Zstd.compress(bytes))
        guard let batch = try? BatchCoding.batch(fromPushBody: frame.encoded()) else { return }
        try hold(lengthOff == 0, "a batch was taken whose length is not what its frame announces")
        try hold(batch.encoded() == bytes, "a batch has two forms")
    }
}

/// What a splitter makes of a stream that comes in pieces.
private struct SplitStream: Equatable {
    var frames: [ExchangeFrame] = []
    var error: DecodeError?
    var pendingBytes: Int?

    init(_ stream: [UInt8], pieces: [Int]) {
        var splitter = FrameSplitter()
        var rest = stream[...]
        do {
            for size in pieces where !rest.isEmpty {
                splitter.append(rest.prefix(size))
                rest = rest.dropFirst(size)
                while let frame = try splitter.next() { frames.append(frame) }
            }
            pendingBytes = splitter.pendingBytes
        } catch {
            self.error = error
        }
    }
}
