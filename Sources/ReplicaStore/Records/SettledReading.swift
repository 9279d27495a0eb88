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

    fileprivate init(_ rule: RecordRule, _ shape: RowShape) {
        row = EncodedRow(shape)
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
    private let columns: RecordColumns
    private let rule: RecordRule
    private let shape: RowShape

    /// What was read last; filled again for the next one.
    private(set) var record: SettledRecord

    init(_ table: SyncedTable, _ columns: RecordColumns, _ connection: SQLiteConnection) {
        self.connection = connection
        self.columns = columns
        rule = table.rule
        shape = RowShape(rule)
        record = SettledRecord(rule, shape)
    }

    /// What was read last, to be kept.
    mutating func take() -> SettledRecord {
        let taken = record
        // Filled again as long as it is shared, each of its arrays would be copied, and grow once more from nothing.
        record = SettledRecord(rule, shape)
        return taken
    }

    /// Of the record in a query's present row. False if it is not here, or not settled.
    mutating func read(_ query: PreparedStatement) throws -> Bool {
        guard !query.isNull(columns.rowID), record.row.read(query, from: columns.units),
            let digest = connection.digest(of: query, columns.digest)
        else { return false }
        record.rowID = query.integer(columns.rowID)
        record.lastEntry = query.integer(columns.entry)
        record.digest = digest
        record.historyBlob = query.isNull(columns.history) ? nil : query.blob(columns.history)
        record.isCreatorsAlone = query.isNull(columns.state)
        guard record.isCreatorsAlone else {
            return try record.state.become(decoding: connection.fromRest(query.blob(columns.state)))
        }
        guard record.historyBlob == nil else { return false }
        record.state.become(createdBy: record.lastEntry, record.row)
        return true
    }
}
