// A new key enters a log by an entry of the old one; with it comes the proof that its owner holds it.

package import SyncCore

/// The body of a key proof: where the new key begins to count, and the key (PROTOCOL.md section 5).
package struct KeyProof: Hashable, Sendable {
    package let federation: ID16
    package let origin: Origin
    /// The first change set that the new key signs.
    package let firstSequence: UInt64
    /// SubjectPublicKeyInfo of the new key.
    package let spki: [UInt8]

    package init(federation: ID16, origin: Origin, firstSequence: UInt64, spki: [UInt8]) {
        self.federation = federation
        self.origin = origin
        self.firstSequence = firstSequence
        self.spki = spki
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 56 + spki.count)
        writer.id(federation)
        writer.id(origin.node)
        writer.id(origin.incarnation)
        writer.integer(firstSequence)
        writer.raw(spki)
        return writer.bytes
    }

    /// The proof of the new key's owner: 64 bytes for note 7.
    package static func sign(
        by newKey: SigningKey, federation: ID16, origin: Origin, firstSequence: UInt64
    ) throws(OpenSSLError) -> [UInt8] {
        let body = KeyProof(
            federation: federation, origin: origin, firstSequence: firstSequence, spki: newKey.spki)
        return try newKey.sign(.keyProof, body.encoded()).signature
    }

    /// Screens the key that note 7 offers and checks its proof. The answer is the key, ready to be enrolled.
    package static func verify(
        suite: Suite, spki: [UInt8], proof: [UInt8], federation: ID16, origin: Origin, firstSequence: UInt64
    ) throws(KeyRefusal) -> VerificationKey {
        let key = try VerificationKey(suite: suite, spki: spki)
        guard proof.count == SignatureRecord.signatureByteCount else { throw .notProven }
        let body = KeyProof(federation: federation, origin: origin, firstSequence: firstSequence, spki: spki)
        let record = SignatureRecord(suite: suite, keyID: key.keyID, signature: proof)
        guard key.verifies(.keyProof, body.encoded(), record) else { throw .notProven }
        return key
    }

    /// What note 7 of an entry with this header offers: the new key's proof that it takes over at the next entry.
    package static func nextKey(
        _ newKey: SigningKey, federation: ID16, origin: Origin, firstSequence: UInt64
    ) throws(OpenSSLError) -> NextKey {
        NextKey(
            suite: newKey.suite, spki: newKey.spki,
            proof: try sign(by: newKey, federation: federation, origin: origin, firstSequence: firstSequence))
    }

    /// The id of the key that an entry hands over to; nil if the key is refused, or did not prove that it takes over at
    /// the entry after this one.
    @Sendable
    package static func enrolledKeyID(_ next: NextKey, by header: EnvelopeHeader) -> Digest? {
        let key = try? verify(
            suite: next.suite, spki: next.spki, proof: next.proof, federation: header.federation,
            origin: header.origin, firstSequence: header.sequence + 1)
        return key?.keyID
    }
}
