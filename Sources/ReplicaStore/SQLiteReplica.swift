// The replica: one SQLite file that holds everything, and the transactions that change it.

package import MarketCatalog
package import SyncCore

/// Who a new replica is.
package struct ReplicaIdentity: Hashable, Sendable {
    package let federation: String
    package let market: Market
    package let incarnation: ID16

    package init(federation: String, market: Market, incarnation: ID16) {
        self.federation = federation
        self.market = market
        self.incarnation = incarnation
    }
}

/// The world as the replica needs it: hashes and the wall clock, both given.
package struct ReplicaEnvironment: Sendable {
    package let hashing: Hashing
    package let wallMilliseconds: @Sendable () -> Int64
    /// How much goes into a change set that is sealed. Smaller in tests that cannot write thousands of records a thousand
    /// times.
    package let sealBounds: GroupMeter.Bounds

    package init(
        hashing: Hashing, wallMilliseconds: @escaping @Sendable () -> Int64,
        sealBounds: GroupMeter.Bounds = GroupMeter.Bounds()
    ) {
        self.hashing = hashing
        self.wallMilliseconds = wallMilliseconds
        self.sealBounds = sealBounds
    }
}

/// Not Sendable: one owner, which runs each transaction as one synchronous call. Other processes may have the same file
/// open and write to it.
package final class SQLiteReplica {
    let connection: SQLiteConnection
    let environment: ReplicaEnvironment
    /// Of the catalog that the file had when it was last looked at: another process may upgrade it.
    private(set) var layout: ReplicaLayout
    private(set) var statements: LayoutStatements
    /// Of `statements`: another version of this software may have made others of the same catalog.
    private(set) var layoutDigest: Digest
    let log: EntryLog
    package let identity: (federation: String, market: Market)

    package var catalog: Catalog { layout.catalog }

    // MARK: Making and opening

    /// Makes a new replica in a file that must not exist.
    package static func create(
        path: String, identity: ReplicaIdentity, catalog: Catalog, environment: ReplicaEnvironment
    ) throws -> SQLiteReplica {
        let connection = try SQLiteConnection(path: path)
        try connection.migrate(ReplicaMigrations.migrator)
        try connection.write {
            let meta = Meta(connection: connection)
            try meta.set(.federation, identity.federation)
            try meta.set(.market, identity.market.name)
            try meta.set(.incarnation, identity.incarnation.bytes)
            try CatalogTables.write(catalog, connection)
            let typeIDs = try CatalogTables.typeIDs(catalog, connection)
            let statements = LayoutStatements(catalog: catalog, market: identity.market, typeIDs: typeIDs)
            try statements.create(connection)
            try meta.set(.layoutDigest, statements.digest(environment.hashing).bytes)
        }
        try connection.close()
        return try SQLiteReplica(path: path, environment: environment)
    }

    /// Opens an existing replica with the catalog that its tables were made from.
    ///
    /// - Parameter busySeconds: how long another client's transaction is waited for.
    package init(path: String, environment: ReplicaEnvironment, busySeconds: Double = 15) throws {
        connection = try SQLiteConnection(path: path, busySeconds: busySeconds)
        self.environment = environment
        log = EntryLog(connection)
        let connection = connection
        try connection.migrate(ReplicaMigrations.migrator)
        (identity, layout, statements, layoutDigest) = try connection.read {
            let meta = Meta(connection: connection)
            guard let market = Market(try meta.text(.market)) else { throw ReplicaDamage.missingMeta(name: "market") }
            let (layout, statements, digest) = try Self.loadLayout(of: market, connection, environment.hashing)
            return ((try meta.text(.federation), market), layout, statements, digest)
        }
    }

    private static func loadLayout(
        of market: Market, _ connection: SQLiteConnection, _ hashing: Hashing
    ) throws -> (ReplicaLayout, LayoutStatements, Digest) {
        let catalog = try CatalogTables.read(connection, hashing)
        let typeIDs = try CatalogTables.typeIDs(catalog, connection)
        let statements = LayoutStatements(catalog: catalog, market: market, typeIDs: typeIDs)
        return (
            ReplicaLayout(market: market, catalog: catalog, typeIDs: typeIDs), statements, statements.digest(hashing)
        )
    }

    /// Takes over the catalog that the file has now.
    func reload() throws {
        (layout, statements, layoutDigest) = try connection.read {
            try Self.loadLayout(of: identity.market, connection, environment.hashing)
        }
    }

    package func close() throws { try connection.close() }

    /// What durability and trust rest on, as the connection has it: journal mode, synchronous, trusted schema.
    package func settings() throws -> [String] {
        try connection.read {
            try ["journal_mode", "synchronous", "trusted_schema"].map { name in
                let query = try connection.cursor("PRAGMA \(name)")
                return try query.step() ? query.text(0)?.string ?? "" : ""
            }
        }
    }

    // MARK: Transactions

    /// One transaction that may change the replica. If `body` throws, nothing has happened.
    func write<Value>(_ body: (ReplicaTransaction) throws -> Value) throws -> Value {
        do {
            return try connection.write {
                let transaction = try transaction()
                let value = try body(transaction)
                try transaction.finish()
                return value
            }
        } catch {
            log.forget()
            throw error
        }
    }

    /// One consistent snapshot.
    func read<Value>(_ body: (ReplicaTransaction) throws -> Value) throws -> Value {
        try connection.read { try body(try transaction()) }
    }

    private func transaction() throws -> ReplicaTransaction {
        if try Meta(connection: connection).integer(.catalogVersion) != Int64(layout.catalog.version) {
            (layout, statements, layoutDigest) = try Self.loadLayout(
                of: identity.market, connection, environment.hashing)
        }
        return try ReplicaTransaction(
            connection, log: log, layout: layout, hashing: environment.hashing,
            wallMilliseconds: environment.wallMilliseconds())
    }
}
