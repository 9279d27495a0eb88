// A row as somebody left it, in SQL literals: what is overwritten stays on record, bytes and all.

import SyncCore

extension SyncedTable {
    private var literals: String {
        rule.units.flatMap { $0.columns.map(\.name) }.map { "'\($0) = ' || quote(CAST(\(literal($0)) AS BLOB))" }
            .joined(separator: " || ', ' || ")
    }

    /// In the clear; what claims to be encrypted and cannot be decrypted, as it stands.
    private func literal(_ column: String) -> String {
        let clear = clear(column)
        return clear == column ? column : "iif(typeof(\(clear)) = 'blob', \(column), \(clear))"
    }

    func literalRow(_ key: Text, _ connection: SQLiteConnection) throws -> String {
        let query = try connection.cursor("SELECT \(literals) FROM \(rule.type) WHERE \(rule.keyColumn) = ?1")
        query.bind(1, key)
        return try query.step() ? query.text(0)?.string ?? "" : "(no row)"
    }

    /// Rows whose key is not text of UTF-8: no record can have it.
    func rowsOfBrokenKeys(_ connection: SQLiteConnection) throws -> [String] {
        let key = rule.keyColumn
        let cursor = try connection.cursor(
            "SELECT \(key), '\(key) = ' || quote(CAST(\(key) AS BLOB)) || ', ' || \(literals) FROM \(rule.type)")
        var rows: [String] = []
        while try cursor.step() {
            if cursor.text(0) == nil { rows.append(cursor.text(1)?.string ?? "") }
        }
        return rows
    }
}
