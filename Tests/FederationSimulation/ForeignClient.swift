// A foreign program's connection: triggers on, no setting of ours.

import CSQLite
import SyncCore

struct SQLComplaint: Error, CustomStringConvertible {
    let description: String
}

final class ForeignClient {
    private let handle: OpaquePointer

    init(_ path: String) throws {
        var handle: OpaquePointer?
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let handle else {
            throw SQLComplaint(description: "cannot open \(path)")
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5_000)
    }

    deinit { sqlite3_close_v2(handle) }

    /// As a program that has its triggers off.
    func runPastTriggers(_ statements: String) throws {
        csqlite_enable_triggers(handle, 0)
        defer { csqlite_enable_triggers(handle, 1) }
        try run(statements)
    }

    func run(_ statements: String) throws {
        guard sqlite3_exec(handle, statements, nil, nil, nil) == SQLITE_OK else {
            throw SQLComplaint(description: String(cString: sqlite3_errmsg(handle)))
        }
    }

    /// Columns joined by `|`.
    func rows(_ query: String) throws -> [String] {
        try rows(query) { statement in
            (0..<sqlite3_column_count(statement)).map { column in
                sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
            }.joined(separator: "|")
        }
    }

    /// Rows of integers, texts and NULLs.
    func values(_ query: String) throws -> [[FieldValue]] {
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

    private func rows<Row>(_ query: String, _ read: (OpaquePointer) -> Row) throws -> [Row] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw SQLComplaint(description: String(cString: sqlite3_errmsg(handle)))
        }
        defer { sqlite3_finalize(statement) }
        var rows: [Row] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append(read(statement))
            case SQLITE_DONE: return rows
            default: throw SQLComplaint(description: String(cString: sqlite3_errmsg(handle)))
            }
        }
    }
}
