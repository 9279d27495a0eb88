// The key with which a market signs its change sets and statements.

package import SyncCore

/// A private signing key. Sendable since its OpenSSL key is (see `OpenSSLKey`).
package final class SigningKey: Sendable {
    package let suite: Suite
    /// SubjectPublicKeyInfo, strict DER.
    package let spki: [UInt8]
    /// The hash, under the key's own suite, of the SPKI.
    package let keyID: Digest
    private let key: OpenSSLKey

    private init(_ key: OpenSSLKey) {
        self.key = key
        suite = key.algorithm == .sm2 ? .sm2SM3 : .ed25519SHA256
        spki = key.spki
        keyID = OpenSSLHashing.hashing.digest(suite, spki)
    }

    package static func generate(_ suite: Suite) throws(OpenSSLError) -> SigningKey {
        SigningKey(try OpenSSLKey(generating: KeyAlgorithm(suite)))
    }

    /// Reads PKCS#8 PEM; its algorithm says the suite.
    package convenience init(pem: [UInt8], passphrase: String? = nil) throws(OpenSSLError) {
        self.init(try OpenSSLKey(pem: pem, passphrase: passphrase, [.ed25519, .sm2]))
    }

    package func pem(passphrase: String? = nil) throws(OpenSSLError) -> [UInt8] {
        try key.pem(passphrase: passphrase)
    }

    /// Signs the pre-authentication encoding of a body that this node made itself: a node signs no bytes that a peer
    /// chose.
    package func sign(_ type: StatementType, _ body: [UInt8]) throws(OpenSSLError) -> SignatureRecord {
        let signature = try key.sign(preAuthenticationEncoding(type, body))
        return SignatureRecord(suite: suite, keyID: keyID, signature: signature)
    }

    package var verificationKey: VerificationKey {
        get throws(KeyRefusal) { try VerificationKey(suite: suite, spki: spki) }
    }
}
