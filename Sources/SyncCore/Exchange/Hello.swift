// The first message of a round: a few hashes, and if they are equal there is nothing to say.

/// What a node says of itself when a round begins (PROTOCOL.md section 6, `hello`).
package struct Hello: Hashable, Sendable {
    package static let protocolVersion = 1

    package var protocols: [Int]
    /// The federation's name.
    package var federation: String
    package var market: Market
    package var incarnation: ID16
    package var rootVersion: UInt64
    package var rootHash: Digest
    package var catalogHash: Digest
    /// SHA-256 of the encoded frontier.
    package var frontierHash: Digest
    package var stateDigest: Digest
    package var software: String

    package init(
        protocols: [Int] = [protocolVersion], federation: String, market: Market, incarnation: ID16,
        rootVersion: UInt64, rootHash: Digest, catalogHash: Digest, frontierHash: Digest, stateDigest: Digest,
        software: String
    ) {
        self.protocols = protocols
        self.federation = federation
        self.market = market
        self.incarnation = incarnation
        self.rootVersion = rootVersion
        self.rootHash = rootHash
        self.catalogHash = catalogHash
        self.frontierHash = frontierHash
        self.stateDigest = stateDigest
        self.software = software
    }

    package func hasSameRoot(as other: Hello) -> Bool {
        rootVersion == other.rootVersion && rootHash == other.rootHash
    }

    /// Whether the two state digests can be compared at all: same entries, same trust, same catalog.
    package func isComparable(with other: Hello) -> Bool {
        frontierHash == other.frontierHash && hasSameRoot(as: other) && catalogHash == other.catalogHash
    }
}
