// Where a chain of entries begins.

/// The first entry of an incarnation, by the key that signs it: what has to be introduced, since nothing comes before it. The
/// keys of all later entries follow from the chain.
package struct ChainStart: Hashable, Comparable, Sendable {
    package let origin: Origin
    package let keyID: Digest

    package init(origin: Origin, keyID: Digest) {
        self.origin = origin
        self.keyID = keyID
    }

    package static func < (left: ChainStart, right: ChainStart) -> Bool {
        (left.origin, left.keyID) < (right.origin, right.keyID)
    }

    /// Node, incarnation and key, as they stand in a hash.
    package var bytes: [UInt8] { origin.node.bytes + origin.incarnation.bytes + keyID.bytes }
}
