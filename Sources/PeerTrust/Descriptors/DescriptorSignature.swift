// A signature under a descriptor.

internal import SyncCore

/// By a signing key (its suite, its key id) or by a TLS key (`suite: tls`, its pin as key id). 64 raw bytes either way.
struct DescriptorSignature: Hashable, Sendable {
    static let tlsSuite = "tls"

    /// Nil for a TLS key: ECDSA on P-256 with SHA-256, r‖s.
    let suite: Suite?
    let keyID: Digest
    let bytes: [UInt8]

    var record: SignatureRecord? {
        suite.map { SignatureRecord(suite: $0, keyID: keyID, signature: bytes) }
    }
}
