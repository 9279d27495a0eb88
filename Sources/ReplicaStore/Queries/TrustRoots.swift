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

/// What ends under a trust root.
package struct ClosuresInForce: Sendable {
    /// The root's.
    package let version: UInt64
    package let closures: [Closure]
    /// Whether our own market is retired, or the key of this machine revoked: it writes nothing more, and what is pending here
    /// stays so.
    package let isLeaving: Bool

    package init(version: UInt64, closures: [Closure], isLeaving: Bool = false) {
        self.version = version
        self.closures = closures
        self.isLeaving = isLeaving
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

    /// From its commit on every entry of ours names this version, what waited for it is asked for again, and what ends under it
    /// is without effect: in one transaction, since with the same root and frontier every replica shows the same.
    ///
    /// - Parameter adopted: the version that the caller has judged it against.
    ///
    /// Throws `IncarnationClosed` if the incarnation in which this replica stands ends: another one must begin first, in which
    /// what is pending is sealed.
    package func adopt(
        root document: [UInt8], after adopted: UInt64, _ end: ClosuresInForce, _ signer: EntrySigner
    ) throws {
        try write { transaction in
            let present = try TrustRoots(connection: connection).version()
            guard present == adopted, end.version > present else { throw RootAlreadyAdopted(version: present) }
            try replaceClosures(with: end, transaction) { signer }
            let insert = try connection.statement(
                "INSERT INTO yrd_root (version, document, adopted_at) VALUES (?1, ?2, ?3)")
            insert.bind(1, Int64(end.version)).bind(2, document).bind(3, transaction.wallMilliseconds)
            try insert.run()
            try Waiting(transaction: transaction).release()
        }
    }

    /// What was judged under another root than the adopted one is judged anew by whoever adopted that.
    func close(
        _ end: ClosuresInForce, _ transaction: ReplicaTransaction, _ signer: () throws -> EntrySigner
    ) throws {
        guard try TrustRoots(connection: connection).version() == end.version else { return }
        try replaceClosures(with: end, transaction, signer)
    }

    /// Sealed before under what was in force: a local edit is one of what its author saw.
    private func replaceClosures(
        with end: ClosuresInForce, _ transaction: ReplicaTransaction, _ signer: () throws -> EntrySigner
    ) throws {
        let table = ClosureTable(connection: connection)
        let changed = Set(try Set(table.all()).symmetricDifference(end.closures).map(\.origin))
        guard !changed.isEmpty else { return }
        let own = try transaction.ownOrigin()
        if !end.closures.contains(where: { $0.origin == own }) {
            try sealEverything(transaction, signer())
        } else if end.isLeaving {
            try captureEverything(transaction)
        } else {
            throw IncarnationClosed(origin: own)
        }
        let before = try ClosureRule(transaction).origins
        try table.replace(with: end.closures)
        let after = try ClosureRule(transaction).origins
        // Many may end of which nothing is applied: whoever holds an old key can name them without end.
        if !before.union(after).isDisjoint(with: changed) { try foldAgain(transaction) }
    }
}
