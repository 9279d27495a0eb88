// A row that local clients wrote becomes the op of a plain change without a value being made of any column.

import SyncCore

/// Encodes the creates of rows that no entry has touched, and the updates of settled records. Nil wherever there is more
/// to decide, the ordinary way: the row is gone, a write is another market's, the record has siblings, a value is a set
/// or one that no change set can carry, nothing is there but NULL, nothing has changed.
final class PlainRowEncoder {
    private let table: SyncedTable
    private let transaction: ReplicaTransaction
    private let typeAndLength: [UInt8]
    private let state: PreparedStatement
    private let selected: PreparedStatement
    private var row: EncodedRow
    private var settled: SettledReading
    private let history: PlainHistory

    init(_ table: SyncedTable, _ transaction: ReplicaTransaction, _ history: PlainHistory) throws {
        self.table = table
        self.history = history
        self.transaction = transaction
        let connection = transaction.connection
        state = try connection.statement("SELECT 1 FROM yrd_record WHERE type = \(table.typeID) AND key = ?1")
        selected = try connection.statement(table.selectSQL)
        row = EncodedRow(table.rule)
        settled = try SettledReading(table, connection)
        var writer = ByteWriter()
        writer.text(Text(table.rule.type))
        typeAndLength = writer.bytes
    }

    func op(of key: Text) throws -> [UInt8]? {
        guard (1...Limits.keyBytes).contains(key.utf8.count) else { return nil }
        state.bind(1, key)
        let isTouched = try state.step()
        state.reset()
        return try isTouched ? update(of: key) : create(of: key)
    }

    private func isHome(_ key: Text) -> Bool { table.rule.home(ofKey: key) == transaction.layout.market }

    private func create(of key: Text) throws -> [UInt8]? {
        guard isHome(key) else { return nil }
        selected.bind(1, key)
        defer { selected.reset() }
        guard try selected.step(), row.read(selected) else { return nil }
        let places = table.rule.units.indices.filter { !row.isNull(at: $0) }
        return places.isEmpty ? nil : op(.create, key, places, of: row)
    }

    /// Old values come from the log, never from the row: so a write that escaped capture in another column of the same
    /// row is sealed with it.
    private func update(of key: Text) throws -> [UInt8]? {
        var string = key.string
        return try string.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard try settled.read(bytes), let places = try changed(bytes), !places.isEmpty else { return nil }
            guard places.allSatisfy({ table.rule.units[$0].write == .any }) || isHome(key) else { return nil }
            return op(.update, key, places, of: settled.record.row)
        }
    }

    /// Places of the units whose values differ from those sealed last; nil if those are not to be had the short way.
    private func changed(_ key: UnsafeRawBufferPointer) throws -> [Int]? {
        let record = settled.record
        var places: [Int] = []
        for place in table.rule.units.indices {
            // Of a record without a blob the create says what it wrote: the row may hold NULL there by now.
            let writer = record.isCreatorsAlone ? record.state.existence : record.state.writers[place]
            guard writer != 0 else {
                if !record.row.isNull(at: place) { places.append(place) }
                continue
            }
            let now = record.row.values(ofUnitAt: place)
            guard
                let isSame = try history.withValues(
                    ofUnitAt: place, of: key, type: table.rule.type, by: writer,
                    { old in
                        guard let old else { return record.row.isNull(at: place) }
                        return record.row.bytes.withUnsafeBytes { $0[now].elementsEqual(old) }
                    })
            else { return nil }
            if !isSame { places.append(place) }
        }
        return places
    }

    private func op(_ kind: ChangeKind, _ key: Text, _ places: [Int], of row: EncodedRow) -> [UInt8]? {
        var op = ByteWriter(reserving: typeAndLength.count + key.utf8.count + row.bytes.count + 64)
        op.byte(kind.rawValue)
        op.raw(typeAndLength)
        op.text(key)
        op.varint(0)
        op.varint(UInt64(places.count))
        for place in places {
            let unit = table.rule.units[place]
            op.varint(UInt64(unit.number))
            op.varint(UInt64(unit.columns.count))
            op.raw(row.bytes[row.values(ofUnitAt: place)])
        }
        op.varint(0)
        return op.bytes
    }
}
