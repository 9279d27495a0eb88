// The synced tables as SQL: ordinary STRICT tables with readable columns, made from the catalog.

import MarketCatalog
import SyncCore

/// Statements that make one record type's table, side table and view.
struct SyncedTableSQL {
    let type: RecordType

    /// Side table of the columns that never leave the node. It outlives the record.
    static func localTableName(of type: String) -> String { type + "_home" }

    static func viewName(of type: String) -> String { type + "_view" }

    var unitColumns: [Column] { type.columns.filter { $0.unit != nil } }

    var localColumns: [Column] { type.columns.filter { $0.unit == nil } }

    /// No UNIQUE but the key, no NOT NULL but the key's, no foreign key, no CHECK: an arriving value must never fail.
    var table: String {
        let columns = unitColumns.map { "\($0.name) \(Self.storageClass(of: $0.type))" }
        return Self.createTable(type.name, key: type.keyColumn.name, columns)
    }

    var localTable: String? {
        guard !localColumns.isEmpty else { return nil }
        let columns = localColumns.map { "\($0.name) \(Self.storageClass(of: $0.type))" }
        return Self.createTable(Self.localTableName(of: type.name), key: type.keyColumn.name, columns)
    }

    /// For people: the record, its columns that never leave, and every code with its names.
    var view: String {
        let key = type.keyColumn.name
        var columns = ["r.\(key) AS \(key)"]
        for column in type.columns {
            let source = column.unit == nil ? "h" : "r"
            columns.append("\(source).\(column.name) AS \(column.name)")
            guard case .code(let list) = column.type else { continue }
            for language in Language.allCases {
                columns.append(
                    "(SELECT \(language.rawValue) FROM yrd_code WHERE list = '\(list)' AND code = r.\(column.name)) "
                        + "AS \(column.name)_\(language.rawValue)")
            }
        }
        let join =
            localTable == nil
            ? "" : " LEFT JOIN \(Self.localTableName(of: type.name)) AS h ON h.\(key) = r.\(key)"
        return "CREATE VIEW \(Self.viewName(of: type.name)) AS SELECT \(columns.joined(separator: ", ")) "
            + "FROM \(type.name) AS r\(join)"
    }

    static func storageClass(of type: ColumnType) -> String {
        switch type {
        case .integer, .money: "INTEGER"
        case .text, .date, .code, .codeSet, .uscc, .region: "TEXT"
        }
    }

    private static func createTable(_ name: String, key: String, _ columns: [String]) -> String {
        let lines = (["\(key) TEXT NOT NULL PRIMARY KEY"] + columns).map { "    \($0)" }.joined(separator: ",\n")
        return "CREATE TABLE \(name) (\n\(lines)\n) STRICT"
    }
}

/// A text as an SQL literal.
func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
