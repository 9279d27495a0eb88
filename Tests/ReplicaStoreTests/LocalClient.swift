// A local client inside the test's process: a plain connection with triggers on, quick enough for thousands of writes.

import CSQLite
import SyncCore

/// Not ours in any way: no pragma, no setting, as any program would open the file.
final class LocalClient {
    private let handle: OpaquePointer

    init(_ path: String) throws {
        var handle: OpaquePointer?
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let handle else {
            throw SQLComplaint(text: "cannot open \(path)")
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5_000)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements; throws the complaint of the first that is refused.
    func run(_ statements: String) throws {
        guard sqlite3_exec(handle, statements, nil, nil, nil) == SQLITE_OK else {
            throw SQLComplaint(text: String(cString: sqlite3_errmsg(handle)))
        }
    }

    /// The rows of a query, columns joined by `|`, NULL as nothing.
    func rows(_ query: String) throws -> [String] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK else {
            throw SQLComplaint(text: String(cString: sqlite3_errmsg(handle)))
        }
        defer { sqlite3_finalize(statement) }
        var rows: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                let columns = (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
                }
                rows.append(columns.joined(separator: "|"))
            case SQLITE_DONE: return rows
            default: throw SQLComplaint(text: String(cString: sqlite3_errmsg(handle)))
            }
        }
    }

    /// Prepared inserts, in transactions of so many.
    func insert(_ rows: [[FieldValue]], into table: String, each rowsPerTransaction: Int) throws {
        var statement: OpaquePointer?
        let marks = rows[0].map { _ in "?" }.joined(separator: ", ")
        sqlite3_prepare_v2(handle, "INSERT INTO \(table) VALUES (\(marks))", -1, &statement, nil)
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
            guard sqlite3_step(statement) == SQLITE_DONE else { throw SQLComplaint(text: "insert \(index)") }
            sqlite3_reset(statement)
        }
        try run("COMMIT")
    }

    func value(_ query: String) throws -> String { try rows(query).first ?? "" }

    /// As the shell's `.dbconfig enable_trigger off`.
    func silenceTriggers() { _ = csqlite_enable_triggers(handle, 0) }
}
