// A newer catalog takes effect: in one transaction, without sending anything.

package import MarketCatalog
import SyncCore

extension SQLiteReplica {
    /// Seals what is pending under the old catalog, adds what the new one adds, and folds the log again: values that were
    /// parked take their place, rights of types that were unknown are judged, and an entry whose values do not fit becomes
    /// faulty. Afterwards the replica is the one that a node with the new catalog from the start would have.
    ///
    /// Throws `CatalogUpgradeRefusal` if the new catalog changes what stays for ever. The same catalog again is nothing.
    package func upgrade(to catalog: Catalog, _ signer: EntrySigner) throws {
        try write { transaction in
            guard catalog.hash != layout.catalog.hash else { return }
            try CatalogUpgradeRules(old: layout.catalog, new: catalog).check()
            // A write that no capture saw, or that no change set can carry, stands only in its row, and rows are made anew.
            let audit = CaptureAudit(transaction: transaction)
            for table in layout.tablesInOrder { try audit.capture(try audit.uncaptured(in: table), in: table) }
            _ = try seal(transaction, signer)
            try transaction.finish()
            let unsealed = UnsealedRows(connection: connection, layout: layout)
            try unsealed.keep()
            try CatalogMigration(
                old: layout.catalog, new: catalog, market: layout.market, connection: connection
            ).run()
            let upgraded = ReplicaLayout(
                market: layout.market, catalog: catalog, typeIDs: try CatalogTables.typeIDs(catalog, connection))
            let replay = LogReplay(connection: connection, layout: upgraded)
            try replay.clear()
            let replaying = try ReplicaTransaction(
                connection, log: log, market: identity.market, layout: upgraded, environment: environment)
            try replay.run(replaying)
            try replaying.finish()
            try unsealed.putBack()
            try transaction.meta.forget(.checkedSchemaVersion)
            try transaction.meta.forget(.layoutDigest)
        }
        try reload()
    }
}

/// Rows with local writes that cannot be sealed: the only rows that the log does not know.
struct UnsealedRows {
    let connection: SQLiteConnection
    /// The one they were written under.
    let layout: ReplicaLayout

    private func columns(of table: SyncedTable) -> String {
        ([table.rule.keyColumn] + table.rule.units.flatMap { $0.columns.map(\.name) }).joined(separator: ", ")
    }

    func keep() throws {
        for table in layout.tablesInOrder {
            try connection.execute("DROP TABLE IF EXISTS temp.yrd_unsealed_\(table.rule.type)")
            try connection.execute(
                """
                CREATE TEMP TABLE yrd_unsealed_\(table.rule.type) AS SELECT \(columns(of: table)) FROM \(table.rule.type)
                WHERE \(table.rule.keyColumn) IN (SELECT key FROM yrd_unsealed WHERE type = \(table.typeID))
                """)
        }
    }

    func putBack() throws {
        for table in layout.tablesInOrder {
            let (type, key) = (table.rule.type, table.rule.keyColumn)
            let (all, kept) = (columns(of: table), "temp.yrd_unsealed_\(type)")
            try connection.execute(
                "UPDATE \(type) SET (\(all)) = (SELECT \(all) FROM \(kept) AS k WHERE k.\(key) = \(type).\(key)) "
                    + "WHERE \(key) IN (SELECT \(key) FROM \(kept))")
            try connection.execute(
                "INSERT INTO \(type) (\(all)) SELECT \(all) FROM \(kept) WHERE \(key) NOT IN (SELECT \(key) FROM \(type))"
            )
            try connection.execute("DROP TABLE \(kept)")
        }
    }
}
