// What spreadsheets do to text, and what our own export does to keep them from it.

/// Marks that make a spreadsheet take a cell for text, and the traces of those that did not.
enum ExcelText {
    /// A cell of digits or a code: NFKC, without apostrophes before it or `="…"` around it. No code begins with either, so
    /// every layer is taken off, else what is exported and imported would lose them one by one.
    static func code(_ cell: String) -> String {
        var text = Normalisation.compatible(cell)
        return text.withUTF8 { bytes in
            var rest = bytes
            while let first = rest.first {
                if first == UInt8(ascii: "'") {
                    rest = UnsafeBufferPointer(rebasing: rest.dropFirst())
                } else if rest.count >= 3, rest.starts(with: "=\"".utf8), rest[rest.count - 1] == UInt8(ascii: "\"") {
                    rest = UnsafeBufferPointer(rebasing: rest.dropFirst(2).dropLast())
                } else {
                    break
                }
                rest = UnsafeBufferPointer(rebasing: rest[Normalisation.trimmedRange(rest)])
            }
            return String(decoding: rest, as: UTF8.self)
        }
    }

    /// A cell of free text: one apostrophe before what a spreadsheet would run as a formula is our own mark (`marked`),
    /// and `="…"` is how others write text for spreadsheets. What was marked is trimmed like any other cell.
    static func text(_ cell: String) -> String {
        if isMarked(cell) { return Normalisation.trimmed(String(cell.dropFirst())) }
        guard isWrapped(cell) else { return cell }
        return Normalisation.trimmed(
            cell.dropFirst(2).dropLast().split(separator: "\"\"", omittingEmptySubsequences: false)
                .joined(separator: "\""))
    }

    /// The cell with an apostrophe before it if a spreadsheet would run it as a formula, or if `text` would otherwise
    /// read it as something else.
    static func marked(_ text: String, guardsFormulas: Bool) -> String {
        let needsMark = guardsFormulas && beginsFormula(text.utf8.first) || isMarked(text) || isWrapped(text)
        return needsMark ? "'" + text : text
    }

    /// Whether a spreadsheet, left alone, would take the code for a number and not give it back.
    static func losesDigits(_ code: String) -> Bool {
        code.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 } && (code.hasPrefix("0") || code.utf8.count > 11)
    }

    /// `= + - @` and tab.
    static func beginsFormula(_ first: UInt8?) -> Bool {
        switch first {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "\t"): true
        default: false
        }
    }

    /// `="…"`.
    private static func isWrapped(_ text: String) -> Bool {
        text.hasPrefix("=\"") && text.hasSuffix("\"") && text.utf8.count >= 3
    }

    /// Apostrophes, then the beginning of a formula.
    private static func isMarked(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "'") else { return false }
        return beginsFormula(text.utf8.first { $0 != UInt8(ascii: "'") })
    }

    /// `2.02332E+15`.
    static func isScientific(_ text: String) -> Bool {
        isScientific(text.utf8)
    }

    static func isScientific(_ bytes: some Collection<UInt8>) -> Bool {
        func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
        guard let mark = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return false }
        let mantissa = bytes[..<mark]
        var exponent = bytes[bytes.index(after: mark)...]
        // A sign tells a rounded number from a code such as 12E4.
        guard exponent.first == UInt8(ascii: "+") else { return false }
        exponent = exponent.dropFirst()
        return mantissa.first.map(isDigit) == true && mantissa.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
            && !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }
}
