// What other programs write they write in the clear: it is encrypted before our next transaction ends.

import MarketCatalog

struct ClearValues {
    private let connection: SQLiteConnection
    private let tables: [(name: String, key: String, columns: [String])]

    init(_ catalog: Catalog, _ connection: SQLiteConnection) {
        self.connection = connection
        tables = catalog.recordTypes.flatMap { type in
            let local = SyncedTableSQL.localTableName(of: type.name)
            return [
                (type.name, type.columnsAtRest.filter { $0.unit != nil }),
                (local, type.columnsAtRest.filter { $0.unit == nil }),
            ]
            .filter { !$1.isEmpty }.map { (name: $0, key: type.keyColumn.name, columns: $1.map(\.name)) }
        }
    }

    private static func isClear(_ column: String) -> String { "\(column) NOT GLOB '\(RestCipher.textPrefix)*'" }

    private static func isClear(_ columns: [String]) -> String { columns.map(isClear).joined(separator: " OR ") }

    /// An index of the rows in the clear, of which there are none or few: to find them costs nothing.
    func index() throws {
        try forget()
        for table in tables {
            try connection.execute(
                "CREATE INDEX yrd_clear_\(table.name) ON \(table.name) (\(table.key)) WHERE \(Self.isClear(table.columns))"
            )
        }
    }

    func forget() throws {
        for table in tables { try connection.execute("DROP INDEX IF EXISTS yrd_clear_\(table.name)") }
    }

    func encrypt() throws {
        for table in tables {
            let encrypted = table.columns.map { "\($0) = iif(\(Self.isClear($0)), yrd_encrypted(\($0)), \($0))" }
            try connection.statement(
                "UPDATE \(table.name) SET \(encrypted.joined(separator: ", ")) WHERE \(Self.isClear(table.columns))"
            ).run()
        }
    }

    /// Every value, from one key to another, or to none.
    func recode() throws {
        for table in tables {
            let recoded = table.columns.map { "\($0) = yrd_recoded(\($0))" }.joined(separator: ", ")
            try connection.execute("UPDATE \(table.name) SET \(recoded)")
        }
    }
}
