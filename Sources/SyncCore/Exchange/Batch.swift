// Entries on the way: headers first, so that a receiver can refuse before it reads a single op.

/// Whole groups of entries in the sender's order of application.
/// `u32 count ‖ count × (header ‖ n_sig ‖ records ‖ u32 context_len) ‖ count × (context ‖ ops)`.
package struct Batch: Hashable, Sendable {
    package let entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries
    }

    package var origins: Set<Origin> { Set(entries.map(\.header.origin)) }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(
            reserving: 4 + entries.reduce(0) { $0 + 450 + $1.context.count + $1.ops.count })
        writer.integer(UInt32(entries.count))
        for entry in entries {
            writer.raw(entry.header.encoded())
            SignatureRecord.encode(entry.signatures, to: &writer)
            writer.integer(UInt32(entry.context.count))
        }
        for entry in entries {
            writer.raw(entry.context)
            writer.raw(entry.ops)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        guard bytes.count <= Limits.batchRawBytesTaken else { throw .overLimit("batch", at: 0) }
        entries = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            let count = try reader.integer(UInt32.self)
            guard count <= UInt32(Limits.batchEntries) else { throw .overLimit("batch entries", at: 0) }
            var heads: [(head: EntryHead, contextLength: Int)] = []
            for _ in 0..<count {
                heads.append((try EntryHead(from: &reader), try Entry.contextLength(from: &reader)))
            }
            var entries: [Entry] = []
            entries.reserveCapacity(heads.count)
            for (head, contextLength) in heads {
                entries.append(
                    Entry(
                        header: head.header, signatures: head.signatures,
                        context: try reader.raw(contextLength),
                        ops: try reader.raw(head.header.framedOpsBytes)))
            }
            return entries
        }
    }
}
