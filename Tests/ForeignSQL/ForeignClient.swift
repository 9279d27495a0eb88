// A foreign program's connection to a replica: triggers on, no pragma, no setting of ours. Any program opens the file so.

import CSQLite
package import SyncCore

/// What SQLite told a foreign program.
package struct SQLComplaint: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

package final class ForeignClient {
    private let handle: OpaquePointer

    package init(_ path: String) throws {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw SQLComplaint("cannot open \(path): SQLite \(code)")
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5_000)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements; throws the complaint of the first that is refused. A transaction that was begun stays open.
    package func run(_ statements: String) throws {
        guard sqlite3_exec(handle, statements, nil, nil, nil) == SQLITE_OK else { throw complaint() }
    }

    /// Runs statements as a program does that gives up at the first complaint: no transaction is left open.
    package func runOrRollBack(_ statements: String) throws {
        do { try run(statements) } catch {
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// As the shell's `.dbconfig enable_trigger off`, from now on.
    package func silenceTriggers() { _ = csqlite_enable_triggers(handle, 0) }

    /// As a program that has its triggers off for these statements.
    package func runPastTriggers(_ statements: String) throws {
        silenceTriggers()
        defer { csqlite_enable_triggers(handle, 1) }
        try run(statements)
    }

    /// The rows of a query, columns joined by `|`, NULL as nothing.
    package func rows(_ query: String) throws -> [String] {
        try rows(query) { statement in
            (0..<sqlite3_column_count(statement)).map { column in
                sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
            }.joined(separator: "|")
        }
    }

    /// The first row of a query, as `rows` gives it; empty where there is none.
    package func value(_ query: String) throws -> String { try rows(query).first ?? "" }

    /// Rows of integers, texts and NULLs.
    package func values(_ query: String) throws -> [[FieldValue]] {
        try rows(query) { statement in
            (0..<sqlite3_column_count(statement)).map { column in
                switch sqlite3_column_type(statement, column) {
                case SQLITE_NULL: .null
                case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
                default: .text(Text(String(cString: sqlite3_column_text(statement, column))))
                }
            }
        }
    }

    /// Prepared inserts, in transactions of so many.
    package func insert(_ rows: [[FieldValue]], into table: String, each rowsPerTransaction: Int) throws {
        let marks = rows[0].map { _ in "?" }.joined(separator: ", ")
        let statement = try prepare("INSERT INTO \(table) VALUES (\(marks))")
        defer { sqlite3_finalize(statement) }
        for (index, row) in rows.enumerated() {
            if index % rowsPerTransaction == 0 { try run(index == 0 ? "BEGIN" : "COMMIT; BEGIN") }
            for (place, value) in row.enumerated() {
                switch value {
                case .text(let text):
                    var string = text.string
                    _ = string.withUTF8 {
                        csqlite_bind_text(statement, Int32(place + 1), $0.baseAddress, Int32($0.count))
                    }
                case .integer(let integer): sqlite3_bind_int64(statement, Int32(place + 1), integer)
                default: sqlite3_bind_null(statement, Int32(place + 1))
                }
            }
            guard sqlite3_step(statement) == SQLITE_DONE else { throw complaint() }
            sqlite3_reset(statement)
        }
        try run("COMMIT")
    }

    private func rows<Row>(_ query: String, _ read: (OpaquePointer) -> Row) throws -> [Row] {
        let statement = try prepare(query)
        defer { sqlite3_finalize(statement) }
        var rows: [Row] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append(read(statement))
            case SQLITE_DONE: return rows
            default: throw complaint()
            }
        }
    }

    private func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw complaint()
        }
        return statement
    }

    /// SQLite's message alone: the simulator's writer tells refusals apart by it.
    private func complaint() -> SQLComplaint { SQLComplaint(String(cString: sqlite3_errmsg(handle))) }
}
