// One row of a synced table as encoded values, without a value being made of any column.

import SyncCore

/// The unit columns of a row, each unit's values as they stand on the wire. One may be filled again for row after row.
struct EncodedRow: Sendable {
    private let rule: RecordRule
    private var writer = ByteWriter(reserving: 512)
    /// Where the values of each unit end.
    private var ends: [Int]

    init(_ rule: RecordRule) {
        self.rule = rule
        ends = Array(repeating: 0, count: rule.units.count)
    }

    var bytes: [UInt8] { writer.bytes }

    /// - Parameter place: among the rule's units.
    func values(ofUnitAt place: Int) -> Range<Int> { (place == 0 ? 0 : ends[place - 1])..<ends[place] }

    /// Whether every column of the unit is NULL: one byte each, where any value has two.
    func isNull(at place: Int) -> Bool { values(ofUnitAt: place).count == rule.units[place].columns.count }

    /// Reads a row that yields the unit columns in catalog order (`SyncedTable.selectSQL`). False for what the short way
    /// does not carry: a set, or what no change set can carry.
    mutating func read(_ row: PreparedStatement) -> Bool {
        writer.clear()
        var column: Int32 = 0
        for place in rule.units.indices {
            for columnRule in rule.units[place].columns {
                guard encode(row, column, columnRule.type) else { return false }
                column += 1
            }
            ends[place] = writer.count
        }
        return writer.count <= Limits.changeBytes / 2
    }

    private mutating func encode(_ row: PreparedStatement, _ column: Int32, _ type: ColumnType) -> Bool {
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
