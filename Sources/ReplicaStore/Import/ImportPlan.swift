// The statements of an import, compiled once for the columns that a file has.

import MarketCatalog
import SyncCore

/// How rows with certain columns are read and written. Positions are those of the file's columns.
final class ImportPlan {
    let columns: [String]
    /// Each column's number in the images.
    let numbers: [Int]
    /// False for columns that never leave the node.
    let isShared: [Bool]
    /// Of shared columns that an encrypted replica encrypts: a guard knows the form of a ciphertext.
    private let personalPositions: [Int]
    let selectRecord: PreparedStatement
    private let connection: SQLiteConnection
    private let rest: RestColumns
    private let table: String
    private let key: String
    private let types: [ColumnType]
    /// The place of each column in the query that reads it.
    private let places: [Int32]
    private let insertRecord: PreparedStatement
    private let insertAbsentRecord: PreparedStatement
    private let insertedPositions: [Int]
    /// For the values of an image, in their order: the parameter of the insert, 0 for a column that never leaves the node.
    /// Nil where a column holds sets, whose text is not what an image holds.
    private let parametersOfImage: [Int32]?
    /// By positions: imports change the same few columns again and again.
    private var updates: [[Int]: PreparedStatement] = [:]

    private static let updatesMax = 64

    init(type: RecordType, columns: [String], numbers: [Int], _ connection: SQLiteConnection) throws {
        let described = columns.map { name in
            guard let column = type.column(named: name) else {
                preconditionFailure("\(type.name) has no column \(name)")
            }
            return column
        }
        let shared = described.indices.filter { described[$0].unit != nil }
        var places = Array(repeating: Int32(0), count: columns.count)
        for (place, position) in shared.enumerated() { places[position] = Int32(place) }
        let key = type.keyColumn.name
        let rest = RestColumns(type, isEncrypted: connection.rest.cipher != nil)
        func names(_ positions: [Int]) -> [String] { positions.map { columns[$0] } }
        func select(_ table: String, _ positions: [Int]) throws(SQLiteError) -> PreparedStatement {
            let list = positions.isEmpty ? "1" : names(positions).map { rest.clear($0) }.joined(separator: ", ")
            return try connection.cursor("SELECT \(list) FROM \(table) WHERE \(key) = ?1")
        }
        let inserted = ([key] + names(shared)).joined(separator: ", ")
        let marks = (1...(shared.count + 1)).map { "?\($0)" }.joined(separator: ", ")

        self.columns = columns
        self.numbers = numbers
        self.connection = connection
        self.key = key
        self.rest = rest
        self.places = places
        table = type.name
        isShared = described.map { $0.unit != nil }
        types = described.map(\.type)
        let atRest = Set(type.columnsAtRest.map(\.name))
        let parameters = Dictionary(uniqueKeysWithValues: shared.enumerated().map { ($1, Int32($0 + 2)) })
        parametersOfImage =
            types.contains(where: \.isSet)
            ? nil : columns.indices.sorted { numbers[$0] < numbers[$1] }.map { parameters[$0] ?? 0 }
        personalPositions = shared.filter { atRest.contains(columns[$0]) }
        insertedPositions = shared
        selectRecord = try select(type.name, shared)
        let insert = "INSERT INTO \(type.name) (\(inserted)) VALUES (\(marks))"
        insertRecord = try connection.cursor(insert)
        insertAbsentRecord = try connection.cursor(insert + " ON CONFLICT DO NOTHING")
    }

    /// Whether a text of the row was copied out of an encrypted column, by its form.
    func mayHoldCiphertext(_ row: EncodedImportRow) throws -> Bool {
        guard !personalPositions.isEmpty else { return false }
        let fields = try row.fields()
        return personalPositions.contains { position in
            guard case .text(let text) = fields[position] else { return false }
            return RestCipher.hasForm(text.string)
        }
    }

