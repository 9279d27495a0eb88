// Records that an entry creates and that nothing has touched before: from its bytes straight into row, digest and state.

import SyncCore

/// Where the rows of plain changes are.
enum PlainRows {
    /// Ours stand already: a local client wrote them.
    case standing
    case written
}

/// The fold of plain creates (DESIGN.md section 5, rule 1, on an empty state). What it writes is what `RecordStore.save`
/// would: a state that is NULL, since everything stands in the row and was written by the creating entry.
struct FreshRecords {
    let transaction: ReplicaTransaction

    /// Gives each create its effect whose record is fresh, and returns the others: those whose record something has
    /// touched, or has a row that nobody sealed.
    func fold(
        _ plain: PlainChanges, _ fresh: FreshDigests, ops: [UInt8], by stamp: EntryStamp, _ rows: PlainRows
    ) throws -> [PlainChange] {
        let table = transaction.layout.tables[plain.rule.type]!
        let connection = transaction.connection
        let insert = try connection.statement(
            "INSERT INTO yrd_record (type, key, entry, digest) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        let row = try rows == .written ? connection.statement(table.insertFreshSQL) : nil
        var others: [PlainChange] = []
        try ops.withUnsafeBytes { bytes in
            for create in plain.changes where create.kind == .create {
                let digest = fresh.next()
                let key = UnsafeRawBufferPointer(rebasing: bytes[create.key])
                insert.bind(1, table.typeID).bindText(2, key).bind(3, stamp.number)
                connection.bind(digest.digest, to: insert, 4)
                try insert.run()
                guard connection.changes == 1 else {
                    others.append(create)
                    continue
                }
                if let row, try !insertRow(create, key, plain, bytes, row) {
                    try forget(table.typeID, key)
                    others.append(create)
                    continue
                }
                try transaction.replaceDigest(nil, with: digest.digest, inBucket: digest.bucket)
            }
        }
        return others
    }

    /// False if there is a row already.
    private func insertRow(
        _ create: PlainChange, _ key: UnsafeRawBufferPointer, _ plain: PlainChanges,
        _ bytes: UnsafeRawBufferPointer, _ row: PreparedStatement
    ) throws -> Bool {
        row.bindText(1, key)
        for part in plain.units[create.units] {
            row.bind(
                encoded: UnsafeRawBufferPointer(rebasing: bytes[part.values]),
                from: 2 + Int32(plain.rule.columnOffsets[part.place]))
        }
        try row.run()
        return transaction.connection.changes == 1
    }

    private func forget(_ typeID: Int64, _ key: UnsafeRawBufferPointer) throws {
        let delete = try transaction.connection.statement("DELETE FROM yrd_record WHERE type = ?1 AND key = ?2")
        delete.bind(1, typeID).bindText(2, key)
        try delete.run()
    }
}

extension PreparedStatement {
    /// Binds the values of one unit as they stand in an op, which stays where it is until the statement has run.
    func bind(encoded values: UnsafeRawBufferPointer, from first: Int32) {
        var reading = EncodedValues(values)
        var index = first
        while let value = reading.next() {
            bind(encoded: value, index)
            index += 1
        }
    }

    /// The same of one value.
    func bind(encoded value: EncodedValues.Value, _ index: Int32) {
        switch value {
        case .null: bindNull(index)
        case .integer(let integer): bind(index, integer)
        case .text(let text): bindText(index, text)
        }
    }
}
