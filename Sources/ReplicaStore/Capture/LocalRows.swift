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

extension LocalRows {
    /// What was shown of the records whose rows are kept.
    func shown(_ transaction: ReplicaTransaction) throws -> [RecordID: RecordView] {
        var shown: [RecordID: RecordView] = [:]
        for table in layout.tablesInOrder {
            let query = try connection.cursor(keys(of: table))
            while try query.step() {
                guard let key = query.text(0) else { continue }
                let record = RecordID(type: Text(table.rule.type), key: key)
                shown[record] = try view(of: record, table, transaction)
            }
        }
        return shown
    }

    /// Of rows that were put back, what their writer had left as it was shown becomes what is shown now: else it would pass
    /// for a local edit, and be sealed as one.
    func follow(_ before: [RecordID: RecordView], _ transaction: ReplicaTransaction) throws {
        for (record, old) in before.sorted(by: { $0.key < $1.key }) {
            guard let table = layout.table(record.type) else { continue }
            let now = try view(of: record, table, transaction)
            for unit in table.rule.units {
                let (was, wanted) = (
                    old.shown[unit.number]?.values ?? unit.nulls, now.shown[unit.number]?.values ?? unit.nulls
                )
                guard was != wanted, try table.standing(unit, of: record.key, connection) == was else { continue }
                try table.update(record.key, unit, wanted, connection)
            }
        }
    }

    private func view(
        of record: RecordID, _ table: SyncedTable, _ transaction: ReplicaTransaction
    ) throws -> RecordView {
        let loaded = try RecordStore(transaction: transaction).load(record, from: .log)
        return RecordView(of: loaded.state, record: record, rule: table.rule)
    }
}

extension SyncedTable {
    /// The values of one unit as they stand in the row; nil if no change set could carry them.
    fileprivate func standing(_ unit: UnitRule, of key: Text, _ connection: SQLiteConnection) throws -> [FieldValue]? {
        let columns = unit.columns.map { clear($0.name) }.joined(separator: ", ")
        let query = try connection.cursor("SELECT \(columns) FROM \(rule.type) WHERE \(rule.keyColumn) = ?1")
        query.bind(1, key)
        guard try query.step() else { return nil }
        let values = unit.columns.enumerated().compactMap { Self.readable(query, Int32($0), $1.type) }
        return values.count == unit.columns.count ? values : nil
    }
}
