// A settled record as it stands: its state and its row, without a value being made of any column.

import SyncCore

/// Such a record: its row as it stands, whether or not it is what was sealed last, and its state.
struct SettledRecord: Sendable {
    fileprivate(set) var row: EncodedRow
    fileprivate(set) var rowID: Int64 = 0
    /// If the creating entry alone wrote the record, the units that it wrote are those that the row holds: as long as the
    /// row is what was sealed last.
    var state: SettledState
    fileprivate(set) var isCreatorsAlone = false
    /// Of the last sealed state.
    fileprivate(set) var digest = Digest.zero
    fileprivate var lastEntry: Int64 = 0
    fileprivate var historyBlob: [UInt8]?

    fileprivate init(_ rule: RecordRule) {
        row = EncodedRow(rule)
        state = SettledState(rule)
    }

    /// The record's history with one more entry.
    func history(with entry: Int64) -> [UInt8] {
        var writer = ByteWriter(reserving: 16)
        if let historyBlob { writer.raw(historyBlob) } else { writer.varint(UInt64(lastEntry)) }
        writer.varint(UInt64(entry - lastEntry))
        return writer.bytes
    }
}

/// Reads one record of a type after another. Nothing is settled that has more than one sibling anywhere; nothing is read
/// whose row holds what the short way does not carry.
struct SettledReading {
    private let connection: SQLiteConnection
    private let typeID: Int64
    private let stored: PreparedStatement
    private let selected: PreparedStatement
    private let rowIDColumn: Int32
    private let rule: RecordRule

    /// What was read last; filled again for the next one.
    private(set) var record: SettledRecord

    init(_ table: SyncedTable, _ connection: SQLiteConnection) throws {
        self.connection = connection
        typeID = table.typeID
        rule = table.rule
        record = SettledRecord(rule)
        rowIDColumn = Int32(table.clearColumns.count)
        stored = try connection.statement(
            "SELECT entry, digest, state, history FROM yrd_record WHERE type = ?1 AND key = ?2")
        selected = try connection.statement(table.selectSQL)
    }

    /// What was read last, to be kept.
    mutating func take() -> SettledRecord {
        let taken = record
        // Filled again as long as it is shared, each of its arrays would be copied, and grow once more from nothing.
        record = SettledRecord(rule)
        return taken
    }

    /// False if there is no such record, or it is not settled.
    mutating func read(_ key: UnsafeRawBufferPointer) throws -> Bool {
        selected.bindText(1, key)
        defer { selected.reset() }
        guard try selected.step(), record.row.read(selected) else { return false }
        record.rowID = selected.integer(rowIDColumn)
        stored.bind(1, typeID).bindText(2, key)
        defer { stored.reset() }
        guard try stored.step(), let digest = connection.digest(of: stored, 1) else { return false }
        record.lastEntry = stored.integer(0)
        record.digest = digest
        record.historyBlob = stored.isNull(3) ? nil : stored.blob(3)
        record.isCreatorsAlone = stored.isNull(2)
        guard record.isCreatorsAlone else {
            return try record.state.become(decoding: connection.fromRest(stored.blob(2)))
        }
        guard record.historyBlob == nil else { return false }
        record.state.become(createdBy: record.lastEntry, record.row)
        return true
    }
}
