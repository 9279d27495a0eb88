// A new row becomes the op of a create without a value being made of any column.

import SyncCore

/// Encodes rows that local clients inserted and that no entry has touched. Nil wherever there is more to decide, the
/// ordinary way: the row is gone, it is another market's, the record has a state, a value is a set or one that no change
/// set can carry, nothing is there but NULL.
struct FreshRowEncoder {
    private let table: SyncedTable
    private let market: Market
    private let row: PreparedStatement
    private let state: PreparedStatement
    private let head: [UInt8]

    init(_ table: SyncedTable, market: Market, _ connection: SQLiteConnection) throws {
        self.table = table
        self.market = market
        row = try connection.cursor(table.selectSQL)
        state = try connection.cursor("SELECT 1 FROM yrd_record WHERE type = \(table.typeID) AND key = ?1")
        var head = ByteWriter()
        head.byte(ChangeKind.create.rawValue)
        head.text(Text(table.rule.type))
        self.head = head.bytes
    }

    func create(of key: Text) throws -> [UInt8]? {
        guard (1...Limits.keyBytes).contains(key.utf8.count), table.rule.home(ofKey: key) == market else { return nil }
        state.bind(1, key)
        let isTouched = try state.step()
        state.reset()
        guard !isTouched else { return nil }
        row.bind(1, key)
        defer { row.reset() }
        guard try row.step(), let (count, units) = units() else { return nil }
        var op = ByteWriter(reserving: head.count + key.utf8.count + units.count + 8)
        op.raw(head)
        op.text(key)
        op.varint(0)
        op.varint(UInt64(count))
        op.raw(units)
        op.varint(0)
        return op.bytes
    }

    /// The units of the present row that hold something.
    private func units() -> (count: Int, encoded: [UInt8])? {
        var writer = ByteWriter(reserving: 1_024)
        var (column, count): (Int32, Int) = (0, 0)
        for unit in table.rule.units {
            let columns = column..<(column + Int32(unit.columns.count))
            column = columns.upperBound
            guard columns.contains(where: { !row.isNull($0) }) else { continue }
            writer.varint(UInt64(unit.number))
            writer.varint(UInt64(unit.columns.count))
            for (rule, column) in zip(unit.columns, columns) {
                guard encode(column, rule.type, to: &writer) else { return nil }
            }
            count += 1
        }
        return count > 0 && writer.count <= Limits.changeBytes / 2 ? (count, writer.bytes) : nil
    }

    private func encode(_ column: Int32, _ type: ColumnType, to writer: inout ByteWriter) -> Bool {
        if row.isNull(column) {
            FieldValue.null.encode(to: &writer)
            return true
        }
        switch type {
        case .integer, .money:
            let value = row.integer(column)
            guard FieldValue.integerRange.contains(value) else { return false }
            FieldValue.integer(value).encode(to: &writer)
            return true
        case .text, .date, .code, .uscc, .region:
            return row.withText(column) { utf8 in
                guard utf8.count <= Limits.textBytes, UTF8Form.isText(utf8) else { return false }
                FieldValue.encodeText(utf8, to: &writer)
                return true
            }
        case .codeSet:
            return false
        }
    }
}
