// The body of `receipts`: a signed statement as it travels, before anyone has verified it.

package import SyncCore

/// `u32 length ‖ statement ‖ n_sig ‖ records` (PROTOCOL.md section 6). A claim until `PeerTrust` has verified it.
package struct SignedStatementBytes: Hashable, Sendable {
    package let statement: [UInt8]
    package let signatures: [SignatureRecord]

    package init(statement: [UInt8], signatures: [SignatureRecord]) {
        self.statement = statement
        self.signatures = signatures
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: statement.count + 400)
        writer.framed(statement)
        SignatureRecord.encode(signatures, to: &writer)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            let length = try reader.integer(UInt32.self)
            guard length <= UInt32(Limits.receiptsBytes) else { throw .overLimit("statement", at: 0) }
            let statement = try reader.raw(Int(length))
            return SignedStatementBytes(
                statement: statement, signatures: try SignatureRecord.decodeList(from: &reader))
        }
    }
}
