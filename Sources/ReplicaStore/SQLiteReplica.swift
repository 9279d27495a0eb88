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
    /// The id of the key to which an entry hands over, nil if the key or its proof of possession is refused: PeerTrust's
    /// judgement, a function of the entry's bytes.
    package let enrolledKeyID: @Sendable (NextKey, EnvelopeHeader) -> Digest?
    /// How much goes into a change set that is sealed. Smaller in tests that cannot write thousands of records a thousand
    /// times.
    package let sealBounds: GroupMeter.Bounds
    /// What encrypts personal values at rest under the key of this id. Throws where that key is not to be had.
    package let restCipher: @Sendable (Digest) throws -> RestCipher

    package init(
        hashing: Hashing, wallMilliseconds: @escaping @Sendable () -> Int64,
        enrolledKeyID: @escaping @Sendable (NextKey, EnvelopeHeader) -> Digest?,
        sealBounds: GroupMeter.Bounds = GroupMeter.Bounds(),
        restCipher: @escaping @Sendable (Digest) throws -> RestCipher = { throw RestKeyUnknown(id: $0) }
    ) {
        self.hashing = hashing
        self.wallMilliseconds = wallMilliseconds
        self.enrolledKeyID = enrolledKeyID
        self.sealBounds = sealBounds
        self.restCipher = restCipher
    }
}

/// Not Sendable: one owner, which runs each transaction as one synchronous call. Other processes may have the same file
/// open and write to it.
package final class SQLiteReplica {
    let connection: SQLiteConnection
    let environment: ReplicaEnvironment
    /// Nil in a replica that was opened for a glance and has not needed it yet.
    var made: MadeLayout?
    let log: EntryLog
    package let identity: (federation: String, market: Market)
    /// Rows written of what is known of peers, which says nothing of what there is to seal.
    var peerChanges: Int64 = 0
    /// What comparing has seen last, good as long as nothing is written.
    var lastLeafPass: (version: SQLiteConnection.ContentVersion, leaves: LeafPass)?

    package var catalog: Catalog { layout.catalog }
    var layout: ReplicaLayout { standing.layout }
    var statements: LayoutStatements { standing.statements }
    var layoutDigest: Digest { standing.digest }

    private var standing: MadeLayout {
        guard let made else { preconditionFailure("this replica was opened for a glance: its catalog is not read yet") }
        return made
    }

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
            let statements = LayoutStatements(
                catalog: catalog, market: identity.market, typeIDs: typeIDs, isEncrypted: false)
            try statements.create(connection)
            try meta.set(.layoutDigest, statements.digest(environment.hashing).bytes)
        }
        try connection.close()
        return try SQLiteReplica(path: path, environment: environment)
    }

    /// Opens an existing replica with the catalog that its tables were made from.
    ///
    /// - Parameters:
    ///   - busySeconds: how long another client's transaction is waited for.
    ///   - isGlance: only `glance` will be asked for; the catalog, whose reading takes longer than all of that, is read when
    ///     the first transaction needs it.
    package init(
        path: String, environment: ReplicaEnvironment, busySeconds: Double = 15, isGlance: Bool = false
    ) throws {
        connection = try SQLiteConnection(path: path, busySeconds: busySeconds)
        self.environment = environment
        log = EntryLog(connection)
        let connection = connection
        try connection.migrate(ReplicaMigrations.migrator)
        (identity, made) = try connection.read {
            let meta = Meta(connection: connection)
            guard let market = Market(try meta.text(.market)) else { throw ReplicaDamage.missingMeta(name: "market") }
            if !isGlance { try connection.followRestKey(environment.restCipher) }
            let made = isGlance ? nil : try MadeLayout(of: market, connection, environment.hashing)
            return ((try meta.text(.federation), market), made)
        }
    }

    /// Takes over the catalog that the file has now.
    func reload() throws {
        made = try connection.read { try MadeLayout(of: identity.market, connection, environment.hashing) }
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
                if connection.rest.cipher != nil { try ClearValues(catalog, connection).encrypt() }
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

    /// One consistent snapshot of what needs no catalog: frontier, digest, counters, peers.
    func glance<Value>(_ body: (ReplicaTransaction) throws -> Value) throws -> Value {
        try connection.read {
            do {
                if try connection.followRestKey(environment.restCipher), made != nil {
                    made = try MadeLayout(of: identity.market, connection, environment.hashing)
                }
            } catch let error where !(error is SQLiteError) {
                // A glance reads no personal value; what it cannot read without the key says why.
                connection.rest.refusal = error
            }
            return try body(try transaction(made?.layout))
        }
    }

    /// A second one inside a running one sees what that one has written. Only `write`, `read` and a repair make any.
    func transaction() throws -> ReplicaTransaction {
        let isOtherKey = try connection.followRestKey(environment.restCipher)
        if try made == nil || isOtherKey
            || Meta(connection: connection).integer(.catalogVersion) != Int64(catalog.version)
        {
            made = try MadeLayout(of: identity.market, connection, environment.hashing)
        }
        return try transaction(layout)
    }

    private func transaction(_ layout: ReplicaLayout?) throws -> ReplicaTransaction {
        try ReplicaTransaction(
            connection, log: log, market: identity.market, layout: layout, environment: environment)
    }
}

/// What follows from the catalog that the file had when it was last looked at: another process may upgrade it.
struct MadeLayout {
    let layout: ReplicaLayout
    let statements: LayoutStatements
    /// Of `statements`: another version of this software may have made others of the same catalog.
    let digest: Digest

    init(of market: Market, _ connection: SQLiteConnection, _ hashing: Hashing) throws {
        let catalog = try CatalogTables.read(connection, hashing)
        let typeIDs = try CatalogTables.typeIDs(catalog, connection)
        layout = ReplicaLayout(
            market: market, catalog: catalog, typeIDs: typeIDs, isEncrypted: connection.rest.cipher != nil)
        statements = LayoutStatements(
            catalog: catalog, market: market, typeIDs: typeIDs, isEncrypted: connection.rest.cipher != nil)
        digest = statements.digest(hashing)
    }
}
