// The unit of the streams in `pull` and `push`.

/// `u32 length ‖ u8 kind ‖ payload`; the length counts kind and payload.
/// The compression of a batch is the transport's affair: here a batch is its zstd frame and the size it must inflate to.
package enum ExchangeFrame: Hashable, Sendable {
    case batch(rawLength: Int, zstd: [UInt8])
    /// The stream ends here on purpose. `more`: there is more to pull at once. The frontier is the sender's.
    case end(more: Bool, frontier: Frontier)
    case forkProof([UInt8])

    private enum Kind {
        static let batch: UInt8 = 1
        static let end: UInt8 = 2
        static let forkProof: UInt8 = 3
    }

    /// The largest frame a receiver takes: an incompressible batch and its framing.
    package static let lengthMax = Limits.batchRawBytesTaken + (1 << 20)

    package func encoded() -> [UInt8] {
        var payload = ByteWriter()
        switch self {
        case .batch(let rawLength, let zstd):
            payload.byte(Kind.batch)
            payload.integer(UInt32(rawLength))
            payload.raw(zstd)
        case .end(let more, let frontier):
            payload.byte(Kind.end)
            payload.byte(more ? 1 : 0)
            frontier.encode(to: &payload)
        case .forkProof(let bytes):
            payload.byte(Kind.forkProof)
            payload.raw(bytes)
        }
        var frame = ByteWriter(reserving: payload.count + 4)
        frame.framed(payload.bytes)
        return frame.bytes
    }

    /// Decodes what follows the length.
    package init(decodingPayload bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            switch try reader.byte() {
            case Kind.batch:
                let rawLength = try reader.integer(UInt32.self)
                guard rawLength <= UInt32(Limits.batchRawBytesTaken) else { throw .overLimit("batch", at: 1) }
                return .batch(rawLength: Int(rawLength), zstd: reader.rest())
            case Kind.end:
                let more = try reader.byte()
                guard more <= 1 else { throw .malformed("end frame", at: 1) }
                return .end(more: more == 1, frontier: try Frontier(from: &reader))
            case Kind.forkProof:
                return .forkProof(reader.rest())
            default:
                throw .malformed("unknown frame kind", at: 0)
            }
        }
    }
}

/// Cuts a byte stream into frames as the bytes arrive.
package struct FrameSplitter {
    private var buffer: [UInt8] = []
    /// Where the next frame begins. What lies before it goes away when bytes are appended, not frame by frame: a peer
    /// that sends a megabyte of empty frames would have us move half a megabyte for each of them.
    private var start = 0

    package init() {}

    /// Bytes of an unfinished frame.
    package var pendingBytes: Int { buffer.count - start }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        buffer.removeFirst(start)
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame, or nil until more bytes come. Refuses a length over the limit before buffering it.
    package mutating func next() throws(DecodeError) -> ExchangeFrame? {
        guard pendingBytes >= 4 else { return nil }
        let length = Int(UInt32(bigEndianBytes: buffer[start..<(start + 4)]))
        guard length <= ExchangeFrame.lengthMax else { throw .overLimit("frame", at: 0) }
        guard pendingBytes >= 4 + length else { return nil }
        let payload = Array(buffer[(start + 4)..<(start + 4 + length)])
        start += 4 + length
        return try ExchangeFrame(decodingPayload: payload)
    }
}
