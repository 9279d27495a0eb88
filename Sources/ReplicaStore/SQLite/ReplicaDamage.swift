// The replica's file does not hold what we wrote into it.

/// Something in the file cannot be read back. Never an entry's fault: `verify` says more, `restore` mends it.
package enum ReplicaDamage: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(table: String, row: String)
    case missingEntry(number: Int64)
    case missingMeta(name: String)
    /// What SQLite's own check of pages and indices says.
    case unsound(String)
    /// What is encrypted at rest is not so under the key that the file names, or was altered.
    case notDecryptable

    package var description: String {
        switch self {
        case .unreadable(let table, let row): "table \(table), \(row): cannot be read back"
        case .missingEntry(let number): "the log has no entry number \(number), which a record refers to"
        case .missingMeta(let name): "yrd_meta has no \(name): is this a yrdsync replica?"
        case .notDecryptable: "what is encrypted in it cannot be decrypted: it was altered, or put there by others"
        case .unsound(let complaint): "SQLite finds it unsound: \(complaint)"
        }
    }
}
