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
}
