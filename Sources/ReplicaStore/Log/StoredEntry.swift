// An entry of the log, as it comes back.

package import SyncCore

/// One applied entry with its place in this replica's order of application.
package struct StoredEntry: Hashable, Sendable {
    package let number: Int64
    package let id: Digest
    package let entry: Entry
    /// The code of its fault, if it is without effect.
    package let fault: String?

    package var dot: Dot { entry.header.dot }
    package var row: Row { Row(origin: dot.origin, sequence: dot.sequence, idPrefix: id.prefix) }
}

/// A row of the log as it stands, for those who doubt it.
struct LogRow {
    let number: Int64
    /// Nil if the entry cannot be read back.
    let stored: StoredEntry?
    let lane: Int
    let sequence: Int64
    let timeMilliseconds: Int64
    let changes: Int64
}
