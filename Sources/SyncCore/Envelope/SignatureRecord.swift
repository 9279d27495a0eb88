// Signatures travel beside the header and are never part of an entry's identity.

/// One signature over an entry or a statement. 64 raw bytes: Ed25519's, or SM2's r‖s.
package struct SignatureRecord: Hashable, Sendable {
    package static let signatureByteCount = 64

    package let suite: Suite
    /// Hash, under the record's own suite, of the signing key's SPKI DER.
    package let keyID: Digest
    package let signature: [UInt8]

    package init(suite: Suite, keyID: Digest, signature: [UInt8]) {
        precondition(signature.count == Self.signatureByteCount, "a signature has 64 bytes, not \(signature.count)")
        self.suite = suite
        self.keyID = keyID
        self.signature = signature
    }

    /// `n_sig ‖ records`: one to four, suites ascending, none twice.
    package static func encode(_ records: [SignatureRecord], to writer: inout ByteWriter) {
        writer.byte(UInt8(records.count))
        for record in records {
            writer.byte(record.suite.rawValue)
            writer.digest(record.keyID)
            writer.raw(record.signature)
        }
    }

    package static func decodeList(from reader: inout ByteReader) throws(DecodeError) -> [SignatureRecord] {
        let start = reader.position
        let count = Int(try reader.byte())
        guard count >= 1 else { throw .malformed("no signature", at: start) }
        guard count <= Limits.signaturesPerEntry else { throw .overLimit("signatures", at: start) }
        var records: [SignatureRecord] = []
        for _ in 0..<count {
            guard let suite = Suite(rawValue: try reader.byte()) else { throw .malformed("unknown suite", at: start) }
            if let last = records.last, last.suite >= suite { throw .malformed("suites not ascending", at: start) }
            let keyID = try reader.digest()
            let signature = try reader.raw(signatureByteCount)
            records.append(SignatureRecord(suite: suite, keyID: keyID, signature: signature))
        }
        return records
    }
}
