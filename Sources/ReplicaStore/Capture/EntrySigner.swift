// Who signs what this replica seals; the keys themselves stay in PeerTrust.

package import SyncCore

/// A market's signing key, as far as sealing must know it.
package struct EntrySigner: Sendable {
    package let federation: ID16
    package let suite: Suite
    /// Hash, under `suite`, of the key's SPKI DER.
    package let keyID: Digest
    package let trustRootVersion: UInt64
    package let sign: @Sendable (EnvelopeHeader) throws -> [SignatureRecord]

    package init(
        federation: ID16, suite: Suite, keyID: Digest, trustRootVersion: UInt64,
        sign: @escaping @Sendable (EnvelopeHeader) throws -> [SignatureRecord]
    ) {
        self.federation = federation
        self.suite = suite
        self.keyID = keyID
        self.trustRootVersion = trustRootVersion
        self.sign = sign
    }
}
