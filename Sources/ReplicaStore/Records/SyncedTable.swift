// One synced table, seen by units: the row as values, and values as the row.

import MarketCatalog
import SyncCore

/// What a synced table holds under one key.
enum RowReading: Hashable {
    case absent
    case values([UnitNumber: [FieldValue]])
    /// Some client wrote what no change set can carry; the code says what.
    case unreadable(code: String)

    /// Nil if unreadable.
    var content: RowContent? {
        switch self {
        case .absent: .absent
        case .values(let values): .present(values)
        case .unreadable: nil
        }
    }
}

/// Reads and writes the rows of one record type, on a connection whose triggers are off.
struct SyncedTable {
    let typeID: Int64
    let rule: RecordRule
    /// The unit columns in catalog order as a query names them: what is encrypted in the file, in the clear.
    let clearColumns: [String]
    /// The unit columns of one row, in catalog order.
    private let selectSQL: String
    private let insertSQL: String
    /// Inserts a row unless there is one of that key.
    let insertFreshSQL: String
    private let deleteSQL: String
    private let assignments: [UnitNumber: String]

    private let rest: RestColumns

    init(typeID: Int64, rule: RecordRule, rest: RestColumns) {
        self.typeID = typeID
        self.rule = rule
        self.rest = rest
        let columns = rule.units.flatMap { $0.columns.map(\.name) }
        let table = rule.type
        let key = rule.keyColumn
        let all = [key] + columns
        let places = all.enumerated().map { rest.place($0 + 1, of: $1) }.joined(separator: ", ")
        clearColumns = columns.map { rest.clear($0) }
        selectSQL = "SELECT \(clearColumns.joined(separator: ", ")) FROM \(table) WHERE \(key) = ?1"
        insertSQL = "INSERT INTO \(table) (\(all.joined(separator: ", "))) VALUES (\(places))"
        insertFreshSQL = insertSQL + " ON CONFLICT DO NOTHING"
        deleteSQL = "DELETE FROM \(table) WHERE \(key) = ?1"
        assignments = Dictionary(
            uniqueKeysWithValues: rule.units.map { unit in
                let assignments = unit.columns.enumerated().map {
                    "\($1.name) = \(rest.place($0 + 2, of: $1.name))"
                }
                return (unit.number, assignments.joined(separator: ", "))
            })
    }

    /// A column as a query names it: what is encrypted in the file, in the clear.
    func clear(_ column: String) -> String { rest.clear(column) }

    /// The same where the table has another name in the query.
    func clearColumns(of alias: String) -> [String] {
        rule.units.flatMap { $0.columns.map { rest.clear($0.name, named: "\(alias).\($0.name)") } }
    }

    /// `?1` is the key, the unit's columns follow.
    private func updateSQL(of unit: UnitRule) -> String {
        "UPDATE \(rule.type) SET \(assignments[unit.number]!) WHERE \(rule.keyColumn) = ?1"
    }

    /// For a row that was just read: `?1` is its rowid, the unit's columns follow.
    func updateByRowIDSQL(of unit: UnitRule) -> String {
        "UPDATE \(rule.type) SET \(assignments[unit.number]!) WHERE _rowid_ = ?1"
    }

    func read(_ key: Text, _ connection: SQLiteConnection, isLenient: Bool = false) throws -> RowReading {
        let query = try connection.statement(selectSQL)
        query.bind(1, key)
        defer { query.reset() }
        guard try query.step() else { return .absent }
        return values(of: query, from: 0, isLenient: isLenient)
    }

