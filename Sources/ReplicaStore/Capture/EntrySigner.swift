// Who signs what this replica seals; the keys themselves stay in PeerTrust.

package import SyncCore

/// The keys with which a market signs, by their ids.
package struct SigningKeyIDs: Hashable, Sendable {
    /// Of the header's suite.
    package let header: Digest
    /// Of the other suite; nil where the market signs with one.
    package let second: Digest?

    package init(header: Digest, second: Digest? = nil) {
        self.header = header
        self.second = second
    }

    package var all: [Digest] { [header] + (second.map { [$0] } ?? []) }
}

/// A market's signing keys, as far as sealing must know them.
package struct EntrySigner: Sendable {
    package let federation: ID16
    package let suite: Suite
    /// Each the hash, under its own suite, of the key's SPKI DER.
    package let keyIDs: SigningKeyIDs
    package let trustRootVersion: UInt64
    package let sign: @Sendable (EnvelopeHeader) throws -> [SignatureRecord]
    /// The signer of other keys of this market.
    private let ofKeys: @Sendable (SigningKeyIDs) throws -> EntrySigner

    package init(
        federation: ID16, suite: Suite, keyIDs: SigningKeyIDs, trustRootVersion: UInt64,
        sign: @escaping @Sendable (EnvelopeHeader) throws -> [SignatureRecord],
        ofKeys: @escaping @Sendable (SigningKeyIDs) throws -> EntrySigner = {
            throw SigningKeyMissing(keyID: $0.header)
        }
    ) {
        self.federation = federation
        self.suite = suite
        self.keyIDs = keyIDs
        self.trustRootVersion = trustRootVersion
        self.sign = sign
        self.ofKeys = ofKeys
    }

    /// Of the header's key.
    package var keyID: Digest { keyIDs.header }

    /// The signer of the keys that the replica names. Another process may have replaced one since this signer was made, so
    /// that is asked inside the transaction that seals.
    func inForce(_ meta: Meta) throws -> EntrySigner {
        let named = try meta.signingKeys(over: keyIDs)
        return named == keyIDs ? self : try ofKeys(named)
    }
}

/// The log goes on under a key that this process does not have.
package struct SigningKeyMissing: Error, Hashable, Sendable, CustomStringConvertible {
    package let keyID: Digest

    package var description: String { "the signing key \(keyID.hex) is not in keys/" }
}

extension Meta {
    /// Which keys sign our next entry; what the replica has not said yet, the files in `keys/` say.
    func signingKeys(over filed: @autoclosure () throws -> SigningKeyIDs) throws -> SigningKeyIDs {
        guard let header = try blob(.signingKey).flatMap({ Digest($0) }) else { return try filed() }
        guard let second = try blob(.secondSigningKey) else {
            return SigningKeyIDs(header: header, second: try filed().second)
        }
        return SigningKeyIDs(header: header, second: Digest(second))
    }

    func set(signingKeys keys: SigningKeyIDs) throws {
        try set(.signingKey, keys.header.bytes)
        // Empty is a word too: none.
        try set(.secondSigningKey, keys.second?.bytes ?? [])
    }
}
