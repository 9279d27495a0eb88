// The public half of a TLS key, as a descriptor names it.

package import SyncCore

/// A P-256 public key that passed the screen.
package struct TLSPublicKey: Hashable, Sendable {
    /// SubjectPublicKeyInfo, strict DER.
    package let spki: [UInt8]
    /// SHA-256 of the SPKI: what a connection is compared with, and what curl is told in base64.
    package let pin: Digest
    private let key: OpenSSLKey

    package init(spki: [UInt8]) throws(KeyRefusal) {
        let algorithm = KeyAlgorithm.p256
        guard spki.count == algorithm.spkiByteCount, spki.starts(with: algorithm.spkiPrefix) else {
            throw .notStrictDER
        }
        do {
            key = try OpenSSLKey(spki: spki, algorithm)
        } catch {
            throw .notOnCurve
        }
        self.spki = spki
        pin = OpenSSLHashing.sha256(spki)
    }

    func verifiesDescriptor(_ signedBytes: [UInt8], _ signature: [UInt8]) -> Bool {
        (try? key.verifies(preAuthenticationEncoding(.descriptor, signedBytes), signature)) ?? false
    }

    package static func == (left: TLSPublicKey, right: TLSPublicKey) -> Bool { left.spki == right.spki }

    package func hash(into hasher: inout Hasher) { hasher.combine(spki) }
}
