// Updates of records that nobody disputes: from an entry's bytes straight into row, digest and state.

import Pipelining
import SyncCore

/// The fold of plain updates (DESIGN.md section 5, rule 1) into settled states whose values the author has seen. What it
/// writes is what `RecordStore.save` would.
///
/// Some records are read, then those before them written: what lies between, digests, is made on another core.
struct SettledRecords {
    private let transaction: ReplicaTransaction
    private let plain: PlainChanges
    private let table: SyncedTable
    private let rows: PlainRows
    private let save: PreparedStatement
    /// Of the row, by place of the unit; compiled when first needed.
    private var writes: [PreparedStatement?]
    private let record: PreparedStatement
    private var reading: SettledReading

    /// Some hundred microseconds of work.
    private static let updatesInPiece = 64

    init(_ transaction: ReplicaTransaction, _ plain: PlainChanges, _ rows: PlainRows) throws {
        self.transaction = transaction
        self.plain = plain
        self.rows = rows
        let connection = transaction.connection
        table = transaction.layout.tables[plain.rule.type]!
        let columns = RecordColumns(of: table, from: 0)
        record = try connection.statement(
            "SELECT \(columns.sql) FROM \(table.rule.type) AS c, yrd_record AS r "
                + "WHERE c.\(table.rule.keyColumn) = ?1 AND r.type = \(table.typeID) AND r.key = ?1")
        reading = SettledReading(table, columns, connection)
        save = try connection.statement(
            """
            UPDATE yrd_record SET entry = ?3, digest = ?4, state = ?5, history = ?6 WHERE type = ?1 AND key = ?2
            """)
        writes = plain.rule.units.map { _ in nil }
    }

    /// Gives each update its effect whose record is settled, and returns the others: those whose record is not there or
    /// has siblings, whose author has not seen what it replaces, or whose row is not what was sealed last.
    mutating func fold(
        ops: [UInt8], by stamp: EntryStamp, seeing visibility: Visibility
    ) throws -> [PlainChange] {
        let stage = Stage<SettledUpdates, [SettledDigest?]>("digests", .any) {
            [plain, rows, hashing = transaction.hashing] updates in
            SettledDigest.all(of: updates, in: plain, ops: ops, by: stamp.id, rows, hashing)
        }
        var others: [PlainChange] = []
        /// Read, and their digests in preparation.
        var waiting: SettledUpdates?
        try ops.withUnsafeBytes { bytes in
            func writeWaiting() throws {
                guard let updates = waiting?.updates, let digests = stage.take() else { return }
                waiting = nil
                for (update, digest) in zip(updates, digests) {
                    guard let digest else {
                        others.append(update.change)
                        continue
                    }
                    try write(update, digest, bytes, by: stamp)
                }
            }
            var piece = SettledUpdates()
            func closePiece() throws {
                stage.submit(piece)
                try writeWaiting()
                (waiting, piece) = (piece, SettledUpdates())
            }
            for change in plain.changes where change.kind == .update {
                let key = UnsafeRawBufferPointer(rebasing: bytes[change.key])
                guard try isSettled(key), try sees(change, visibility) else {
                    others.append(change)
                    continue
                }
                let update = SettledUpdate(change: change, record: reading.take())
                try piece.add(update, transaction.log, transaction.lanes)
                if piece.updates.count == Self.updatesInPiece { try closePiece() }
            }
            if !piece.updates.isEmpty { try closePiece() }
            try writeWaiting()
        }
        return others
    }

    /// Reads the record, if it is here.
    private mutating func isSettled(_ key: UnsafeRawBufferPointer) throws -> Bool {
        record.bindText(1, key)
        defer { record.reset() }
        return try record.step() && reading.read(record)
    }

    /// Whether the author has seen every value that the change replaces in the record that was read last.
    private func sees(_ change: PlainChange, _ visibility: Visibility) throws -> Bool {
        try plain.units[change.units].allSatisfy { part in
            let writer = reading.record.state.writers[part.place]
            return try writer == 0 || visibility.sees(transaction.log.stamp(writer, transaction.lanes))
        }
    }

    private mutating func write(
        _ update: SettledUpdate, _ digest: SettledDigest, _ ops: UnsafeRawBufferPointer, by stamp: EntryStamp
    ) throws {
        if rows == .written { try writeRow(update, ops) }
        var state = update.record.state
        for part in plain.units[update.change.units] { state.write(unitAt: part.place, by: stamp.number) }
        save.bind(1, table.typeID).bindText(2, UnsafeRawBufferPointer(rebasing: ops[update.change.key]))
        save.bind(3, stamp.number)
        transaction.connection.bind(digest.digest, to: save, 4)
        save.bind(5, transaction.connection.atRest(state.encoded()))
        save.bind(6, update.record.history(with: stamp.number))
        try save.run()
        try transaction.replaceDigest(update.record.digest, with: digest.digest, inBucket: digest.bucket)
    }

    private mutating func writeRow(_ update: SettledUpdate, _ ops: UnsafeRawBufferPointer) throws {
        for part in plain.units[update.change.units] {
            let write =
                try writes[part.place]
                ?? transaction.connection.statement(table.updateByRowIDSQL(of: plain.rule.units[part.place]))
            writes[part.place] = write
            write.bind(1, update.record.rowID)
            write.bind(encoded: UnsafeRawBufferPointer(rebasing: ops[part.values]), from: 2)
            try write.run()
            // Else state and digest would say what no row holds.
            guard transaction.connection.changes == 1 else {
                throw ReplicaDamage.unreadable(table: plain.rule.type, row: "rowid \(update.record.rowID), just read")
            }
        }
    }
}

extension ReplicaTransaction {
    /// Gives plain changes their effect, and returns those that need the ordinary way.
    func fold(
        _ plain: PlainChanges, _ fresh: FreshDigests, ops: [UInt8], by stamp: EntryStamp, seeing visibility: Visibility,
        _ rows: PlainRows
    ) throws -> [PlainChange] {
        let others = try FreshRecords(transaction: self).fold(plain, fresh, ops: ops, by: stamp, rows)
        var settled = try SettledRecords(self, plain, rows)
        return others + (try settled.fold(ops: ops, by: stamp, seeing: visibility))
    }
}
