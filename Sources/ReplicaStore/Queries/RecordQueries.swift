// Records as people and programs read them.

import MarketCatalog
package import SyncCore

/// One record as the table shows it.
package struct RecordRow: Hashable, Sendable {
    package let key: Text
    /// By column, `share: home` columns not among them.
    package let values: [String: FieldValue]
}

/// One entry's part in a record's history.
package struct HistoryItem: Hashable, Sendable {
    package let dot: NamedDot
    package let id: Digest
    package let market: Market
    package let timeMilliseconds: Int64
    package let change: Change
    package let note: Note?
}

extension SQLiteReplica {
    /// Every shown record of a type, ascending by key.
    package func forEachRecord(of type: String, _ body: (RecordRow) throws -> Void) throws {
        guard let table = layout.tables[type] else { return }
        try read { _ in
            let key = table.rule.keyColumn
            let columns = ([key] + table.clearColumns).joined(separator: ", ")
            let cursor = try connection.cursor("SELECT \(columns) FROM \(type) ORDER BY \(key)")
            while try cursor.step() {
                guard let key = cursor.text(0) else { continue }
                try body(
                    RecordRow(
                        key: key, values: Self.columns(of: table.values(of: cursor, from: 1, isLenient: true), table)))
            }
        }
    }

    package func record(_ record: RecordID) throws -> RecordRow? {
        guard let table = layout.table(record.type) else { return nil }
        return try read { _ in
            let row = try table.read(record.key, connection, isLenient: true)
            guard row != .absent else { return nil }
            return RecordRow(key: record.key, values: Self.columns(of: row, table))
        }
    }

    /// The columns of this record that never leave the node.
    package func localValues(of record: RecordID) throws -> [String: FieldValue] {
        guard let type = layout.catalog.recordType(named: record.type.string), !type.localColumns.isEmpty else {
            return [:]
        }
        return try read { _ in
            let names = type.localColumns.map(\.name)
            let rest = RestColumns(type, isEncrypted: layout.isEncrypted)
            let query = try connection.cursor(
                "SELECT \(names.map { rest.clear($0) }.joined(separator: ", ")) FROM \(SyncedTableSQL.localTableName(of: type.name)) "
                    + "WHERE \(type.keyColumn.name) = ?1")
            query.bind(1, record.key)
            guard try query.step() else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: names.enumerated().map { index, name in
                    (name, query.text(Int32(index)).map { FieldValue.text($0) } ?? .null)
                })
        }
    }

    package func history(of record: RecordID) throws -> [HistoryItem] {
        try read { transaction in
            let loaded = try RecordStore(transaction: transaction).load(record, from: .log)
            let names = try transaction.originNames()
            return try loaded.history.compactMap { number in
                guard let change = try log.change(number, of: record) else { return nil }
                let stamp = try log.stamp(number, transaction.lanes)
                return HistoryItem(
                    dot: names.name(transaction.row(of: stamp)), id: stamp.id, market: stamp.market,
                    timeMilliseconds: stamp.timeMilliseconds,
                    change: change, note: try log.changeSet(number).note(of: change))
            }
        }
    }

    static func columns(of row: RowReading, _ table: SyncedTable) -> [String: FieldValue] {
        guard case .values(let values) = row else { return [:] }
        var columns: [String: FieldValue] = [:]
        for unit in table.rule.units {
            for (column, value) in zip(unit.columns, values[unit.number] ?? unit.nulls) { columns[column.name] = value }
        }
        return columns
    }
}
