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
    /// The signer of another key of this market, by its id.
    private let ofKey: @Sendable (Digest) throws -> EntrySigner

    package init(
        federation: ID16, suite: Suite, keyID: Digest, trustRootVersion: UInt64,
        sign: @escaping @Sendable (EnvelopeHeader) throws -> [SignatureRecord],
        ofKey: @escaping @Sendable (Digest) throws -> EntrySigner = { throw SigningKeyMissing(keyID: $0) }
    ) {
        self.federation = federation
        self.suite = suite
        self.keyID = keyID
        self.trustRootVersion = trustRootVersion
        self.sign = sign
        self.ofKey = ofKey
    }

    /// The signer of the key that the replica names. Another process may have rotated the key since this one was made, so
    /// that is asked inside the transaction that seals.
    func inForce(_ keyID: Digest?) throws -> EntrySigner {
        guard let keyID, keyID != self.keyID else { return self }
        return try ofKey(keyID)
    }
}

/// The log goes on under a key that this process does not have.
package struct SigningKeyMissing: Error, Hashable, Sendable, CustomStringConvertible {
    package let keyID: Digest

    package var description: String { "the signing key \(keyID.hex) is not in keys/" }
}
