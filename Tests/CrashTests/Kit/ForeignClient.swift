// A foreign program's connection: triggers on, no setting of ours.

import CSQLite
import SyncCore

/// What SQLite told a foreign program.
struct ForeignComplaint: Error, CustomStringConvertible {
    let description: String
}

final class ForeignClient {
    private let handle: OpaquePointer

    init(_ path: String) throws {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw ForeignComplaint(description: "cannot open \(path): SQLite \(code)")
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5_000)
    }

    deinit { sqlite3_close_v2(handle) }

    /// As a shell's `.dbconfig enable_trigger off`.
    func silenceTriggers() { _ = csqlite_enable_triggers(handle, 0) }

    /// Runs statements; after a complaint no transaction is open.
    func run(_ statements: String) throws {
        guard sqlite3_exec(handle, statements, nil, nil, nil) == SQLITE_OK else {
            let complaint = complaint()
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw complaint
        }
    }

    /// Columns joined by `|`, NULL as nothing.
    func rows(_ query: String) throws -> [String] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK else { throw complaint() }
        defer { sqlite3_finalize(statement) }
        var rows: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(statement)).map { column in
                        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
                    }.joined(separator: "|"))
            case SQLITE_DONE: return rows
            default: throw complaint()
            }
        }
    }

    private func complaint() -> ForeignComplaint {
        ForeignComplaint(
            description: "\(String(cString: sqlite3_errmsg(handle))) (SQLite \(sqlite3_extended_errcode(handle)))")
    }
}
