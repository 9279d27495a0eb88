// The replica's own connection: durable, and silent towards capture.

import CSQLite
import GRDB
import SyncCore

/// Owns one connection and its compiled statements. Not Sendable: one owner at a time, one synchronous closure a
/// transaction, never an `await` inside.
final class SQLiteConnection {
    private let queue: DatabaseQueue
    private let handle: OpaquePointer
    private var statements: [String: PreparedStatement] = [:]

    /// How long a statement waits for another client's transaction, in seconds.
    static let busyTimeoutSeconds = 15.0

    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "replica"
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        configuration.foreignKeysEnabled = false
        queue = try DatabaseQueue(path: path, configuration: configuration)
        handle = try queue.inDatabase { db in
            // FULL: with NORMAL, power loss takes acknowledged commits (measured), and with them own sequence numbers,
            // which would then be used twice.
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            try db.execute(sql: "PRAGMA cache_size = -65536")
            let handle = db.sqliteConnection!
            csqlite_enable_triggers(handle, 0)
            return handle
        }
    }

    /// For schema changes, in GRDB's own transactions.
    func migrate(_ migrator: DatabaseMigrator) throws { try migrator.migrate(queue) }

    /// `BEGIN IMMEDIATE … COMMIT`, or `ROLLBACK` if `body` throws. It begins only when no other client's transaction is
    /// open, so what `body` reads is a union of whole transactions.
    func write<Value>(_ body: () throws -> Value) throws -> Value {
        try queue.inDatabase { db in
            var result: Value?
            try db.inTransaction(.immediate) {
                result = try body()
                return .commit
            }
            return result!
        }
    }

    /// One consistent snapshot.
    func read<Value>(_ body: () throws -> Value) throws -> Value {
        try queue.inDatabase { db in
            var result: Value?
            try db.inTransaction(.deferred) {
                result = try body()
                return .commit
            }
            return result!
        }
    }

    /// A compiled statement, reset and ready to be bound. Inside `write` or `read` only.
    func statement(_ sql: String) throws(SQLiteError) -> PreparedStatement {
        if let statement = statements[sql] {
            statement.reset()
            return statement
        }
        let statement = try PreparedStatement(handle, sql)
        statements[sql] = statement
        return statement
    }

    /// A statement of the caller's own, for a cursor that stays open while others of the same text run.
    func cursor(_ sql: String) throws(SQLiteError) -> PreparedStatement { try PreparedStatement(handle, sql) }

    func execute(_ sql: String) throws(SQLiteError) {
        let statement = try PreparedStatement(handle, sql)
        try statement.run()
    }

    func close() throws {
        statements = [:]
        try queue.close()
    }
}
