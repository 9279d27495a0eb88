// What a server answers to `push` and `compare`.

/// An entry that a batch carried and that did not take effect, and why.
package struct EntryRefusal: Hashable, Sendable {
    package enum Class: String, Hashable, Sendable {
        /// Not an entry at all: framing, hash or signature. Held against the deliverer, not against the id.
        case notAuthentic = "not_authentic"
        /// Authentic, but undecodable, over a limit, or breaking a rule of form. Applied without effect.
        case faulty
        /// Its origin may not write that unit of that key. The change has no effect.
        case forbidden
        /// Something it needs is not here yet.
        case waiting
        /// A second branch of an origin.
        case fork
        /// Authentic, but decided against by the federation's trust root.
        case void
    }

    package let origin: Origin
    package let sequence: UInt64
    package let id: Digest?
    package let refusalClass: Class
    /// A stable slug.
    package let code: String

    package init(origin: Origin, sequence: UInt64, id: Digest?, class refusalClass: Class, code: String) {
        self.origin = origin
        self.sequence = sequence
        self.id = id
        self.refusalClass = refusalClass
        self.code = code
    }
}

/// The answer to one pushed batch, sent after the commit.
package struct PushReply: Hashable, Sendable {
    package let frontierHash: Digest
    /// Entries of the batch that are now in the replica and were not before.
    package let applied: Int
    package let refused: [EntryRefusal]

    package init(frontierHash: Digest, applied: Int, refused: [EntryRefusal]) {
        self.frontierHash = frontierHash
        self.applied = applied
        self.refused = refused
    }
}

/// "Show me your digests below this prefix of the record hash, if you are still at this frontier."
package struct CompareRequest: Hashable, Sendable {
    /// 0, 1 or 2 bytes of SHA-256(type ‖ key).
    package let prefix: [UInt8]
    package let frontierHash: Digest

    package init(prefix: [UInt8], frontierHash: Digest) {
        self.prefix = prefix
        self.frontierHash = frontierHash
    }
}

package struct CompareReply: Hashable, Sendable {
    package let digest: Digest
    /// 256 sums for the next byte of the prefix.
    package let children: [Digest]

    package init(digest: Digest, children: [Digest]) {
        self.digest = digest
        self.children = children
    }
}
