// The trust roots that this replica has adopted, each version once, never lowered.

package import SyncCore

/// The table of adopted trust roots. What is in it was verified by PeerTrust before.
struct TrustRoots {
    let connection: SQLiteConnection

    func version() throws -> UInt64 {
        let query = try connection.statement("SELECT max(version) FROM yrd_root")
        defer { query.reset() }
        return try query.step() && !query.isNull(0) ? UInt64(query.integer(0)) : 0
    }

    /// Of the highest version, nil before the first.
    func newest() throws -> [UInt8]? {
        let query = try connection.statement("SELECT document FROM yrd_root ORDER BY version DESC LIMIT 1")
        defer { query.reset() }
        return try query.step() ? query.blob(0) : nil
    }

    func document(_ version: UInt64) throws -> [UInt8]? {
        let query = try connection.statement("SELECT document FROM yrd_root WHERE version = ?1")
        query.bind(1, Int64(version))
        defer { query.reset() }
        return try query.step() ? query.blob(0) : nil
    }
}

/// Another version was adopted by another process in the meantime.
package struct RootAlreadyAdopted: Error, Hashable, Sendable {
    package let version: UInt64
}

extension SQLiteReplica {
    /// The document of a version, nil if it was never adopted here.
    package func trustRoot(_ version: UInt64) throws -> [UInt8]? {
        try connection.read { try TrustRoots(connection: connection).document(version) }
    }

    /// The document of the highest version, nil before the first.
    package func trustRoot() throws -> [UInt8]? {
        try connection.read { try TrustRoots(connection: connection).newest() }
    }

    /// From its commit on every entry of ours names this version, what waited for it is asked for again, and what it closes
    /// is without effect: in one transaction, since with the same root and frontier every replica shows the same.
    ///
    /// - Parameters:
    ///   - adopted: the version that the caller has judged it against.
    ///   - closures: all that it names.
    ///   - isLeaving: whether it retires our own market, which then writes nothing more: what is pending here stays so.
    ///
    /// Throws `IncarnationClosed` if it closes the incarnation in which this replica stands: another one must begin first, in
    /// which what is pending is sealed.
    package func adopt(
        root document: [UInt8], version: UInt64, after adopted: UInt64, closures: [Closure], isLeaving: Bool = false,
        _ signer: EntrySigner
    ) throws {
        try write { transaction in
            let present = try TrustRoots(connection: connection).version()
            guard present == adopted, version > present else { throw RootAlreadyAdopted(version: present) }
            try close(closures, isLeaving: isLeaving, transaction, signer)
            let insert = try connection.statement(
                "INSERT INTO yrd_root (version, document, adopted_at) VALUES (?1, ?2, ?3)")
            insert.bind(1, Int64(version)).bind(2, document).bind(3, transaction.wallMilliseconds)
            try insert.run()
            try Waiting(transaction: transaction).release()
        }
    }

    /// Sealed before under the old root: a local edit is one of what its author saw.
    private func close(
        _ closures: [Closure], isLeaving: Bool, _ transaction: ReplicaTransaction, _ signer: EntrySigner
    ) throws {
        let table = ClosureTable(connection: connection)
        guard try Set(table.all()) != Set(closures) else { return }
        let own = try transaction.ownOrigin()
        if !closures.contains(where: { $0.origin == own }) {
            try sealEverything(transaction, signer)
        } else if isLeaving {
            try captureEverything(transaction)
        } else {
            throw IncarnationClosed(origin: own)
        }
        let before = try ClosureRule(transaction).origins
        try table.replace(with: closures)
        let after = try ClosureRule(transaction).origins
        if !before.union(after).isEmpty { try foldAgain(transaction) }
    }
}
