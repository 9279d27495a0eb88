// Where a signing key counts.

package import SyncCore

/// The change sets of one incarnation that a key may sign: from a sequence number on, up to a named entry or openly.
package struct KeySpan: Hashable, Sendable {
    package let incarnation: ID16
    package let fromSequence: UInt64
    /// Both nil while the span is open; a span closes at an entry, not only at a number, since a fork may share the
    /// number.
    package let toSequence: UInt64?
    package let toID: Digest?

    /// Invariant: 1 ≤ from ≤ to < 2^53.
    package init(incarnation: ID16, fromSequence: UInt64, closedAt end: (sequence: UInt64, id: Digest)? = nil) {
        let last = end?.sequence ?? Limits.counterMax
        precondition(
            fromSequence >= 1 && fromSequence <= last && last <= Limits.counterMax,
            "a key span from \(fromSequence) to \(last) is none")
        self.incarnation = incarnation
        self.fromSequence = fromSequence
        toSequence = end?.sequence
        toID = end?.id
    }

    package var isOpen: Bool { toSequence == nil }

    package func covers(_ incarnation: ID16, _ sequence: UInt64) -> Bool {
        self.incarnation == incarnation && sequence >= fromSequence && sequence <= toSequence ?? .max
    }

    /// False for another entry than the one at which the span was closed.
    package func admits(_ sequence: UInt64, _ id: Digest) -> Bool {
        sequence != toSequence || id == toID
    }
}

/// A signing key as a descriptor names it: the key, and where it counts.
package struct SpannedKey: Hashable, Sendable {
    package let key: VerificationKey
    /// Invariant: at least one.
    package let spans: [KeySpan]

    package init(key: VerificationKey, spans: [KeySpan]) {
        precondition(!spans.isEmpty, "a key without a span signs nothing")
        self.key = key
        self.spans = spans
    }

    package func span(covering incarnation: ID16, _ sequence: UInt64) -> KeySpan? {
        spans.first { $0.covers(incarnation, sequence) }
    }

    /// A key whose spans are all closed was rotated out or revoked: it verifies the past and signs nothing new.
    package var isCurrent: Bool { spans.contains(where: \.isOpen) }
}

extension Sequence where Element == SpannedKey {
    /// Whether keys that may all still sign have said something together: one of them has signed it, and of every required
    /// suite of which there is one, one of that suite. What the break of one suite would let through, the other refuses.
    func speak(requiring required: [Suite], _ hasSigned: (VerificationKey) -> Bool) -> Bool {
        let speaking = Set(filter { hasSigned($0.key) }.map(\.key.suite))
        return !speaking.isEmpty && Set(map(\.key.suite)).intersection(required).isSubset(of: speaking)
    }
}
