// A replica's contents exchanged for those of a backup, in place: whoever has the file open sees them at its next transaction.

package import SyncCore

extension SQLiteReplica {
    /// What a file that shall be put back is, checked as SQLite checks pages and indices. It must be a copy of one's own: an
    /// older layout is migrated in it.
    ///
    /// - Throws: `ReplicaDamage`, `SQLiteError` where it is no sound replica.
    package static func examineBackup(
        _ path: String, environment: ReplicaEnvironment
    ) throws -> (federation: String, market: Market, incarnation: ID16) {
        let replica = try SQLiteReplica(path: path, environment: environment)
        let complaint = try replica.connection.read {
            let check = try replica.connection.cursor("PRAGMA quick_check(1)")
            return try check.step() ? check.text(0)?.string ?? "" : ""
        }
        guard complaint == "ok" else { throw ReplicaDamage.unsound(complaint) }
        let incarnation = try replica.ownOrigin().incarnation
        try replica.close()
        return (replica.identity.federation, replica.identity.market, incarnation)
    }

    /// Puts every page of `source` in the place of the one in `path`, in one transaction: the old contents stand, or the new
    /// ones, whatever happens. Moving files beneath programs that have them open would lose what those write afterwards.
    package static func replaceContents(of path: String, from source: String) throws {
        let from = try SQLiteConnection(path: source)
        let into = try SQLiteConnection(path: path)
        try into.takePages(from: from)
        try into.close()
        try from.close()
    }
}