    /// Reads the unit columns of a row that a query yields in catalog order, beginning at a column.
    ///
    /// - Parameter isLenient: for screens and exports, what no change set can carry is NULL and the rest is read; else one
    ///   such value makes the row unreadable.
    func values(of query: PreparedStatement, from firstColumn: Int32, isLenient: Bool = false) -> RowReading {
        var values: [UnitNumber: [FieldValue]] = [:]
        values.reserveCapacity(rule.units.count)
        var column = firstColumn
        for unit in rule.units {
            var unitValues: [FieldValue] = []
            unitValues.reserveCapacity(unit.columns.count)
            for rule in unit.columns {
                switch Self.value(of: query, column, rule.type) {
                case .success(let value): unitValues.append(value)
                case .failure(let unreadable):
                    guard isLenient else { return .unreadable(code: unreadable.code) }
                    unitValues.append(.null)
                }
                column += 1
            }
            values[unit.number] = unitValues
        }
        return .values(values)
    }

    func insert(_ key: Text, _ values: [UnitNumber: [FieldValue]], _ connection: SQLiteConnection) throws {
        let insert = try connection.statement(insertSQL)
        insert.bind(1, key)
        var index: Int32 = 2
        for unit in rule.units {
            for value in values[unit.number] ?? unit.nulls {
                Self.bind(value, to: insert, index)
                index += 1
            }
        }
        try insert.run()
    }

    func update(_ key: Text, _ unit: UnitRule, _ values: [FieldValue], _ connection: SQLiteConnection) throws {
        let update = try connection.statement(updateSQL(of: unit))
        update.bind(1, key)
        for (offset, value) in values.enumerated() { Self.bind(value, to: update, Int32(offset + 2)) }
        try update.run()
    }

    /// Any client may write a set with spaces, in any order, or with doubles. What is sealed is the set; what stands in
    /// the row must be its one form, as it stands everywhere else.
    func normaliseSets(_ key: Text, _ values: [UnitNumber: [FieldValue]], _ connection: SQLiteConnection) throws {
        for unit in rule.units {
            for (column, value) in zip(unit.columns, values[unit.number] ?? []) {
                guard case .codeSet = column.type, case .set(let elements) = value else { continue }
                let update = try connection.statement(
                    "UPDATE \(rule.type) SET \(column.name) = \(rest.place(2, of: column.name)) "
                        + "WHERE \(rule.keyColumn) = ?1 AND \(clear(column.name)) IS NOT ?2")
                update.bind(1, key).bind(2, SetText.encode(elements))
                try update.run()
            }
        }
    }

    func delete(_ key: Text, _ connection: SQLiteConnection) throws {
        let delete = try connection.statement(deleteSQL)
        delete.bind(1, key)
        try delete.run()
    }

    // MARK: Values

    private struct Unreadable: Error {
        let code: String
    }

    private static func value(
        of query: PreparedStatement, _ column: Int32, _ type: ColumnType
    ) -> Result<FieldValue, Unreadable> {
        if query.isNull(column) { return .success(.null) }
        switch type {
        case .integer, .money:
            let value = query.integer(column)
            guard FieldValue.integerRange.contains(value) else {
                return .failure(Unreadable(code: "integer_too_large"))
            }
            return .success(.integer(value))
        case .text, .date, .code, .uscc, .region:
            guard let text = query.text(column) else { return .failure(Unreadable(code: "broken_text")) }
            guard text.utf8.count <= Limits.textBytes else { return .failure(Unreadable(code: "text_too_long")) }
            return .success(.text(text))
        case .codeSet:
            guard let text = query.text(column), let elements = SetText.decode(text.string) else {
                return .failure(Unreadable(code: "broken_set"))
            }
            guard elements.count <= Limits.setElements else { return .failure(Unreadable(code: "set_too_large")) }
            return .success(.set(elements))
        }
    }

    /// Nil for what no change set can carry.
    static func readable(_ query: PreparedStatement, _ column: Int32, _ type: ColumnType) -> FieldValue? {
        try? value(of: query, column, type).get()
    }

    static func bind(_ value: FieldValue, to statement: PreparedStatement, _ index: Int32) {
        switch value {
        case .null: statement.bindNull(index)
        case .integer(let integer): statement.bind(index, integer)
        case .text(let text): statement.bind(index, text)
        case .set(let elements): statement.bind(index, SetText.encode(elements))
        }
    }
}
