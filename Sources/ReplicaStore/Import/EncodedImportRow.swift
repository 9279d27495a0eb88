// A register's row with its values encoded, as the source's image keeps them: made where the register is read.

package import MarketCatalog
import SyncCore

/// One row for a `RegisterImport`. A row of a new record goes into the replica from these bytes; whatever needs its values
/// decodes them.
package struct EncodedImportRow: Sendable {
    /// The physical line on which the row begins, from 1.
    let line: Int
    let key: Text
    /// The names of the columns that the file has, the key apart. The same array in every row of a file.
    let columns: [String]
    /// Each column's number in the image, as it was when the row was encoded.
    let numbers: [Int]
    let image: [UInt8]
    /// Of a file with columns that are not bound from the image; else nobody keeps them.
    fileprivate let read: [FieldValue]?

    /// Parallel to `columns`.
    func fields() throws(DecodeError) -> [FieldValue] {
        if let read { return read }
        let said = try ImportImage(decoding: image)
        return numbers.map { said[$0] ?? .null }
    }

    func decoded() throws(DecodeError) -> DecodedImportRow {
        DecodedImportRow(line: line, key: key, fields: try fields())
    }
}

/// The same with its values, for the ordinary way.
struct DecodedImportRow {
    let line: Int
    let key: Text
    /// Parallel to the plan's columns.
    let fields: [FieldValue]
}

/// Encodes the rows of one file.
package struct ImportRowEncoding: Sendable {
    let columns: [String]
    let numbers: [Int]
    private let keepsFields: Bool

    init(columns: [String], numbers: [Int], of type: RecordType) {
        self.columns = columns
        self.numbers = numbers
        let atRest = Set(type.columnsAtRest.map(\.name))
        keepsFields = columns.contains { name in
            guard let column = type.column(named: name), column.unit != nil, !atRest.contains(name) else { return true }
            return column.type.isSet
        }
    }

    package func encode(_ row: ImportedRow) -> EncodedImportRow {
        EncodedImportRow(
            line: row.line, key: row.key, columns: columns, numbers: numbers,
            image: ImportImage(row.fields, numbers: numbers).encoded(), read: keepsFields ? row.fields : nil)
    }
}
