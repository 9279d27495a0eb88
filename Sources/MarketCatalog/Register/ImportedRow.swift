// A row that passed every check, as the values the store will compare and write.

package import SyncCore

/// One row of a register. Values stand in the order of the reader's `columns`; `values` gives them by name.
package struct ImportedRow: Sendable {
    /// The physical line on which the row begins, from 1.
    package let line: Int
    package let key: Text
    /// Parallel to `columns`. An empty cell is null.
    package let fields: [FieldValue]
    /// The names of the columns that the file has, the key apart. The same array in every row of a file.
    package let columns: [String]
    package let warnings: [RowRefusal]

    /// Only the columns that the file has: what a register does not say, it does not change.
    package var values: [String: FieldValue] {
        Dictionary(uniqueKeysWithValues: zip(columns, fields))
    }
}

/// What comes out of one row.
package enum RegisterRow: Sendable {
    case row(ImportedRow)
    case refused(RowRefusal)
}
