// The header row decides what every cell below it means.

import SyncCore

/// A register's header, matched with the columns of a record type.
struct RegisterHeader {
    /// Where a column stands, and what its numbers count.
    struct Found {
        let field: Int
        /// In the record type's columns.
        let index: Int
        let scale: Int64
    }

    let keyField: Int
    let columns: [Found]
    let fieldCount: Int
    let warnings: [RowRefusal]

    /// Reads the first row of `scanner`.
    init(
        _ scanner: inout CSVScanner, _ matching: HeaderMatching, _ recordType: RecordType
    ) throws(RegisterError) {
        guard let row = scanner.next() else { throw .empty }
        if let fault = row.fault { throw .badHeader(Finding(fault)) }
        guard scanner.isRowUTF8 else { throw .notUTF8(line: row.line) }
        var keyField: Int?
        var columns: [Found] = []
        var warnings: [RowRefusal] = []
        for field in scanner.fields.indices {
            let name = scanner.text(field)
            switch matching.target(name) {
            case .key:
                guard keyField == nil else { throw .duplicateHeader(recordType.keyColumn.name) }
                keyField = field
            case .column(let index, let scale):
                guard !columns.contains(where: { $0.index == index }) else {
                    throw .duplicateHeader(recordType.columns[index].name)
                }
                columns.append(Found(field: field, index: index, scale: scale))
            case nil:
                if !name.isEmpty { warnings.append(RowRefusal(line: row.line, column: name, .unknownHeader)) }
            }
        }
        guard let keyField else { throw .missingKeyHeader(recordType.keyColumn) }
        self.keyField = keyField
        self.columns = columns
        fieldCount = scanner.fields.count
        self.warnings = warnings
    }

    /// Whether a file's first row holds the key column, read as UTF-8.
    static func hasKey(_ bytes: ArraySlice<UInt8>, _ matching: HeaderMatching) -> Bool {
        var scanner = CSVScanner(Array(bytes.prefix(CSVScanner.rowBytesMax)))
        guard let row = scanner.next(), row.fault == nil, scanner.isRowUTF8 else { return false }
        return scanner.fields.indices.contains { field in
            matching.target(scanner.text(field)) == .key
                && scanner.withCell(field) { cell in cell.contains { $0 >= 0x80 } }
        }
    }
}
