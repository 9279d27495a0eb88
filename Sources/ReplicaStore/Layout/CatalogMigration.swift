// A newer catalog as SQL: new tables and columns beside the old ones, new views and triggers in their place.

import MarketCatalog
import SyncCore

struct CatalogMigration {
    let old: Catalog
    let new: Catalog
    let market: Market
    let connection: SQLiteConnection

    /// Leaves rows as they are; new columns are NULL.
    func run() throws {
        let typeIDs = try CatalogTables.typeIDs(new, connection)
        let isEncrypted = connection.rest.cipher != nil
        let before = LayoutStatements(catalog: old, market: market, typeIDs: typeIDs, isEncrypted: isEncrypted)
        let after = LayoutStatements(catalog: new, market: market, typeIDs: typeIDs, isEncrypted: isEncrypted)
        for trigger in before.triggers { try connection.execute("DROP TRIGGER IF EXISTS \(trigger.name)") }
        for view in before.views { try connection.execute("DROP VIEW IF EXISTS \(view.name)") }
        for type in new.recordTypes {
            let sql = SyncedTableSQL(type: type)
            if let former = old.recordType(named: type.name) {
                let known = SyncedTableSQL(type: former)
                try addColumns(sql.unitColumns, to: type.name, beside: known.unitColumns)
                let local = SyncedTableSQL.localTableName(of: type.name)
                if known.localTable != nil {
                    try addColumns(sql.localColumns, to: local, beside: known.localColumns)
                } else if let table = sql.localTable {
                    try connection.execute(table)
                }
            } else {
                for table in [sql.table, sql.localTable].compactMap({ $0 }) { try connection.execute(table) }
            }
        }
        for view in after.views { try connection.execute(view.sql) }
        for trigger in after.triggers { try connection.execute(trigger.sql) }
        try connection.execute("DELETE FROM yrd_catalog")
        try connection.execute("DELETE FROM yrd_code")
        try CatalogTables.write(new, connection)
    }

    private func addColumns(_ columns: [Column], to table: String, beside known: [Column]) throws {
        let names = Set(known.map(\.name))
        for column in columns where !names.contains(column.name) {
            try connection.execute(
                "ALTER TABLE \(table) ADD COLUMN \(column.name) \(SyncedTableSQL.storageClass(of: column.type))")
        }
    }
}
