// Local writes that the log does not know, kept while rows are made anew from it.

import SyncCore

struct LocalRows {
    let connection: SQLiteConnection
    /// The one they were written under.
    let layout: ReplicaLayout

    private func columns(of table: SyncedTable) -> String {
        ([table.rule.keyColumn] + table.rule.units.flatMap { $0.columns.map(\.name) }).joined(separator: ", ")
    }

    /// Of writes that are not sealed yet, and of those that no change set can carry.
    private func keys(of table: SyncedTable) -> String {
        "SELECT key FROM yrd_unsealed WHERE type = \(table.typeID) UNION SELECT key FROM yrd_pending WHERE type = \(table.typeID)"
    }

    private func keptName(of table: SyncedTable) -> String { "temp.yrd_local_\(table.rule.type)" }

    func keep() throws {
        for table in layout.tablesInOrder {
            try connection.execute("DROP TABLE IF EXISTS \(keptName(of: table))")
            try connection.execute(
                """
                CREATE TEMP TABLE yrd_local_\(table.rule.type) AS SELECT \(columns(of: table)) FROM \(table.rule.type)
                WHERE \(table.rule.keyColumn) IN (\(keys(of: table)))
                """)
        }
    }

    /// Rows that a local write has deleted are gone again.
    func putBack() throws {
        for table in layout.tablesInOrder {
            let (type, key) = (table.rule.type, table.rule.keyColumn)
            let (all, kept) = (columns(of: table), keptName(of: table))
            try connection.execute(
                "UPDATE \(type) SET (\(all)) = (SELECT \(all) FROM \(kept) AS k WHERE k.\(key) = \(type).\(key)) "
                    + "WHERE \(key) IN (SELECT \(key) FROM \(kept))")
            try connection.execute(
                "INSERT INTO \(type) (\(all)) SELECT \(all) FROM \(kept) WHERE \(key) NOT IN (SELECT \(key) FROM \(type))"
            )
            try connection.execute(
                "DELETE FROM \(type) WHERE \(key) IN (\(keys(of: table))) AND \(key) NOT IN (SELECT \(key) FROM \(kept))"
            )
            try connection.execute("DROP TABLE \(kept)")
        }
    }
}
