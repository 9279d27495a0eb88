// Excel keeps fifteen digits. A register that went through it as numbers has lost its keys, and each wrong key may be a
// right one of another contract: such a file must be refused whole, before its first row.

/// Looks at every key of a register and counts those that Excel may have cut off.
struct KeySurvey {
    /// Excel's significant digits: longer numbers end in zeros afterwards.
    static let digitsKept = 15
    /// Fewer rows tell nothing, and their mangled keys are refused one by one.
    static let rowsMin = 20
    /// One serial number in ten ends in 0 by itself. In a hundred rows, more than 20 do once in a thousand files.
    static let rowsMinForZeros = 100

    private(set) var rows = 0
    private(set) var scientific = 0
    private(set) var endingInZero = 0

    /// - Parameter column: the key's field.
    init(_ scanner: CSVScanner, keyField: Int) {
        var scanner = scanner
        while let row = scanner.next() {
            guard row.fault == nil, scanner.fields.count > keyField else { continue }
            scanner.withCell(keyField) { cell in
                guard !cell.isEmpty else { return }
                rows += 1
                if ExcelText.isScientific(cell) {
                    scientific += 1
                } else if cell.count > Self.digitsKept, cell[cell.count - 1] == UInt8(ascii: "0") {
                    endingInZero += 1
                }
            }
        }
    }

    /// Over a fifth is no chance.
    var refusal: RegisterError? {
        let mangled = scientific + endingInZero
        let isMangled =
            rows >= Self.rowsMin && scientific * 5 > rows || rows >= Self.rowsMinForZeros && mangled * 5 > rows
        return isMangled ? .excelMangledNumbers(mangled, of: rows) : nil
    }
}
