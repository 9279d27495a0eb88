// Finding records by what their columns hold, in SQL, so that a million rows are no reason to wait.

package import SyncCore

/// "This column holds this value"; of a set: "contains this code".
package struct ColumnCondition: Hashable, Sendable {
    package enum Test: Hashable, Sendable {
        case equals(FieldValue)
        case contains(Text)
    }

    /// A column of the catalog, or the key.
    package let column: String
    package let test: Test

    package init(column: String, test: Test) {
        self.column = column
        self.test = test
    }

    /// With one place for its value.
    ///
    /// - Parameter column: the column as a query names it.
    fileprivate func sql(_ column: String, _ place: Int) -> String {
        switch test {
        case .equals: "\(column) IS ?\(place)"
        // A set that some client broke past the guards contains nothing; it must not fail the whole search.
        case .contains:
            "EXISTS (SELECT 1 FROM json_each(iif(json_valid(\(column)), \(column), NULL)) AS e WHERE e.value = ?\(place))"
        }
    }

    fileprivate func bind(to query: PreparedStatement, _ place: Int32) {
        switch test {
        case .equals(let value): SyncedTable.bind(value, to: query, place)
        case .contains(let code): query.bind(place, code)
        }
    }
}

extension SQLiteReplica {
    /// Shown records that meet every condition, ascending by key, at most `limit` of them.
    package func forEachRecord(
        of type: String, where conditions: [ColumnCondition], limit: Int?, _ body: (RecordRow) throws -> Void
    ) throws {
        guard let table = layout.tables[type] else { return }
        try read { _ in
            let key = table.rule.keyColumn
            var sql = "SELECT \(([key] + table.clearColumns).joined(separator: ", ")) FROM \(type)"
            if !conditions.isEmpty {
                sql +=
                    " WHERE "
                    + conditions.enumerated().map { $1.sql(table.clear($1.column), $0 + 1) }.joined(separator: " AND ")
            }
            sql += " ORDER BY \(key) LIMIT \(limit ?? -1)"
            let cursor = try connection.cursor(sql)
            for (index, condition) in conditions.enumerated() { condition.bind(to: cursor, Int32(index + 1)) }
            while try cursor.step() {
                guard let key = cursor.text(0) else { continue }
                try body(RecordRow(key: key, values: Self.columns(of: table.values(of: cursor, from: 1), table)))
            }
        }
    }

    /// Ids of the open conflicts of a type, by key.
    package func openConflictIDs(of type: String) throws -> [Text: [Digest]] {
        try read { _ in
            let query = try connection.cursor(
                """
                SELECT c.key, c.id FROM yrd_conflict AS c JOIN yrd_type AS t ON t.id = c.type
                WHERE c.closed_by IS NULL AND t.name = ?1 ORDER BY c.id
                """)
            query.bind(1, type)
            var ids: [Text: [Digest]] = [:]
            while try query.step() {
                if let key = query.text(0), let id = query.digest(1) { ids[key, default: []].append(id) }
            }
            return ids
        }
    }
}
