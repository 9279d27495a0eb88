// The C API for everything that runs once a record: GRDB's cached statements cost 1.4 times as much (STACK.md section C).

import CSQLite
import SyncCore

/// One compiled statement. Confined to its connection's thread; no raw pointer leaves this file but the connection's.
final class PreparedStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    private let sql: String

    init(_ connection: OpaquePointer, _ sql: String) throws(SQLiteError) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw Self.error(connection, code, doing: "preparing «\(sql)»") }
        self.handle = handle
        self.connection = connection
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    // MARK: Binding, from index 1

    @discardableResult
    func bind(_ index: Int32, _ value: Int64) -> Self {
        check(sqlite3_bind_int64(handle, index, value))
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Int) -> Self { bind(index, Int64(value)) }

    @discardableResult
    func bind(_ index: Int32, _ value: Text) -> Self { bind(index, value.string) }

    @discardableResult
    func bind(_ index: Int32, _ value: String) -> Self {
        var text = value
        check(
            text.withUTF8 { utf8 in
                csqlite_bind_text(handle, index, utf8.baseAddress, Int32(utf8.count))
            })
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: [UInt8]) -> Self {
        check(value.withUnsafeBytes { csqlite_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) })
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Digest) -> Self {
        let words = value.words
        let bytes = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        check(withUnsafeBytes(of: bytes) { csqlite_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) })
        return self
    }

    /// Valid UTF-8 that stays where it is until the statement is reset or bound anew.
    @discardableResult
    func bindText(_ index: Int32, _ utf8: UnsafeRawBufferPointer) -> Self {
        check(
            sqlite3_bind_text(
                handle, index, utf8.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(utf8.count), nil))
        return self
    }

    @discardableResult
    func bindNull(_ index: Int32) -> Self {
        check(sqlite3_bind_null(handle, index))
        return self
    }

    // MARK: Running

    /// Advances; true if there is a row.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let error = Self.error(connection, code, doing: "running «\(sql)»")
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs to the end and is ready to be bound again.
    func run() throws(SQLiteError) {
        while try step() {}
        reset()
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    // MARK: Reading, from column 0

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func isInteger(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_INTEGER }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func blob(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    func digest(_ column: Int32) -> Digest? {
        guard let bytes = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == Digest.byteCount
        else { return nil }
        return Digest(loading: UnsafeRawBufferPointer(start: bytes, count: Digest.byteCount))
    }

    /// The bytes of a column as text, while they stand.
    func withText<Value>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        let bytes = sqlite3_column_text(handle, column)
        return try body(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// Nil if the column is NULL, or if its bytes are not UTF-8 without NUL, which any SQL client can write.
    func text(_ column: Int32) -> Text? {
        guard !isNull(column), let bytes = sqlite3_column_text(handle, column) else { return nil }
        let buffer = UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column)))
        guard !buffer.contains(0) else { return nil }
        return String(validating: buffer, as: UTF8.self).map { Text($0) }
    }

    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "binding to «\(sql)» failed with SQLite \(code)")
    }

    private static func error(_ connection: OpaquePointer, _ code: Int32, doing: String) -> SQLiteError {
        SQLiteError(
            code: max(sqlite3_extended_errcode(connection), code),
            message: String(cString: sqlite3_errmsg(connection)), doing: doing)
    }
}
