// What other programs write they write in the clear: it is encrypted before our next transaction ends.

import MarketCatalog
import SyncCore

struct ClearValues {
    private struct Table {
        let type: String
        let name: String
        let key: String
        let columns: [String]

        func map(_ expression: (String) -> String, joinedBy separator: String) -> String {
            columns.map(expression).joined(separator: separator)
        }

        var isClear: String { map(ClearValues.isClear, joinedBy: " OR ") }
    }

    private let connection: SQLiteConnection
    private let tables: [Table]

    init(_ catalog: Catalog, _ connection: SQLiteConnection) {
        self.connection = connection
        tables = catalog.recordTypes.flatMap { type in
            let shared = type.columnsAtRest.filter { $0.unit != nil }.map(\.name)
            let local = type.columnsAtRest.filter { $0.unit == nil }.map(\.name)
            return [(type.name, shared), (SyncedTableSQL.localTableName(of: type.name), local)]
                .filter { !$1.isEmpty }
                .map { Table(type: type.name, name: $0, key: type.keyColumn.name, columns: $1) }
        }
    }

    private static func isClear(_ column: String) -> String { "\(column) NOT GLOB '\(RestCipher.textPrefix)*'" }

    /// An index of the rows in the clear, of which there are none or few: to find them costs nothing.
    func index() throws {
        for table in tables {
            try connection.execute(
                "CREATE INDEX IF NOT EXISTS yrd_clear_\(table.name) ON \(table.name) (\(table.key)) WHERE \(table.isClear)"
            )
        }
    }

    /// Also those of another catalog.
    func dropIndices() throws {
        let query = try connection.cursor(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB 'yrd_clear_*'")
        var names: [String] = []
        while try query.step() {
            if let name = query.text(0) { names.append(name.string) }
        }
        query.reset()
        for name in names { try connection.execute("DROP INDEX \(name)") }
    }

    func areThere() throws -> Bool {
        for table in tables {
            let query = try connection.statement("SELECT 1 FROM \(table.name) WHERE \(table.isClear) LIMIT 1")
            defer { query.reset() }
            if try query.step() { return true }
        }
        return false
    }

    func encrypt() throws {
        for table in tables {
            let encrypted = table.map(
                { "\($0) = iif(\(Self.isClear($0)), yrd_encrypted(\($0)), \($0))" }, joinedBy: ", ")
            try connection.statement("UPDATE \(table.name) SET \(encrypted) WHERE \(table.isClear)").run()
        }
    }

    /// Every value, from one key to another, or to none.
    func recode() throws {
        for table in tables {
            try connection.execute(
                "UPDATE \(table.name) SET \(table.map({ "\($0) = yrd_recoded(\($0))" }, joinedBy: ", "))")
        }
    }

    /// Writes the columns in the clear that another catalog does not call personal, and drops the indices.
    ///
    /// - Throws: `IllegibleValues`.
    func decrypt(whatLeaves catalog: Catalog) throws {
        try dropIndices()
        for table in tables {
            let stays = Set(catalog.recordType(named: table.type)?.columnsAtRest.map(\.name) ?? [])
            let leaves = table.columns.filter { !stays.contains($0) }
            guard !leaves.isEmpty else { continue }
            let illegible = try illegible(in: table, leaves)
            guard illegible.isEmpty else { throw IllegibleValues(records: illegible) }
            let clear = leaves.map { "\($0) = yrd_decrypted(\($0))" }
            try connection.execute("UPDATE \(table.name) SET \(clear.joined(separator: ", "))")
        }
    }

    /// Records with a value that claims to be encrypted and cannot be decrypted: a program cut it, or made it up.
    func illegible() throws -> [RecordID] { try tables.flatMap { try illegible(in: $0, $0.columns) } }

    private func illegible(in table: Table, _ columns: [String]) throws -> [RecordID] {
        let isIllegible = columns.map { "NOT yrd_legible(\($0))" }.joined(separator: " OR ")
        let query = try connection.cursor("SELECT \(table.key) FROM \(table.name) WHERE \(isIllegible) ORDER BY 1")
        var records: [RecordID] = []
        while try query.step() {
            if let key = query.text(0) { records.append(RecordID(type: Text(table.type), key: key)) }
        }
        return records
    }
}

extension SQLiteReplica {
    /// Encrypts what other programs have written in the clear, without waiting for a seal. Nothing while nothing is encrypted.
    package func encryptClearValues() throws {
        guard connection.rest.cipher != nil else { return }
        let areThere = try read { try ClearValues($0.layout.catalog, connection).areThere() }
        if areThere { try write { _ in } }
    }

    /// The same in a copy that was made of the file meanwhile.
    func encryptClearValues(inCopy path: String, _ cipher: RestCipher) throws {
        let copy = try SQLiteConnection(path: path)
        copy.rest.cipher = cipher
        let values = ClearValues(catalog, copy)
        // Another process may have written everything in the clear before the copy was made.
        let isSameKey = { try Meta(connection: copy).blob(.restKey) == cipher.keyID.bytes }
        if try copy.read({ try isSameKey() && values.areThere() }) {
            try copy.write { try values.encrypt() }
            try copy.step { try copy.execute("VACUUM") }
        }
        try copy.close()
    }
}
