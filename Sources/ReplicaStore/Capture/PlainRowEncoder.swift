// A row that local clients wrote becomes the op of a plain change without a value being made of any column.

import SyncCore

/// Encodes the creates of rows that no entry has touched, and the updates of settled records. Nil wherever there is more
/// to decide, the ordinary way: the row is gone, a write is another market's, the record has siblings, a value is a set
/// or one that no change set can carry, nothing is there but NULL, nothing has changed.
final class PlainRowEncoder {
    private let table: SyncedTable
    private let transaction: ReplicaTransaction
    private let typeBytes: [UInt8]
    private let columns: RecordColumns
    /// Number and count of columns of each unit, as they stand before its values.
    private let unitHeads: [[UInt8]]
    private var row: EncodedRow
    private var settled: SettledReading
    private let history: PlainHistory

    /// - Parameter columns: where a query yields what is here of a record.
    init(
        _ table: SyncedTable, _ columns: RecordColumns, _ transaction: ReplicaTransaction,
        _ history: PlainHistory
    ) {
        self.table = table
        unitHeads = table.rule.units.map { unit in
            var head = ByteWriter()
            head.varint(UInt64(unit.number))
            head.varint(UInt64(unit.columns.count))
            return head.bytes
        }
        self.columns = columns
        self.history = history
        self.transaction = transaction
        row = EncodedRow(RowShape(table.rule))
        settled = SettledReading(table, columns, transaction.connection)
        var writer = ByteWriter()
        writer.text(Text(table.rule.type))
        typeBytes = writer.bytes
    }

    /// Of the record in a query's present row, which has its key first.
    func op(of query: PreparedStatement) throws -> [UInt8]? {
        try query.withText(0) { key in
            guard (1...Limits.keyBytes).contains(key.count), UTF8Form.isText(key) else { return nil }
            return try query.isNull(columns.entry) ? create(of: key, query) : update(of: key, query)
        }
    }

    private func isHome(_ key: UnsafeRawBufferPointer) -> Bool {
        table.rule.home.market(ofKeyBytes: key) == transaction.layout.market
    }

    private func create(of key: UnsafeRawBufferPointer, _ query: PreparedStatement) -> [UInt8]? {
        guard isHome(key), !query.isNull(columns.rowID), row.read(query, from: columns.units) else { return nil }
        let places = unitHeads.indices.filter { !row.isNull(at: $0) }
        return places.isEmpty ? nil : op(.create, key, places, of: row)
    }

    /// Old values come from the log, never from the row: so a write that escaped capture in another column of the same
    /// row is sealed with it.
    private func update(of key: UnsafeRawBufferPointer, _ query: PreparedStatement) throws -> [UInt8]? {
        guard try settled.read(query), let places = try changed(key), !places.isEmpty else { return nil }
        guard places.allSatisfy({ table.rule.units[$0].write == .any }) || isHome(key) else { return nil }
        return op(.update, key, places, of: settled.record.row)
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

    private func op(
        _ kind: ChangeKind, _ key: UnsafeRawBufferPointer, _ places: [Int], of row: EncodedRow
    ) -> [UInt8] {
        var op = ByteWriter(reserving: typeBytes.count + key.count + row.bytes.count + 64)
        op.byte(kind.rawValue)
        op.raw(typeBytes)
        op.varint(UInt64(key.count))
        op.raw(key)
        op.varint(0)
        op.varint(UInt64(places.count))
        row.bytes.withUnsafeBytes { values in
            for place in places {
                op.raw(unitHeads[place])
                op.raw(UnsafeRawBufferPointer(rebasing: values[row.values(ofUnitAt: place)]))
            }
        }
        op.varint(0)
        return op.bytes
    }
}
