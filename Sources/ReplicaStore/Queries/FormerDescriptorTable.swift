// Descriptors that do not stand (any more), and name keys under which entries were applied.

package import SyncCore

/// The table of former descriptors. What is in it was judged by PeerTrust before.
struct FormerDescriptorTable {
    let connection: SQLiteConnection

    /// The oldest first.
    func documents() throws -> [[UInt8]] {
        let query = try connection.statement("SELECT document FROM yrd_former_descriptor ORDER BY number")
        var documents: [[UInt8]] = []
        while try query.step() { documents.append(query.blob(0)) }
        return documents
    }

    func add(_ document: [UInt8], of market: Market) throws {
        let insert = try connection.statement(
            "INSERT INTO yrd_former_descriptor (market, document) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        insert.bind(1, market.name).bind(2, document)
        try insert.run()
    }

    /// What a member's record says now, if another document is to take its place.
    func addStanding(of market: Market, unless document: [UInt8]) throws {
        let insert = try connection.statement(
            """
            INSERT INTO yrd_former_descriptor (market, document)
            SELECT market, document FROM yrd_member WHERE market = ?1 AND document <> ?2 ON CONFLICT DO NOTHING
            """)
        insert.bind(1, market.name).bind(2, document)
        try insert.run()
    }

    func remove(_ document: [UInt8]) throws {
        let delete = try connection.statement("DELETE FROM yrd_former_descriptor WHERE document = ?1")
        delete.bind(1, document)
        try delete.run()
    }
}

extension SQLiteReplica {
    /// Adds descriptors that do not stand, drops others that nobody needs, and lets count what counts with them. What waits for
    /// a key is asked for again. Throws as `close` does.
    package func keepFormer(
        _ added: [(market: Market, document: [UInt8])], dropping dropped: [[UInt8]], _ end: ClosuresInForce?,
        _ signer: () throws -> EntrySigner
    ) throws {
        try write { transaction in
            let table = FormerDescriptorTable(connection: connection)
            for old in dropped { try table.remove(old) }
            for new in added { try table.add(new.document, of: new.market) }
            if let end { try close(end, transaction, signer) }
            if !added.isEmpty { try Waiting(transaction: transaction).release() }
        }
    }
}
