// A statement (a receipt, a checkpoint) as it travels: a claim until PeerTrust has verified it.

/// u32 length ‖ statement ‖ n_sig ‖ records (PROTOCOL.md section 6, `receipts`).
package struct SignedStatement: Hashable, Sendable {
    package let body: [UInt8]
    package let signatures: [SignatureRecord]

    package init(body: [UInt8], signatures: [SignatureRecord]) {
        self.body = body
        self.signatures = signatures
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: body.count + 512)
        writer.framed(body)
        SignatureRecord.encode(signatures, to: &writer)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        guard bytes.count <= Limits.receiptsBytes else { throw .overLimit("statement", at: 0) }
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            let length = try reader.integer(UInt32.self)
            guard length <= UInt32(Limits.receiptsBytes) else { throw .overLimit("statement", at: 0) }
            let body = try reader.raw(Int(length))
            return SignedStatement(body: body, signatures: try SignatureRecord.decodeList(from: &reader))
        }
    }
}
