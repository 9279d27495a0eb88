// What SQLite refused, with what was being done.

import CSQLite

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

    package var description: String { "\(doing): \(message) (SQLite \(code))" }

    private var primaryCode: Int32 { code & 0xFF }

    package var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }

    package var isBusy: Bool { primaryCode == SQLITE_BUSY }

    package var isDiskFull: Bool { primaryCode == SQLITE_FULL }
}
