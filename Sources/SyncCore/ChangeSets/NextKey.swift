// A market's key changes by an entry of the old one: note 7 names the new key, and carries its proof of possession.

/// The content of note 7: the key that signs from the next entry on (PROTOCOL.md section 4).
package struct NextKey: Hashable, Sendable {
    package let suite: Suite
    /// SubjectPublicKeyInfo DER of the new key. Not screened yet.
    package let spki: [UInt8]
    /// The new key's signature over the key proof (PROTOCOL.md section 5).
    package let proof: [UInt8]

    package init(suite: Suite, spki: [UInt8], proof: [UInt8]) {
        self.suite = suite
        self.spki = spki
        self.proof = proof
    }

    /// Nil unless these are `u8 suite ‖ SPKI DER ‖ proof[64]`.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count > 1 + SignatureRecord.signatureByteCount, let suite = Suite(rawValue: bytes[0]) else {
            return nil
        }
        self.suite = suite
        spki = Array(bytes[1...].dropLast(SignatureRecord.signatureByteCount))
        proof = bytes.suffix(SignatureRecord.signatureByteCount)
    }

    package var encoded: [UInt8] { [suite.rawValue] + spki + proof }
}

/// A rotation as it stands in a log: after this entry the new key signs, and the old one no more.
package struct KeyRotation: Hashable, Sendable {
    package let origin: Origin
    /// The entry that carries the note, the old key's last one.
    package let sequence: UInt64
    package let id: Digest
    package let oldKeyID: Digest
    package let suite: Suite
    /// SubjectPublicKeyInfo DER of the new key, whose proof was verified.
    package let spki: [UInt8]

    package init(
        origin: Origin, sequence: UInt64, id: Digest, oldKeyID: Digest, suite: Suite, spki: [UInt8]
    ) {
        self.origin = origin
        self.sequence = sequence
        self.id = id
        self.oldKeyID = oldKeyID
        self.suite = suite
        self.spki = spki
    }

    /// What an entry with this header and note says, once the proof was verified.
    package init(_ next: NextKey, in header: EnvelopeHeader, id: Digest) {
        self.init(
            origin: header.origin, sequence: header.sequence, id: id, oldKeyID: header.keyID, suite: next.suite,
            spki: next.spki)
    }

    /// The rotation that an authentic entry carries: read off its bytes alone, so that it is one on every node, also where
    /// the entry has no effect for another reason. Nil for an entry without notes, as nearly all are, at the cost of a byte.
    ///
    /// - Parameter enrolledKeyID: nil if the key or its proof of possession is refused.
    package init?(in verified: VerifiedEntry, enrolledKeyID: (NextKey, EnvelopeHeader) -> Digest?) {
        guard Note.begins(verified.entry.ops), let changeSet = try? ChangeSet(decoding: verified.entry),
            let next = try? changeSet.nextKey(under: verified.header), enrolledKeyID(next, verified.header) != nil
        else { return nil }
        self.init(next, in: verified.header, id: verified.id)
    }

    /// The id of the new key.
    package func newKeyID(_ hashing: Hashing) -> Digest { hashing.digest(suite, spki) }
}

extension ChangeSet {
    /// The key that this entry hands over to, if it does. One at most, of the header's suite, which is fixed for an
    /// incarnation.
    package func nextKey(under header: EnvelopeHeader) throws(EntryFault) -> NextKey? {
        let named = notes.compactMap(\.nextKey)
        guard let bytes = named.first else { return nil }
        guard named.count == 1, let next = NextKey(bytes), next.suite == header.suite else { throw .nextKeyRefused }
        return next
    }
}