    /// What a query of this plan yields for a column. What cannot be read differs from everything.
    func value(of query: PreparedStatement, at position: Int) -> FieldValue? {
        SyncedTable.readable(query, places[position], types[position])
    }

    func insert(_ row: DecodedImportRow) throws(SQLiteError) { try run(insertRecord, row) }

    /// False if there is a record of that key.
    ///
    /// - Parameter image: all that the row says, by the numbers of this plan.
    func insertIfAbsent(_ row: EncodedImportRow, image: [UInt8]) throws -> Bool {
        guard let parametersOfImage else {
            try run(insertAbsentRecord, row.decoded())
            return connection.changes == 1
        }
        let insert = insertAbsentRecord
        insert.bind(1, row.key)
        try image.withUnsafeBytes { image in
            var values = EncodedValues(image)
            for parameter in parametersOfImage {
                values.skipNumber()
                guard let value = values.next() else { preconditionFailure("an image of fewer columns than its row") }
                if parameter != 0 { insert.bind(encoded: value, parameter) }
            }
            try insert.run()
        }
        return connection.changes == 1
    }

    private func run(_ insert: PreparedStatement, _ row: DecodedImportRow) throws(SQLiteError) {
        insert.reset()
        insert.bind(1, row.key)
        for (index, position) in insertedPositions.enumerated() {
            SyncedTable.bind(row.fields[position], to: insert, Int32(index + 2))
        }
        try insert.run()
    }

    func update(_ row: DecodedImportRow, _ positions: [Int]) throws(SQLiteError) {
        try run(row, positions, updateSQL(positions))
    }

    private func updateSQL(_ positions: [Int]) -> String {
        let assignments = positions.enumerated().map { "\(columns[$1]) = ?\($0 + 2)" }.joined(separator: ", ")
        return "UPDATE \(table) SET \(assignments) WHERE \(key) = ?1"
    }

    /// False if nothing changed.
    func upsertLocal(_ row: DecodedImportRow, _ positions: [Int]) throws(SQLiteError) -> Bool {
        let isThere = positions.contains { row.fields[$0] != .null }
        let local = SyncedTableSQL.localTableName(of: table)
        guard isThere else {
            let names = positions.map { columns[$0] }
            // Nothing to say of a record that has nothing beside it.
            let clear = names.map { "\($0) = NULL" }.joined(separator: ", ")
            let update = try connection.statement(
                "UPDATE \(local) SET \(clear) WHERE \(key) = ?1 AND coalesce(\(names.joined(separator: ", ")), NULL) NOTNULL"
            )
            update.bind(1, row.key)
            try update.run()
            return connection.changes > 0
        }
        try run(row, positions, upsertLocalSQL(positions, into: local))
        return connection.changes > 0
    }

    private func upsertLocalSQL(_ positions: [Int], into local: String) -> String {
        let names = positions.map { columns[$0] }
        let marks = (["?1"] + names.enumerated().map { rest.place($0 + 2, of: $1) }).joined(separator: ", ")
        let assignments = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let differs = names.map {
            "\(rest.clear($0)) IS NOT \(rest.clear($0, named: "excluded.\($0)"))"
        }.joined(separator: " OR ")
        return "INSERT INTO \(local) (\(([key] + names).joined(separator: ", "))) VALUES (\(marks)) "
            + "ON CONFLICT (\(key)) DO UPDATE SET \(assignments) WHERE \(differs)"
    }

    private func run(_ row: DecodedImportRow, _ positions: [Int], _ sql: @autoclosure () -> String) throws(SQLiteError)
    {
        let statement: PreparedStatement
        if let known = updates[positions] {
            statement = known
            statement.reset()
        } else {
            statement = try connection.cursor(sql())
            if updates.count == Self.updatesMax { updates = [:] }
            updates[positions] = statement
        }
        statement.bind(1, row.key)
        for (index, position) in positions.enumerated() {
            SyncedTable.bind(row.fields[position], to: statement, Int32(index + 2))
        }
        try statement.run()
    }
}
