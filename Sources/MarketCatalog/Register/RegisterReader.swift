// The way in for a register: from a file's bytes to rows that hold, and to reasons for those that do not.

package import SyncCore

/// Reads a CSV register row by row.
///
/// A row is refused alone wherever it can be; only what spoils every row (no key column, unknown encoding, numbers cut
/// off by Excel) refuses the file, at `init`.
package struct RegisterReader: Sequence, IteratorProtocol {
    /// Registers are held in memory once; a year of the whole delta is about 120 MB.
    package static let bytesMax = 1 << 30

    /// The names of the columns that the file has, the key apart, in the file's order.
    package let columns: [String]
    /// About the file as a whole: headers that no column has.
    package let warnings: [RowRefusal]
    package let encoding: RegisterEncoding

    private let keyReader: KeyReader
    private let columnReaders: [ColumnReader]
    /// The field of each column, parallel to `columns`.
    private let columnFields: [Int]
    private let keyField: Int
    private let fieldCount: Int
    private let ruleCheck: RuleCheck
    private let isDamaged: Bool
    private var scanner: CSVScanner
    /// The line of each key that was taken.
    private var lines: [String: Int] = [:]

    package init(
        bytes: [UInt8], recordType: RecordType, catalog: Catalog, market: Market, encoding: RegisterEncoding = .auto
    ) throws(RegisterError) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= Self.bytesMax else { throw .tooLarge(max: Self.bytesMax) }
        let matching = HeaderMatching(key: recordType.keyColumn, columns: recordType.columns)
        let register = try DecodedRegister(bytes, as: encoding) { bytes in
            RegisterHeader.hasKey(bytes, matching)
        }
        var scanner = CSVScanner(register.bytes, from: register.start)
        let header = try RegisterHeader(&scanner, matching, recordType)
        let readers = header.columns.map { found in
            ColumnReader(recordType.columns[found.index], scale: found.scale, catalog: catalog)
        }
        if recordType.keyColumn.pattern.isLongNumber,
            let refusal = KeySurvey(scanner, keyField: header.keyField).refusal
        {
            throw refusal
        }
        columns = readers.map(\.column.name)
        warnings = header.warnings
        self.encoding = register.encoding
        keyReader = KeyReader(recordType, market: market)
        columnReaders = readers
        columnFields = header.columns.map(\.field)
        keyField = header.keyField
        fieldCount = header.fieldCount
        ruleCheck = RuleCheck(recordType.rules, columns: columns, catalog: catalog)
        isDamaged = register.isDamaged
        self.scanner = scanner
    }

    /// How far reading has come, in bytes of the decoded text: for showing progress.
    package var position: Int { scanner.position }
    package var byteCount: Int { scanner.byteCount }

    package mutating func next() -> RegisterRow? {
        while let row = scanner.next() {
            if let fault = row.fault { return .refused(RowRefusal(line: row.line, column: nil, Finding(fault))) }
            guard !scanner.isBlank else { continue }
            return read(line: row.line)
        }
        return nil
    }

    private mutating func read(line: Int) -> RegisterRow {
        if let finding = shapeFinding() { return .refused(RowRefusal(line: line, column: nil, finding)) }
        let key: Text
        do {
            key = try scanner.withCell(keyField) { (cell) throws(Finding) in try keyReader.key(of: cell) }
        } catch {
            return .refused(RowRefusal(line: line, column: keyReader.key.name, error))
        }
        var fields: [FieldValue] = []
        fields.reserveCapacity(columns.count)
        var warnings: [RowRefusal] = []
        var findings: [Finding] = []
        for index in columnReaders.indices {
            let reader = columnReaders[index]
            do {
                fields.append(
                    try scanner.withCell(columnFields[index]) { (cell) throws(Finding) in
                        try reader.value(of: cell, warnings: &findings)
                    })
            } catch {
                return .refused(RowRefusal(line: line, column: reader.column.name, error))
            }
            guard !findings.isEmpty else { continue }
            warnings += findings.map { RowRefusal(line: line, column: reader.column.name, $0) }
            findings.removeAll()
        }
        if let broken = ruleCheck.broken(by: fields) {
            return .refused(RowRefusal(line: line, column: columns[broken.position], Finding(broken.rule)))
        }
        if let former = lines.updateValue(line, forKey: key.string) {
            lines[key.string] = former
            return .refused(RowRefusal(line: line, column: keyReader.key.name, .duplicateKey(line: former)))
        }
        return .row(ImportedRow(line: line, key: key, fields: fields, columns: columns, warnings: warnings))
    }

    /// What is wrong with the row before any of its cells is read. Empty cells beyond the header are let pass:
    /// spreadsheets leave them behind.
    private func shapeFinding() -> Finding? {
        let count = scanner.fields.count
        if count < fieldCount || (fieldCount..<count).contains(where: { !scanner.isBlank(field: $0) }) {
            return .wrongFieldCount(count, expected: fieldCount)
        }
        return isDamaged && !scanner.isRowUTF8 ? .wrongEncoding : nil
    }
}
