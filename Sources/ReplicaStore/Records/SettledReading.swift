// A settled record as it stands: its state and its row, without a value being made of any column.

import SyncCore

/// Reads one record of a type after another. Nothing is settled that has more than one sibling anywhere; nothing is read
/// whose row holds what the short way does not carry.
struct SettledReading {
    private let connection: SQLiteConnection
    private let typeID: Int64
    private let record: PreparedStatement
    private let selected: PreparedStatement

    private(set) var row: EncodedRow
    /// If the creating entry alone wrote the record, the units that it wrote are those that the row holds: as long as the
    /// row is what was sealed last.
    var state: SettledState
    private(set) var isCreatorsAlone = false
    /// Of the last sealed state.
    private(set) var digest = Digest.zero
    private var lastEntry: Int64 = 0
    private var historyBlob: [UInt8]?

    init(_ table: SyncedTable, _ connection: SQLiteConnection) throws {
        self.connection = connection
        typeID = table.typeID
        row = EncodedRow(table.rule)
        state = SettledState(table.rule)
        record = try connection.statement(
            "SELECT entry, digest, state, history FROM yrd_record WHERE type = ?1 AND key = ?2")
        selected = try connection.statement(table.selectSQL)
    }

    /// False if there is no such record, or it is not settled.
    mutating func read(_ key: UnsafeRawBufferPointer) throws -> Bool {
        selected.bindText(1, key)
        defer { selected.reset() }
        guard try selected.step(), row.read(selected) else { return false }
        record.bind(1, typeID).bindText(2, key)
        defer { record.reset() }
        guard try record.step(), let digest = connection.digest(of: record, 1) else { return false }
        lastEntry = record.integer(0)
        self.digest = digest
        historyBlob = record.isNull(3) ? nil : record.blob(3)
        isCreatorsAlone = record.isNull(2)
        guard isCreatorsAlone else { return try state.become(decoding: connection.fromRest(record.blob(2))) }
        guard historyBlob == nil else { return false }
        state.become(createdBy: lastEntry, row)
        return true
    }

    /// The record's history with one more entry.
    func history(with entry: Int64) -> [UInt8] {
        var writer = ByteWriter(reserving: 16)
        if let historyBlob { writer.raw(historyBlob) } else { writer.varint(UInt64(lastEntry)) }
        writer.varint(UInt64(entry - lastEntry))
        return writer.bytes
    }
}
