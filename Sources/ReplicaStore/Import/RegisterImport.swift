// A register's rows become rows of the replica, written as any local client writes: triggers on, guards and capture alike.

package import MarketCatalog
import SyncCore

/// One import of one file. Not Sendable: one owner. If it is dropped without `finish`, the open transaction is rolled back.
///
/// Of each row only what the *source* changed since its last import is written, so a nightly import neither overwrites a
/// resolution nor brings back a record that was deleted here.
package final class RegisterImport {
    package enum Outcome: Hashable, Sendable {
        case created
        case updated
        case unchanged
        case refused(RowRefusal)
    }

    /// What was written (of a dry run: what would be). After a refused strict import nothing was created or updated.
    package struct Totals: Hashable, Sendable {
        package var created = 0
        package var updated = 0
        package var unchanged = 0
        package var refused = 0

        package init(created: Int = 0, updated: Int = 0, unchanged: Int = 0, refused: Int = 0) {
            self.created = created
            self.updated = updated
            self.unchanged = unchanged
            self.refused = refused
        }
    }

    /// Other clients get their turn this often.
    package static let rowsPerTransaction = 2_000

    private let connection: SQLiteConnection
    private let source: String
    private let type: RecordType
    private let isStrict: Bool
    private let isDryRun: Bool
    private let environment: ReplicaEnvironment
    private let refusals: [String: GuardRefusal]
    private let freshRows: FreshRows
    private let path: String
    /// Made after the first whole transaction: what a few rows leave in the log is soon written back.
    private var checkpointer: Checkpointer?
    private var columns = ImportColumns()
    private var plan: ImportPlan?
    private var madeEncoding: ImportRowEncoding?
    private var totals = Totals()
    private var rowsInTransaction = 0
    /// Rows of the transaction before, and the records that had been created when it began.
    private var (rowsBefore, createdBefore) = (0, 0)
    private var isInTransaction = false

    /// - Parameters:
    ///   - path: the replica's file.
    ///   - source: the name under which the file's last images are kept: its file name.
    ///   - catalogVersion: of the catalog by which the rows were read.
    ///   - isStrict: one refused row, and nothing at all is written. The whole file is one transaction then.
    ///   - isDryRun: everything is tried, nothing is kept.
    ///   - busySeconds: how long another client's transaction is waited for.
    package init(
        path: String, source: String, type: RecordType, catalogVersion: Int, environment: ReplicaEnvironment,
        isStrict: Bool, isDryRun: Bool, busySeconds: Double = 15
    ) throws {
        connection = try SQLiteConnection(path: path, firesTriggers: true, busySeconds: busySeconds)
        self.path = path
        self.source = source
        self.type = type
        self.isStrict = isStrict
        self.isDryRun = isDryRun
        self.environment = environment
        let connection = connection
        let name = try connection.step { try Meta(connection: connection).text(.market) }
        guard let market = Market(name) else { throw ReplicaDamage.missingMeta(name: MetaName.market.rawValue) }
        freshRows = FreshRows(
            connection, type: type, typeID: try connection.step { try TypeNumbers.number(of: type.name, connection) },
            market: market, source: source, catalogVersion: catalogVersion)
        refusals = GuardTriggers(type: type, typeID: 0, market: market).refusalsByMessage
    }

    deinit {
        plan = nil
        try? connection.step { try end(keep: false) }
        checkpointer?.close()
        try? connection.close()
    }

    /// How rows of a file are encoded that has certain columns. To be asked for before the first row is taken.
    package func encoding(of columns: [String]) throws -> ImportRowEncoding {
        func encoding() throws -> ImportRowEncoding {
            try connection.followRestKey(environment.restCipher)
            // If another import of the same source comes between, the numbers are others, and rows are encoded anew.
            var known = try loadColumns()
            return ImportRowEncoding(columns: columns, numbers: columns.map { known.number(of: $0) }, of: type)
        }
        return try isInTransaction ? connection.step(encoding) : connection.read(encoding)
    }

    /// Tries one row. A refused row leaves no trace; the next run tries it again.
    ///
    /// Throws only what no row is to blame for: a busy database, a full disk.
    package func take(_ row: ImportedRow) throws -> Outcome {
        let encoding = try madeEncoding?.columns == row.columns ? madeEncoding! : encoding(of: row.columns)
        madeEncoding = encoding
        return try connection.step { try taken(encoding.encode(row)) }
    }

    /// The same of several, in their order. What each came to is told at once.
    package func take(_ rows: [EncodedImportRow], told: (Outcome) -> Void) throws {
        try connection.step { for row in rows { told(try taken(row)) } }
    }

    private func taken(_ row: EncodedImportRow) throws -> Outcome {
        try beginIfNeeded()
        let outcome = try write(row)
        switch outcome {
        case .created: totals.created += 1
        case .updated: totals.updated += 1
        case .unchanged: totals.unchanged += 1
        case .refused: totals.refused += 1
        }
        rowsInTransaction += 1
        if rowsInTransaction == Self.rowsPerTransaction, !isStrict { try end(keep: !isDryRun) }
        return outcome
    }

    /// Counts a row that the reader refused, and that a strict import therefore fails for.
    package func countRefusal() { totals.refused += 1 }

    /// Ends the import and says what it did.
    package func finish() throws -> Totals {
        let isRefusedWhole = isStrict && totals.refused > 0
        try connection.step { try end(keep: !isDryRun && !isRefusedWhole) }
        if isRefusedWhole { (totals.created, totals.updated) = (0, 0) }
        return totals
    }

    // MARK: Transactions

    private func beginIfNeeded() throws {
        guard !isInTransaction else { return }
        try connection.execute("BEGIN IMMEDIATE")
        isInTransaction = true
        try connection.followRestKey(environment.restCipher)
        columns = try loadColumns()
        plan = nil
        // A register is either new here or mostly known.
        let created = totals.created - createdBefore
        if created * 2 >= rowsBefore { try freshRows.open() } else { freshRows.close() }
        createdBefore = totals.created
    }

    private func end(keep: Bool) throws {
        guard isInTransaction else { return }
        if keep { try saveColumns() }
        try connection.execute(keep ? "COMMIT" : "ROLLBACK")
        isInTransaction = false
        rowsBefore = rowsInTransaction
        rowsInTransaction = 0
        if keep, rowsBefore == Self.rowsPerTransaction { writeBackBeside() }
    }

    /// The write-ahead log of a long import is written back on another core. Where that cannot be, commits do it, as ever.
    private func writeBackBeside() {
        if checkpointer == nil {
            checkpointer = try? Checkpointer(path: path)
            if checkpointer != nil { try? connection.leaveCheckpoints() }
        }
        checkpointer?.run()
    }

    // MARK: One row

    private func write(_ encoded: EncodedImportRow) throws -> Outcome {
        let plan = try plan(for: encoded)
        let said =
            try encoded.numbers == plan.numbers
            ? encoded.image : ImportImage(encoded.fields(), numbers: plan.numbers).encoded()
        if freshRows.isOpen, let outcome = try writeFresh(encoded, plan, said) { return outcome }
        let stored = try storedImage(of: encoded.key)
        if stored == said { return .unchanged }
        if stored == ImportImage.lost {
            try save(said, of: encoded.key)
            return .unchanged
        }
        let row = try encoded.decoded()
        let (image, changed) = try difference(row, plan, said, since: stored)
        guard !changed.isEmpty else { return .unchanged }
        // What lies beside the record may be refused when the record is written already.
        let hasLocal = changed.contains { !plan.isShared[$0] }
        if hasLocal { try connection.statement("SAVEPOINT imported_row").run() }
        do throws(SQLiteError) {
            let outcome = try writeRecord(row, plan, changed, isFirst: stored == nil)
            let wroteLocal = try writeLocal(row, plan, changed)
            try save(image, of: row.key)
            if hasLocal { try connection.statement("RELEASE imported_row").run() }
            return outcome == .unchanged && wroteLocal ? .updated : outcome
        } catch {
            // Not `catch where`: Swift 6.3.1 crashes on it after a typed `do`.
            guard error.isConstraint else { throw error }
            if hasLocal {
                try connection.statement("ROLLBACK TO imported_row").run()
                try connection.statement("RELEASE imported_row").run()
            }
            return .refused(refusal(of: row, error))
        }
    }

    /// Nil, and nothing is written, if there is more to decide: then the rest of the transaction goes the ordinary way.
    private func writeFresh(_ row: EncodedImportRow, _ plan: ImportPlan, _ said: [UInt8]) throws -> Outcome? {
        guard !plan.columns.isEmpty else { return .unchanged }
        guard try freshRows.write(row, plan, image: said) else {
            if try storedImage(of: row.key) == said { return .unchanged }
            freshRows.close()
            return nil
        }
        if plan.isShared.contains(false) { _ = try writeLocal(row.decoded(), plan, Array(plan.columns.indices)) }
        return .created
    }

    /// The source's new image, and the positions of the row's fields that it has changed.
    ///
    /// - Parameter said: what the row says.
    private func difference(
        _ row: DecodedImportRow, _ plan: ImportPlan, _ said: [UInt8], since stored: [UInt8]?
    ) throws(DecodeError) -> (image: [UInt8], changed: [Int]) {
        guard let stored else { return (said, Array(row.fields.indices)) }
        var merged = try ImportImage(decoding: stored)
        let changed = row.fields.indices.filter { merged[plan.numbers[$0]] != row.fields[$0] }
        for position in changed { merged.take(row.fields[position], column: plan.numbers[position]) }
        return (merged.encoded(), changed)
    }

    private func writeRecord(
        _ row: DecodedImportRow, _ plan: ImportPlan, _ changed: [Int], isFirst: Bool
    ) throws(SQLiteError) -> Outcome {
        let shared = changed.filter { plan.isShared[$0] }
        let differing = try self.differing(row, plan, shared)
        guard let differing else {
            // Deleted since the last import, and the source says nothing new of what the record was: it stays deleted.
            guard isFirst || !shared.isEmpty else { return .unchanged }
            try plan.insert(row)
            return .created
        }
        guard !differing.isEmpty else { return .unchanged }
        try plan.update(row, differing)
        return .updated
    }

    /// Of some positions, those where the record says something else. Nil if there is no such record.
    private func differing(
        _ row: DecodedImportRow, _ plan: ImportPlan, _ positions: [Int]
    ) throws(SQLiteError) -> [Int]? {
        let query = plan.selectRecord
        query.reset()
        query.bind(1, row.key)
        defer { query.reset() }
        guard try query.step() else { return nil }
        return positions.filter { plan.value(of: query, at: $0) != row.fields[$0] }
    }

    /// Columns that never leave the node lie beside the record and outlive it.
    private func writeLocal(_ row: DecodedImportRow, _ plan: ImportPlan, _ changed: [Int]) throws(SQLiteError) -> Bool {
        let local = changed.filter { !plan.isShared[$0] }
        guard !local.isEmpty else { return false }
        return try plan.upsertLocal(row, local)
    }

    private func refusal(of row: DecodedImportRow, _ error: SQLiteError) -> RowRefusal {
        let known = refusals[error.message]
        return RowRefusal(
            line: row.line, column: known?.column, code: known?.code ?? "refused_by_rule",
            reason: known?.reason ?? LocalizedText(zh: error.message, en: error.message))
    }

    // MARK: Images

    private func plan(for row: EncodedImportRow) throws -> ImportPlan {
        if let plan, plan.columns == row.columns { return plan }
        let numbers = row.columns.map { columns.number(of: $0) }
        let plan = try ImportPlan(type: type, columns: row.columns, numbers: numbers, connection)
        self.plan = plan
        return plan
    }

    private func storedImage(of key: Text) throws -> [UInt8]? {
        let query = try connection.statement(
            "SELECT image FROM yrd_import WHERE source = ?1 AND type = ?2 AND key = ?3")
        query.bind(1, source).bind(2, type.name).bind(3, key)
        defer { query.reset() }
        guard try query.step() else { return nil }
        // Without the names of the columns, under the empty key, no image says anything.
        if key == "" { return try connection.fromRest(query.blob(0)) }
        return (try? connection.fromRest(query.blob(0))) ?? ImportImage.lost
    }

    private func save(_ image: [UInt8], of key: Text) throws(SQLiteError) {
        let upsert = try connection.statement(
            """
            INSERT INTO yrd_import (source, type, key, image) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (source, type, key) DO UPDATE SET image = excluded.image
            """)
        upsert.bind(1, source).bind(2, type.name).bind(3, key).bind(4, connection.atRest(image))
        try upsert.run()
    }

    private func loadColumns() throws -> ImportColumns {
        try storedImage(of: "").map { (bytes) throws(DecodeError) in try ImportColumns(decoding: bytes) }
            ?? ImportColumns()
    }

    private func saveColumns() throws(SQLiteError) {
        guard columns.isAltered else { return }
        try save(columns.encoded(), of: "")
        columns.wasSaved()
    }
}
