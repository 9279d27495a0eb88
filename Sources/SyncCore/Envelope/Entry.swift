// A change set as it is stored and relayed: exact bytes, never re-encoded.

/// A claim: header, signatures, context and ops, structurally sound and nothing more.
/// `VerifiedEntry` is the fact.
package struct Entry: Hashable, Sendable {
    package let header: EnvelopeHeader
    package var signatures: [SignatureRecord]
    /// The encoded context, whose hash the header carries.
    package let context: [UInt8]
    /// `op_count × (u32 length ‖ op)`, whose Merkle root the header carries.
    package let ops: [UInt8]

    package init(header: EnvelopeHeader, signatures: [SignatureRecord], context: [UInt8], ops: [UInt8]) {
        self.header = header
        self.signatures = signatures
        self.context = context
        self.ops = ops
    }

    /// The stored form of PROTOCOL.md section 2.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: Limits.headerBytes + 200 + context.count + ops.count)
        writer.raw(header.encoded())
        SignatureRecord.encode(signatures, to: &writer)
        writer.framed(context)
        writer.raw(ops)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            let header = try EnvelopeHeader(from: &reader)
            let signatures = try SignatureRecord.decodeList(from: &reader)
            let contextLength = try Entry.contextLength(from: &reader)
            let context = try reader.raw(contextLength)
            let ops = try reader.raw(header.framedOpsBytes)
            return Entry(header: header, signatures: signatures, context: context, ops: ops)
        }
    }

    package static func contextLength(from reader: inout ByteReader) throws(DecodeError) -> Int {
        let start = reader.position
        let length = try reader.integer(UInt32.self)
        guard length <= UInt32(Limits.contextBytes) else { throw .overLimit("context", at: start) }
        return Int(length)
    }

    /// The ops as ranges of `ops`. Throws unless they are as many, and as long, as the header says.
    package func opRanges() throws(DecodeError) -> [Range<Int>] {
        var reader = ByteReader(ops)
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(Int(header.opCount))
        for _ in 0..<header.opCount {
            ranges.append(try reader.range(Int(try reader.integer(UInt32.self))))
        }
        try reader.finish()
        return ranges
    }

    /// What the hashes in the header bind: the context and every op.
    package enum BindingFault: String, Sendable {
        case contextHash = "context_hash"
        case opLengths = "op_lengths"
        case opsRoot = "ops_root"
    }

    /// Nil if the context and the ops are the ones that the header was signed with.
    package func bindingFault(_ hashing: Hashing) -> BindingFault? {
        let digest = { hashing.digest(header.suite, $0) }
        guard digest(context) == header.contextHash else { return .contextHash }
        guard let ranges = try? opRanges() else { return .opLengths }
        let leaves = ranges.map { MerkleTree.leaf(ops[$0], digest) }
        return MerkleTree.root(ofLeaves: leaves, digest) == header.opsRoot ? nil : .opsRoot
    }
}

extension EnvelopeHeader {
    /// Bytes of the ops with their u32 length prefixes.
    package var framedOpsBytes: Int { Int(payloadBytes) + 4 * Int(opCount) }
}

/// A fact: an entry whose signatures verified under keys that its market had at that sequence, and whose context and
/// ops are the ones that were signed. Only `PeerTrust` (and the sealer, of what it has just signed) says so.
package struct VerifiedEntry: Hashable, Sendable {
    package let entry: Entry
    package let id: Digest
    package let market: Market

    package init(afterVerifying entry: Entry, id: Digest, market: Market) {
        self.entry = entry
        self.id = id
        self.market = market
    }

    package var header: EnvelopeHeader { entry.header }
    package var row: Row { Row(origin: header.origin, sequence: header.sequence, idPrefix: id.prefix) }
}
