// A private key as a file holds it: PKCS#8 PEM, under a passphrase or in the clear.

package enum PrivateKeyPEM {
    package static func isEncrypted(_ pem: [UInt8]) -> Bool { OpenSSLKey.isEncrypted(pem) }

    /// The same key in the clear. Throws for another passphrase, and for what is no key of ours.
    package static func decrypted(_ pem: [UInt8], passphrase: String) throws(OpenSSLError) -> [UInt8] {
        try key(pem, passphrase).pem(passphrase: nil)
    }

    /// The same key under a passphrase: AES-256-CBC, PBES2.
    package static func encrypted(_ pem: [UInt8], passphrase: String) throws(OpenSSLError) -> [UInt8] {
        try key(pem, nil).pem(passphrase: passphrase)
    }

    private static func key(_ pem: [UInt8], _ passphrase: String?) throws(OpenSSLError) -> OpenSSLKey {
        try OpenSSLKey(pem: pem, passphrase: passphrase, [.ed25519, .sm2, .p256])
    }
}
