// The public half of a signing key, screened.

package import SyncCore

/// A public key that passed the screen: of its suite, in the one strict form, a proper point.
package struct VerificationKey: Hashable, Sendable {
    package let suite: Suite
    /// SubjectPublicKeyInfo, strict DER.
    package let spki: [UInt8]
    /// The hash, under the key's own suite, of the SPKI.
    package let keyID: Digest
    private let key: OpenSSLKey

    package init(suite: Suite, spki: [UInt8]) throws(KeyRefusal) {
        let algorithm = KeyAlgorithm(suite)
        guard spki.count == algorithm.spkiByteCount, spki.starts(with: algorithm.spkiPrefix) else {
            throw .notStrictDER
        }
        if suite == .ed25519SHA256, let refusal = Ed25519Screen.refusal(of: spki.suffix(32)) { throw refusal }
        do {
            key = try OpenSSLKey(spki: spki, algorithm)
        } catch {
            throw .notOnCurve
        }
        self.suite = suite
        self.spki = spki
        keyID = OpenSSLHashing.hashing.digest(suite, spki)
    }

    /// Inside this module only: what leaves it is a typed fact, never a Bool that someone may forget to read.
    func verifies(_ type: StatementType, _ body: [UInt8], _ record: SignatureRecord) -> Bool {
        guard record.suite == suite, record.keyID == keyID else { return false }
        return (try? key.verifies(preAuthenticationEncoding(type, body), record.signature)) ?? false
    }

    package static func == (left: VerificationKey, right: VerificationKey) -> Bool {
        left.suite == right.suite && left.spki == right.spki
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(suite)
        hasher.combine(spki)
    }
}
