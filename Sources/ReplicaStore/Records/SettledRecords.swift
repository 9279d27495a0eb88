// Updates of records that nobody disputes: from an entry's bytes straight into row, digest and state.

import SyncCore

/// The fold of plain updates (DESIGN.md section 5, rule 1) into settled states whose values the author has seen. What it
/// writes is what `RecordStore.save` would.
struct SettledRecords {
    private let transaction: ReplicaTransaction
    private let plain: PlainChanges
    private let table: SyncedTable
    private let rows: PlainRows
    private let save: PreparedStatement
    /// Of the row, by place of the unit; compiled when first needed.
    private var writes: [PreparedStatement?]
    private var reading: SettledReading
    private var digests: EncodedDigest

    init(_ transaction: ReplicaTransaction, _ plain: PlainChanges, _ rows: PlainRows) throws {
        self.transaction = transaction
        self.plain = plain
        self.rows = rows
        let connection = transaction.connection
        table = transaction.layout.tables[plain.rule.type]!
        reading = try SettledReading(table, connection)
        save = try connection.statement(
            """
            UPDATE yrd_record SET entry = ?3, digest = ?4, state = ?5, history = ?6 WHERE type = ?1 AND key = ?2
            """)
        digests = EncodedDigest(plain.rule, transaction.hashing)
        writes = plain.rule.units.map { _ in nil }
    }

    /// Gives each update its effect whose record is settled, and returns the others: those whose record is not there or
    /// has siblings, whose author has not seen what it replaces, or whose row is not what was sealed last.
    mutating func fold(
        ops: [UInt8], by stamp: EntryStamp, seeing visibility: Visibility
    ) throws -> [PlainChange] {
        try ops.withUnsafeBytes { bytes in
            var others: [PlainChange] = []
            for update in plain.changes where update.kind == .update {
                if try !fold(update, bytes, by: stamp, seeing: visibility) { others.append(update) }
            }
            return others
        }
    }

    private mutating func fold(
        _ update: PlainChange, _ ops: UnsafeRawBufferPointer, by stamp: EntryStamp, seeing visibility: Visibility
    ) throws -> Bool {
        let key = UnsafeRawBufferPointer(rebasing: ops[update.key])
        guard try reading.read(key), try sees(update, visibility) else { return false }
        if rows == .written {
            guard try isAsSealed(key) else { return false }
            try writeRow(update, key, ops)
        }
        let old = reading.digest
        let new = try digest(key, after: update, ops, by: stamp)
        for part in plain.units[update.units] { reading.state.write(unitAt: part.place, by: stamp.number) }
        save.bind(1, table.typeID).bindText(2, key).bind(3, stamp.number)
        transaction.connection.bind(new, to: save, 4)
        save.bind(5, transaction.connection.atRest(reading.state.encoded()))
        save.bind(6, reading.history(with: stamp.number))
        try save.run()
        try transaction.replaceDigest(old, with: new, inBucket: digests.bucket(ofKey: key))
        return true
    }

    /// Whether the row still is what was sealed last. The digest does not tell of a unit that nobody has written: it must
    /// hold NULL.
    private mutating func isAsSealed(_ key: UnsafeRawBufferPointer) throws -> Bool {
        for place in plain.rule.units.indices where reading.state.writers[place] == 0 {
            guard reading.row.isNull(at: place) else { return false }
        }
        return try digest(key) == reading.digest
    }

    /// Whether the author has seen every value that the update replaces.
    private func sees(_ update: PlainChange, _ visibility: Visibility) throws -> Bool {
        try plain.units[update.units].allSatisfy { part in
            let writer = reading.state.writers[part.place]
            return try writer == 0 || visibility.sees(transaction.log.stamp(writer, transaction.lanes))
        }
    }

    private mutating func writeRow(
        _ update: PlainChange, _ key: UnsafeRawBufferPointer, _ ops: UnsafeRawBufferPointer
    ) throws {
        for part in plain.units[update.units] {
            let write =
                try writes[part.place]
                ?? transaction.connection.statement(table.updateSQL(of: plain.rule.units[part.place]))
            writes[part.place] = write
            write.bindText(1, key)
            write.bind(encoded: UnsafeRawBufferPointer(rebasing: ops[part.values]), from: 2)
            try write.run()
        }
    }

    /// Of the record as it was read; or as it is after an update.
    private mutating func digest(
        _ key: UnsafeRawBufferPointer, after update: PlainChange? = nil, _ ops: UnsafeRawBufferPointer? = nil,
        by stamp: EntryStamp? = nil
    ) throws -> Digest {
        var writers = EntryIDs(transaction)
        digests.begin(key, existence: try writers.id(reading.state.existence))
        let parts = update.map { plain.units[$0.units] } ?? []
        var next = parts.startIndex
        try reading.row.bytes.withUnsafeBytes { row in
            for (place, unit) in plain.rule.units.enumerated() {
                if let ops, let stamp, next < parts.endIndex, parts[next].place == place {
                    digests.unit(unit.number, by: stamp.id, UnsafeRawBufferPointer(rebasing: ops[parts[next].values]))
                    next += 1
                } else if reading.state.writers[place] == 0 {
                    digests.unit(unit.number)
                } else {
                    digests.unit(
                        unit.number, by: try writers.id(reading.state.writers[place]),
                        UnsafeRawBufferPointer(rebasing: row[reading.row.values(ofUnitAt: place)]))
                }
            }
        }
        return digests.digest()
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

/// Ids of entries by their numbers; most units of a record were written by the same one.
private struct EntryIDs {
    private let transaction: ReplicaTransaction
    private var last: (number: Int64, id: Digest)?

    init(_ transaction: ReplicaTransaction) {
        self.transaction = transaction
    }

    mutating func id(_ number: Int64) throws -> Digest {
        if let last, last.number == number { return last.id }
        let id = try transaction.log.stamp(number, transaction.lanes).id
        last = (number, id)
        return id
    }
}
