// One row of a synced table as encoded values, without a value being made of any column.

import SyncCore

/// What reading rows must know of their type. A class: rows are copied by the million, and a rule is five arrays and
/// dictionaries to be counted each time.
final class RowShape: Sendable {
    fileprivate enum ColumnForm {
        case integer
        case text
        case set

        init(_ type: ColumnType) {
            self =
                switch type {
                case .integer, .money: .integer
                case .text, .date, .code, .uscc, .region: .text
                case .codeSet: .set
                }
        }
    }

    /// In catalog order, unit by unit.
    fileprivate let units: [[ColumnForm]]

    init(_ rule: RecordRule) {
        units = rule.units.map { $0.columns.map { ColumnForm($0.type) } }
    }
}

/// The unit columns of a row, each unit's values as they stand on the wire. One may be filled again for row after row.
struct EncodedRow: Sendable {
    private let shape: RowShape
    private var writer = ByteWriter(reserving: 512)
    /// Where the values of each unit end.
    private var ends: [Int]

    init(_ shape: RowShape) {
        self.shape = shape
        ends = Array(repeating: 0, count: shape.units.count)
    }

    var bytes: [UInt8] { writer.bytes }

    /// - Parameter place: among the rule's units.
    func values(ofUnitAt place: Int) -> Range<Int> { (place == 0 ? 0 : ends[place - 1])..<ends[place] }

    /// Whether every column of the unit is NULL: one byte each, where any value has two.
    func isNull(at place: Int) -> Bool { values(ofUnitAt: place).count == shape.units[place].count }

    /// Reads a row that yields the unit columns in catalog order, beginning at a column. False for what the short way does
    /// not carry: a set, or what no change set can carry.
    mutating func read(_ row: PreparedStatement, from first: Int32) -> Bool {
        writer.clear()
        var column = first
        for place in shape.units.indices {
            for form in shape.units[place] {
                guard encode(row, column, form) else { return false }
                column += 1
            }
            ends[place] = writer.count
        }
        return writer.count <= Limits.changeBytes / 2
    }

    private mutating func encode(_ row: PreparedStatement, _ column: Int32, _ form: RowShape.ColumnForm) -> Bool {
        if row.isNull(column) {
            FieldValue.null.encode(to: &writer)
            return true
        }
        switch form {
        case .integer:
            let value = row.integer(column)
            guard FieldValue.integerRange.contains(value) else { return false }
            FieldValue.integer(value).encode(to: &writer)
            return true
        case .text:
            return row.withText(column) { utf8 in
                guard utf8.count <= Limits.textBytes, UTF8Form.isText(utf8) else { return false }
                FieldValue.encodeText(utf8, to: &writer)
                return true
            }
        case .set:
            return false
        }
    }
}
