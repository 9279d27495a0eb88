// The audit of capture in small pieces, so that a daemon can go through a large replica without holding anybody up.

package import SyncCore

extension SQLiteReplica {
    /// Compares up to `count` records with what was last sealed or applied, and seals what escaped capture: no write
    /// waits for ever because its client had triggers off. Reads in a snapshot, and locks only if something was found.
    ///
    /// - Parameter place: the last record of the piece before; nil begins.
    /// - Returns: the last record of this piece; nil if the whole replica has been gone through.
    package func auditCapture(after place: RecordID?, count: Int, _ signer: EntrySigner) throws -> RecordID? {
        let (missed, last) = try read { transaction in
            try CaptureAudit(transaction: transaction).piece(after: place, count: count)
        }
        if !missed.isEmpty {
            try write { transaction in
                // Since the snapshot another client may have written the record, or a seal of ours may have come by.
                let audit = CaptureAudit(transaction: transaction)
                for record in missed { try audit.captureIfMissed(record) }
                _ = try seal(transaction, signer)
            }
        }
        return last
    }
}

extension CaptureAudit {
    /// The records after a place, in the order of types and keys, and which of them escaped capture.
    func piece(after place: RecordID?, count: Int) throws -> (missed: [RecordID], last: RecordID?) {
        var missed: [RecordID] = []
        var room = count
        for table in transaction.layout.tablesInOrder {
            let type = Text(table.rule.type)
            if let place, type < place.type { continue }
            let start = place?.type == type ? place?.key : nil
            let (keys, isCut) = try keys(in: table, after: start, count: room)
            for key in keys {
                let record = RecordID(type: type, key: key)
                if try isMissed(record, in: table) { missed.append(record) }
            }
            if isCut, let key = keys.last { return (missed, RecordID(type: type, key: key)) }
            room -= keys.count
        }
        return (missed, nil)
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
        query.bind(1, table.typeID).bind(2, start ?? Text("")).bind(3, count)
        defer { query.reset() }
        var keys: [Text] = []
        var rows = 0
        while try query.step() {
            rows += 1
            if let key = query.text(0) { keys.append(key) }
        }
        return (keys, rows == count)
    }
}
