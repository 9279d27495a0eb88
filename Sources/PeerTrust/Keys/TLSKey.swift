// The key of a node's HTTPS connections. Peers pin it; they never look at a certificate's issuer or dates.

package import SyncCore

/// A P-256 private key. Besides TLS it signs one thing: the descriptor that names it, to prove possession.
package final class TLSKey: Sendable {
    /// SubjectPublicKeyInfo, strict DER.
    package let spki: [UInt8]
    private let key: OpenSSLKey

    private init(_ key: OpenSSLKey) {
        self.key = key
        spki = key.spki
    }

    package static func generate() throws(OpenSSLError) -> TLSKey {
        TLSKey(try OpenSSLKey(generating: .p256))
    }

    package convenience init(pem: [UInt8], passphrase: String? = nil) throws(OpenSSLError) {
        self.init(try OpenSSLKey(pem: pem, passphrase: passphrase, [.p256]))
    }

    package func pem(passphrase: String? = nil) throws(OpenSSLError) -> [UInt8] {
        try key.pem(passphrase: passphrase)
    }

    /// What peers pin: SHA-256 of the SPKI.
    package var pin: Digest { OpenSSLHashing.sha256(spki) }

    /// A self-signed certificate for this key in PEM form. Libraries want one; peers look at its key alone, so it is
    /// long-lived, but not for ever: `status` warns 30 days ahead.
    package func certificatePEM(market: Market, nowSeconds: Int64) throws(OpenSSLError) -> [UInt8] {
        try Certificate.selfSigned(by: key, name: market.name, nowSeconds: nowSeconds)
    }

    /// When a certificate ends, in seconds since 1970. PEM or DER.
    package static func certificateExpiry(_ certificate: [UInt8]) throws(OpenSSLError) -> Int64 {
        try Certificate(certificate).expirySeconds()
    }

    /// SHA-256 of a certificate's SPKI: compared with the pins of the descriptors.
    package static func pin(ofCertificateDER certificate: [UInt8]) throws(OpenSSLError) -> Digest {
        OpenSSLHashing.sha256(try Certificate(certificate).spki())
    }

    /// r‖s of ECDSA with SHA-256 over the descriptor's pre-authentication encoding.
    func signDescriptor(_ signedBytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        try key.sign(preAuthenticationEncoding(.descriptor, signedBytes))
    }
}
