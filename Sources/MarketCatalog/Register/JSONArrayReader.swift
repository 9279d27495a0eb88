// Sets are read by any SQL client's hand, so their JSON is read strictly, and without Foundation: this runs once a row.

/// Reads a JSON array of strings and nothing else.
struct JSONArrayReader {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) {
        rest = Substring(text).unicodeScalars
    }

    /// Nil unless the text is one array of at most `max` strings.
    mutating func strings(max: Int) -> [String]? {
        var elements: [String] = []
        skipSpace()
        guard take("[") else { return nil }
        skipSpace()
        if take("]") { return isAtEnd() ? [] : nil }
        while elements.count < max, let element = string() {
            elements.append(element)
            skipSpace()
            if take("]") { return isAtEnd() ? elements : nil }
            guard take(",") else { return nil }
            skipSpace()
        }
        return nil
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var result = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(result)
            case "\\":
                guard let escaped = escape() else { return nil }
                result.append(escaped)
            case "\0"..."\u{1F}": return nil
            default: result.append(scalar)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case "\"": "\""
        case "\\": "\\"
        case "/": "/"
        case "b": "\u{8}"
        case "f": "\u{C}"
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "u": unicodeEscape()
        default: nil
        }
    }

    /// Four hexadecimal digits, or two such escapes that are a surrogate pair. NUL cannot stand in a value.
    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let first = hexadecimal() else { return nil }
        guard (0xD800...0xDBFF).contains(first) else { return first == 0 ? nil : Unicode.Scalar(first) }
        guard take("\\"), take("u"), let second = hexadecimal(), (0xDC00...0xDFFF).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let scalar = rest.popFirst(), scalar.isASCII,
                let digit = Character(scalar).hexDigitValue
            else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        while let scalar = rest.first, [" ", "\n", "\r", "\t"].contains(scalar) { rest.removeFirst() }
    }

    private mutating func isAtEnd() -> Bool {
        skipSpace()
        return rest.isEmpty
    }
}
