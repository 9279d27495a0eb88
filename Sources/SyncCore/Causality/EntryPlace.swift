// Where one entry stands in its origin.

/// An entry by its number in its origin, and by its id.
package struct EntryPlace: Hashable, Comparable, Sendable {
    package let sequence: UInt64
    package let id: Digest

    package init(sequence: UInt64, id: Digest) {
        self.sequence = sequence
        self.id = id
    }

    package static func < (left: EntryPlace, right: EntryPlace) -> Bool {
        (left.sequence, left.id) < (right.sequence, right.id)
    }
}
