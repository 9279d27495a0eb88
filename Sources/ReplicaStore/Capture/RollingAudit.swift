// The audit of capture in small pieces, so that a daemon can go through a large replica without holding anybody up.

package import SyncCore

extension SQLiteReplica {
    /// Compares up to `count` records with what was last sealed or applied, and seals what escaped capture: no write
    /// waits for ever because its client had triggers off. Reads in a snapshot, and locks only if something was found.
    /// A record that cannot be read back becomes a finding, once; the audit goes on behind it.
    ///
    /// - Parameter place: the last record of the piece before; nil begins.
    /// - Returns: the last record of this piece; nil if the whole replica has been gone through.
    package func auditCapture(after place: RecordID?, count: Int, _ signer: EntrySigner) throws -> RecordID? {
        let piece = try read { transaction in
            try CaptureAudit(transaction: transaction).piece(after: place, count: count)
        }
        if !piece.missed.isEmpty || !piece.damaged.isEmpty {
            try write { transaction in
                // Since the snapshot another client may have written the record, or a seal of ours may have come by.
                let audit = CaptureAudit(transaction: transaction)
                for record in piece.missed { try audit.captureIfMissed(record) }
                for record in piece.damaged {
                    try transaction.addFinding(
                        "record_unreadable", record: record,
                        detail: "its state cannot be read back; yrdsync verify says more")
                }
                _ = try seal(transaction, signer)
            }
        }
        return piece.last
    }
}

/// What the audit found in one piece.
struct AuditedPiece {
    var missed: [RecordID] = []
    /// Cannot be read back, and no finding says so yet.
    var damaged: [RecordID] = []
    /// Nil at the end of the replica.
    var last: RecordID?
}

extension CaptureAudit {
    /// The records after a place, in the order of types and keys.
    func piece(after place: RecordID?, count: Int) throws -> AuditedPiece {
        var piece = AuditedPiece()
        var room = count
        for table in transaction.layout.tablesInOrder {
            let type = Text(table.rule.type)
            if let place, type < place.type { continue }
            let start = place?.type == type ? place?.key : nil
            let (keys, isCut) = try keys(in: table, after: start, count: room)
            for key in keys { try look(at: RecordID(type: type, key: key), in: table, &piece) }
            if isCut, let key = keys.last {
                piece.last = RecordID(type: type, key: key)
                return piece
            }
            room -= keys.count
        }
        return piece
    }

    private func look(at record: RecordID, in table: SyncedTable, _ piece: inout AuditedPiece) throws {
        do {
            if try isMissed(record, in: table) { piece.missed.append(record) }
        } catch {
            // A disk that fails is no verdict on the record.
            if error is SQLiteError { throw error }
            if try !transaction.hasFinding("record_unreadable", record: record) { piece.damaged.append(record) }
        }
    }

    func captureIfMissed(_ record: RecordID) throws {
        guard let table = transaction.layout.table(record.type), try isMissed(record, in: table) else { return }
        try capture([record], in: table)
    }

    private func isMissed(_ record: RecordID, in table: SyncedTable) throws -> Bool {
        let query = try transaction.connection.statement(
            """
            SELECT 1 FROM yrd_pending WHERE type = ?1 AND key = ?2
            UNION ALL SELECT 1 FROM yrd_unsealed WHERE type = ?1 AND key = ?2
            """)
        query.bind(1, table.typeID).bind(2, record.key)
        let isNoted = try query.step()
        query.reset()
        guard !isNoted else { return false }
        let records = RecordStore(transaction: transaction)
        return !records.isAsSealed(try records.load(record, from: .row))
    }

    /// Keys that have a row or a state, ascending, and whether there may be more. A key that is not UTF-8 belongs to no
    /// record: `verify` names it.
    private func keys(
        in table: SyncedTable, after start: Text?, count: Int
    ) throws -> (keys: [Text], isCut: Bool) {
        let query = try transaction.connection.statement(
            """
            SELECT key FROM (SELECT key FROM yrd_record WHERE type = ?1 AND key > ?2 ORDER BY key LIMIT ?3)
            UNION SELECT key FROM (
                SELECT \(table.rule.keyColumn) AS key FROM \(table.rule.type)
                WHERE \(table.rule.keyColumn) > ?2 ORDER BY \(table.rule.keyColumn) LIMIT ?3)
            ORDER BY key LIMIT ?3
            """)
        defer { query.reset() }
        var keys: [Text] = []
        var last = Array((start ?? Text("")).utf8)
        var rows: Int
        repeat {
            query.reset()
            rows = 0
            last = try last.withUnsafeBytes { bytes in
                query.bind(1, table.typeID).bindText(2, bytes).bind(3, count)
                var next = Array(bytes)
                while try query.step() {
                    rows += 1
                    next = query.withText(0) { Array($0) }
                    if let key = query.text(0) { keys.append(key) }
                }
                query.reset()
                return next
            }
            // However many keys that are no text stand together: behind them the audit goes on.
        } while keys.isEmpty && rows == count
        return (keys, rows == count)
    }
}
