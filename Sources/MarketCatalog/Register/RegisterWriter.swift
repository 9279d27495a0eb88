// The way out: a register that spreadsheets open and that import reads back as it was.

package import SyncCore

/// Writes records as CSV.
package struct RegisterWriter {
    /// How the first row names the columns.
    package enum Headers: Sendable {
        /// The first accepted header of each: 合同登记编号.
        case chinese
        /// The catalog's names: registration_no. Amounts are then in fen, as the table holds them.
        case columnNames
    }

    /// How codes are written. Import reads all of them.
    package enum Codes: Sendable {
        case names(Language)
        case slugs
    }

    package struct Options: Sendable {
        package var headers: Headers
        package var codes: Codes
        /// An apostrophe before cells that a spreadsheet would run as a formula (`= + - @`, tab).
        package var guardsFormulas: Bool
        /// An apostrophe before keys, credit codes and other numbers whose digits a spreadsheet would lose.
        package var keepsDigits: Bool
        /// Excel takes a file without a byte order mark for GBK.
        package var hasByteOrderMark: Bool

        package init(
            headers: Headers = .chinese, codes: Codes = .names(.zh), guardsFormulas: Bool = false,
            keepsDigits: Bool = false, hasByteOrderMark: Bool = false
        ) {
            self.headers = headers
            self.codes = codes
            self.guardsFormulas = guardsFormulas
            self.keepsDigits = keepsDigits
            self.hasByteOrderMark = hasByteOrderMark
        }
    }

    private let recordType: RecordType
    private let catalog: Catalog
    private let options: Options
    /// Columns with `share: home` never leave the node, so no export has them.
    private let columns: [Column]

    package init(recordType: RecordType, catalog: Catalog, options: Options = Options()) {
        self.recordType = recordType
        self.catalog = catalog
        self.options = options
        columns = recordType.columns.filter { $0.share != .home }
    }

    /// The first row, after a byte order mark if one is wanted.
    package func header() -> [UInt8] {
        let key = recordType.keyColumn
        let names =
            switch options.headers {
            case .chinese: [key.headers[0].name] + columns.map { $0.headers[0].name }
            case .columnNames: [key.name] + columns.map(\.name)
            }
        return (options.hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []) + Self.row(names)
    }

    /// One record. Values that are missing are empty cells.
    package func row(key: Text, values: [String: FieldValue]) -> [UInt8] {
        let keyCell = options.keepsDigits ? "'" + key.string : key.string
        return Self.row([keyCell] + columns.map { cell($0, values[$0.name] ?? .null) })
    }

    private func cell(_ column: Column, _ value: FieldValue) -> String {
        switch value {
        case .null: ""
        case .integer(let number): numberCell(column, number)
        case .text(let text): textCell(column, text.string)
        case .set(let elements): elements.map { name($0.string, in: column) }.joined(separator: SetCell.separator)
        }
    }

    /// Numbers keep their sign: to a spreadsheet `-1` is a number, never a formula that could do harm.
    private func numberCell(_ column: Column, _ number: Int64) -> String {
        guard column.type == .money, case .chinese = options.headers,
            let unit = Money.Unit.allCases.first(where: { $0.fen == column.headers[0].scale })
        else { return "\(number)" }
        return Money.text(number, in: unit)
    }

    private func textCell(_ column: Column, _ text: String) -> String {
        if column.type.codeList != nil, column.type != .region {
            let name = name(text, in: column)
            return options.keepsDigits && ExcelText.losesDigits(name) ? "'" + name : name
        }
        if options.keepsDigits, column.excelText { return "'" + text }
        return ExcelText.marked(text, guardsFormulas: options.guardsFormulas)
    }

    /// A code that is not in its list (a newer catalog's) is written as it is.
    private func name(_ slug: String, in column: Column) -> String {
        guard case .names(let language) = options.codes, let list = column.type.codeList,
            let code = catalog.code(slug, in: list)
        else { return slug }
        return code.label[language]
    }

    private static func row(_ cells: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell, to: &bytes)
        }
        bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        return bytes
    }

    /// Quoted where RFC 4180 asks for it, and where a space at an end would look like none.
    private static func append(_ cell: String, to bytes: inout [UInt8]) {
        let needsQuotes =
            cell.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
            || cell.utf8.first == 0x20 || cell.utf8.last == 0x20
        guard needsQuotes else {
            bytes += cell.utf8
            return
        }
        bytes.append(0x22)
        for byte in cell.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
