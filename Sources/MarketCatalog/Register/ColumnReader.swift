// One column's cells become values here: normalised, checked, or refused with a reason.

import SyncCore

/// Reads the cells of one column of a register. A class, since copying the many references in it once a cell would cost
/// more than reading the cell.
final class ColumnReader {
    typealias Cell = UnsafeBufferPointer<UInt8>

    let column: Column
    /// What one is worth in fen, by the header.
    private let scale: Int64
    private let list: CodeList?
    private let memo: CellMemo?

    init(_ column: Column, scale: Int64, catalog: Catalog) {
        self.column = column
        self.scale = scale
        list = column.type.codeList.flatMap { catalog.codeLists[$0] }
        switch column.type {
        case .code, .codeSet: memo = CellMemo(size: 256)
        case .region, .uscc: memo = CellMemo(size: 1024)
        case .text, .integer, .money, .date: memo = nil
        }
    }

    /// The value of a trimmed cell. Findings that refuse nothing are appended to `warnings`.
    func value(of cell: Cell, warnings: inout [Finding]) throws(Finding) -> FieldValue {
        guard !cell.isEmpty else { return try nothing() }
        guard !Normalisation.hasPiledMarks(cell) else { throw .piledMarks }
        switch column.type {
        case .text: return try readText(cell)
        case .integer: return try checked(try readInteger(cell))
        case .money: return try checked(try readMoney(cell))
        case .date: return try readDate(cell)
        case .code(let name): return try memo!.value(of: cell) { (cell) throws(Finding) in try readCode(cell, name) }
        case .codeSet: return try memo!.value(of: cell) { (cell) throws(Finding) in try readSet(cell) }
        case .uscc: return try readCreditCode(cell, warnings: &warnings)
        case .region: return try readRegion(cell, warnings: &warnings)
        }
    }

    /// What an empty cell is; also one in which nothing stands but a spreadsheet's marks, or separators.
    private func nothing() throws(Finding) -> FieldValue {
        guard !column.isRequired else { throw .missingValue }
        return .null
    }

    private func readText(_ cell: Cell) throws(Finding) -> FieldValue {
        guard cell.allSatisfy({ $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) else { throw .badCharacter }
        let text: String
        if column.isCodeLike {
            text = ExcelText.code(Self.string(cell))
            guard !ExcelText.isScientific(text) else { throw .excelMangledCode }
        } else {
            text = ExcelText.text(Self.string(cell))
        }
        guard !text.isEmpty else { return try nothing() }
        let max = column.lengthMax ?? Int.max
        guard text.utf8.count <= max || text.unicodeScalars.count <= max else { throw .tooLong(max: max) }
        return .text(Text(text))
    }

    private func readInteger(_ cell: Cell) throws(Finding) -> Int64 {
        switch Money.read(ExcelText.code(Self.string(cell)), scale: 1) {
        case .fen(let number): return number
        case .scientific: throw .excelMangledCode
        case .tooLarge: throw .tooLarge
        case .tooFine, .otherUnit, .unreadable: throw .badInteger
        }
    }

    private func readMoney(_ cell: Cell) throws(Finding) -> Int64 {
        var reading = Money.readDecimal(cell, scale: scale)
        if reading == .unreadable { reading = Money.read(ExcelText.code(Self.string(cell)), scale: scale) }
        switch reading {
        case .fen(let fen): return fen
        case .scientific: throw .excelMangledAmount
        case .tooFine: throw .amountTooFine
        case .tooLarge: throw .tooLarge
        case .otherUnit: throw .otherAmountUnit
        case .unreadable: throw .badAmount
        }
    }

    private func checked(_ number: Int64) throws(Finding) -> FieldValue {
        if let minimum = column.minimum, number < minimum { throw .belowMinimum(minimum) }
        return .integer(number)
    }

    private func readDate(_ cell: Cell) throws(Finding) -> FieldValue {
        if CalendarDate.isStored(cell) { return .text(Text(Self.string(cell))) }
        switch CalendarDate.read(ExcelText.code(Self.string(cell))) {
        case .date(let date): return .text(Text(date.text))
        case .impossible: throw .impossibleDate
        case .unreadable: throw .badDate
        }
    }

    private func readCode(_ cell: Cell, _ name: String) throws(Finding) -> FieldValue {
        guard let slug = list!.slug(for: ExcelText.code(Self.string(cell))) else { throw .unknownCode(list!) }
        return .text(Text(slug))
    }

    private func readSet(_ cell: Cell) throws(Finding) -> FieldValue {
        var slugs: Set<Text> = []
        for name in SetCell.names(in: Self.string(cell)) {
            guard let slug = list!.slug(for: name) else { throw .unknownCode(list!) }
            slugs.insert(Text(slug))
        }
        guard slugs.count <= Limits.setElements else { throw .tooManyElements(max: Limits.setElements) }
        return slugs.isEmpty ? try nothing() : .set(slugs.sorted())
    }

    private func readCreditCode(_ cell: Cell, warnings: inout [Finding]) throws(Finding) -> FieldValue {
        // A code that is right as it stands, which is nearly every one, needs no text made of it first.
        if CreditCode.verdict(cell) == .valid {
            return try memo!.value(of: cell) { (cell) throws(Finding) in .text(Text(Self.string(cell))) }
        }
        let code = ExcelText.code(Self.string(cell)).uppercased()
        guard !ExcelText.isScientific(code) else { throw .excelMangledCode }
        switch CreditCode.verdict(code) {
        case .valid: break
        case .pilot: warnings.append(.pilotCreditCode)
        case .malformed: throw .badCreditCode
        case .badCheckCharacter(let position, let expected):
            throw .badCheckCharacter(position: position, expected: expected)
        }
        return .text(Text(code))
    }

    private func readRegion(_ cell: Cell, warnings: inout [Finding]) throws(Finding) -> FieldValue {
        var found: [Finding] = []
        let value = try memo!.value(of: cell) { (cell) throws(Finding) in
            guard let code = RegionCode.code(for: ExcelText.code(Self.string(cell)), in: list!) else {
                throw .unknownRegion
            }
            switch RegionCode.verdict(code, in: list!) {
            case .known: break
            // Once a code is enough: a register has thousands of rows from one county.
            case .unlistedCounty: found.append(.unlistedCounty)
            case .unknown: throw .unknownRegion
            }
            return .text(Text(code))
        }
        warnings += found
        return value
    }

    static func string(_ cell: Cell) -> String { String(decoding: cell, as: UTF8.self) }
}
