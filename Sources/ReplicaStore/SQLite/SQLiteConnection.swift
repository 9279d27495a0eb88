// The replica's connections: durable; ours silent towards capture, an import's like any client's.

import CSQLite
import GRDB
import SyncCore

/// Owns one connection and its compiled statements. Not Sendable: one owner at a time, one synchronous closure a
/// transaction, never an `await` inside.
final class SQLiteConnection {
    private let queue: DatabaseQueue
    private let handle: OpaquePointer
    private var statements: [String: PreparedStatement] = [:]
    let rest = RestFunctions()

    /// - Parameters:
    ///   - firesTriggers: whether this connection writes as local clients do, captured and guarded.
    ///   - busySeconds: how long a statement waits for another client's transaction.
    init(path: String, firesTriggers: Bool = false, busySeconds: Double = 15) throws {
        var configuration = Configuration()
        configuration.label = "replica"
        configuration.busyMode = .timeout(busySeconds)
        configuration.foreignKeysEnabled = false
        configuration.allowsUnsafeTransactions = firesTriggers
        (queue, handle) = try Self.open(path, configuration, firesTriggers)
        rest.register(on: handle)
    }

    /// Once a process. Without effect, and no harm, if SQLite is in use already.
    private static let countNoAllocations = csqlite_count_no_allocations()

    private static func open(
        _ path: String, _ configuration: Configuration, _ firesTriggers: Bool
    ) throws -> (DatabaseQueue, OpaquePointer) {
        _ = countNoAllocations
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return (queue, try queue.inDatabase { try prepare($0, firesTriggers) })
        } catch let error as DatabaseError {
            throw SQLiteError(error)
        }
    }

    private static func prepare(_ db: Database, _ firesTriggers: Bool) throws -> OpaquePointer {
        // FULL: with NORMAL, power loss takes acknowledged commits (measured), and with them own sequence numbers,
        // which would then be used twice.
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(sql: "PRAGMA cache_size = -24576")
        if !firesTriggers { try db.execute(sql: "PRAGMA trusted_schema = OFF") }
        let handle = db.sqliteConnection!
        csqlite_enable_triggers(handle, firesTriggers ? 1 : 0)
        return handle
    }

    /// Whether statements fire triggers; those that are compiled already are compiled anew.
    func setTriggers(firing: Bool) { csqlite_enable_triggers(handle, firing ? 1 : 0) }

    /// For schema changes, in GRDB's own transactions.
    func migrate(_ migrator: DatabaseMigrator) throws {
        do {
            try migrator.migrate(queue)
        } catch let error as DatabaseError {
            throw SQLiteError(error)
        }
    }

    /// `BEGIN IMMEDIATE … COMMIT`, or `ROLLBACK` if `body` throws. It begins only when no other client's transaction is
    /// open, so what `body` reads is a union of whole transactions.
    func write<Value>(_ body: () throws -> Value) throws -> Value { try transaction("BEGIN IMMEDIATE", body) }

    /// Outside of our own transactions: for a statement that SQLite allows in none, and for an import's connection, whose
    /// transaction spans several steps.
    func step<Value>(_ body: () throws -> Value) throws -> Value { try queue.inDatabase { _ in try body() } }

    /// One consistent snapshot.
    func read<Value>(_ body: () throws -> Value) throws -> Value { try transaction("BEGIN", body) }

    /// With compiled statements: GRDB's transactions compile theirs anew each time, a tenth of an idle round.
    private func transaction<Value>(_ begin: String, _ body: () throws -> Value) throws -> Value {
        try queue.inDatabase { _ in
            try statement(begin).run()
            do {
                let value = try body()
                try statement("COMMIT").run()
                return value
            } catch {
                // SQLite has rolled back itself where the disk failed. The first error tells what happened.
                if sqlite3_get_autocommit(handle) == 0 { try? statement("ROLLBACK").run() }
                throw error
            }
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

    /// Rows that the last statement wrote.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Equal at two times only if nothing was written in between, by this connection or by another.
    struct ContentVersion: Hashable {
        fileprivate let ofOthers: Int64
        fileprivate let ofOurs: Int64
    }

    /// Inside `read`, after the first query, that of the snapshot; else that of the moment.
    ///
    /// - Parameter passedOver: rows that this connection has written and that do not count.
    func contentVersion(passingOver passedOver: Int64 = 0) throws(SQLiteError) -> ContentVersion {
        let query = try statement("PRAGMA data_version")
        defer { query.reset() }
        guard try query.step() else { preconditionFailure("PRAGMA data_version has one row") }
        return ContentVersion(ofOthers: query.integer(0), ofOurs: totalChanges - passedOver)
    }

    /// Rows that this connection has written, ever.
    var totalChanges: Int64 { sqlite3_total_changes64(handle) }

    /// Every page of another database in the place of ours, in one transaction.
    func takePages(from other: SQLiteConnection) throws {
        do { try other.queue.backup(to: queue) } catch let error as DatabaseError { throw SQLiteError(error) }
    }

    func close() throws {
        statements = [:]
        try queue.close()
    }
}
