// An entry without its content: enough to prove that it exists and who signed it.

/// Header and signatures. Proves a rollback (a head of ours above ours) or a fork (two heads with one predecessor).
package struct EntryHead: Hashable, Sendable {
    package let header: EnvelopeHeader
    package let signatures: [SignatureRecord]

    package init(header: EnvelopeHeader, signatures: [SignatureRecord]) {
        self.header = header
        self.signatures = signatures
    }

    package func encode(to writer: inout ByteWriter) {
        writer.raw(header.encoded())
        SignatureRecord.encode(signatures, to: &writer)
    }

    package init(from reader: inout ByteReader) throws(DecodeError) {
        header = try EnvelopeHeader(from: &reader)
        signatures = try SignatureRecord.decodeList(from: &reader)
    }
}

/// Two authentic entries of one origin with one predecessor: the proof that the origin forked (DESIGN.md section 8).
/// On the wire: first head ‖ second head.
package struct ForkProof: Hashable, Sendable {
    package let first: EntryHead
    package let second: EntryHead

    /// Nil unless the two contradict each other. The order of the arguments does not matter. Their numbers may differ: a
    /// market that counts wrong on one branch has signed one predecessor twice all the same.
    package init?(_ one: EntryHead, _ other: EntryHead, _ hashing: Hashing) {
        guard one.header.origin == other.header.origin,
            one.header.previous == other.header.previous
        else { return nil }
        let ids = (one.header.entryID(hashing), other.header.entryID(hashing))
        guard ids.0 != ids.1 else { return nil }
        (first, second) = ids.0 < ids.1 ? (one, other) : (other, one)
    }

    /// Nil for bytes that are not two heads which contradict each other.
    package init?(decoding bytes: [UInt8], _ hashing: Hashing) {
        let heads = try? ByteReader.decode(bytes) { reader throws(DecodeError) in
            [try EntryHead(from: &reader), try EntryHead(from: &reader)]
        }
        guard let heads else { return nil }
        self.init(heads[0], heads[1], hashing)
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        first.encode(to: &writer)
        second.encode(to: &writer)
        return writer.bytes
    }
}

/// The answer to `heads`: the server's frontier, and its heads of the caller's origins above the caller's.
package struct HeadsReply: Hashable, Sendable {
    package let frontier: Frontier
    package let heads: [EntryHead]

    package init(frontier: Frontier, heads: [EntryHead]) {
        self.frontier = frontier
        self.heads = heads
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        frontier.encode(to: &writer)
        writer.integer(UInt16(heads.count))
        for head in heads { head.encode(to: &writer) }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            let frontier = try Frontier(from: &reader)
            let count = try reader.integer(UInt16.self)
            var heads: [EntryHead] = []
            for _ in 0..<count { heads.append(try EntryHead(from: &reader)) }
            return HeadsReply(frontier: frontier, heads: heads)
        }
    }
}
