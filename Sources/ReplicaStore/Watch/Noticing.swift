// What a node asks of its replica many times a second: cheap, and without the write lock.

import SyncCore

extension SQLiteReplica {
    /// Changes when another connection has committed, and stays through our own commits.
    package func dataVersion() throws -> Int64 {
        try connection.step {
            let query = try connection.statement("PRAGMA data_version")
            defer { query.reset() }
            return try query.step() ? query.integer(0) : 0
        }
    }

    /// Equal at two times only if nothing was written in between, by whomever, but what `updatePeer` of this replica has.
    package struct SealableVersion: Hashable {
        fileprivate let content: SQLiteConnection.ContentVersion
    }

    package func sealableVersion() throws -> SealableVersion {
        try connection.step { SealableVersion(content: try connection.contentVersion(passingOver: peerChanges)) }
    }

    /// Whether local clients have written what is not sealed yet.
    package func hasPending() throws -> Bool { try connection.step { try connection.hasPending() } }

    /// Origins whose next entry lacks something.
    package func waitingOrigins() throws -> [WaitingOrigin] {
        try read { try Waiting(transaction: $0).all() }
    }
}

extension SQLiteConnection {
    /// Inside `step` or a transaction.
    func hasPending() throws -> Bool {
        let query = try statement("SELECT 1 FROM yrd_pending LIMIT 1")
        defer { query.reset() }
        return try query.step()
    }
}
