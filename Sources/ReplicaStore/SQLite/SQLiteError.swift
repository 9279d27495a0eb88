// What SQLite refused, with what was being done.

import CSQLite
import GRDB

/// A failure of the database: the disk, a lock, a constraint. Never a verdict about an entry.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code (https://www.sqlite.org/rescode.html).
    package let code: Int32
    package let message: String
    /// What was being done, in words.
    package let doing: String

    package init(code: Int32, message: String, doing: String) {
        self.code = code
        self.message = message
        self.doing = doing
    }

    /// What GRDB says of its own statements, in our words: no caller needs to know two kinds.
    init(_ error: DatabaseError) {
        self.init(
            code: error.extendedResultCode.rawValue, message: error.message ?? "", doing: error.sql ?? "a transaction")
    }

    package var description: String { "\(doing): \(message) (SQLite \(code))" }

    private var primaryCode: Int32 { code & 0xFF }

    package var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }

    package var isBusy: Bool { primaryCode == SQLITE_BUSY }

    package var isDiskFull: Bool { primaryCode == SQLITE_FULL }
}
