// `--json`: stable names in a fixed order, one object or one object a line.

import SyncCore

/// A JSON value that keeps the order of its fields.
indirect enum JSON {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    static func number(_ value: some BinaryInteger) -> JSON { .integer(Int64(value)) }

    static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    init(_ value: FieldValue) {
        switch value {
        case .null: self = .null
        case .integer(let integer): self = .integer(integer)
        case .text(let text): self = .string(text.string)
        case .set(let elements): self = .array(elements.map { .string($0.string) })
        }
    }

    /// Columns in the order of their names.
    init(columns: [String: FieldValue]) {
        self = .object(columns.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) })
    }

    /// Without line breaks.
    var line: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let fields):
            text += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { text += "," }
                Self.write(field.0, to: &text)
                text += ":"
                field.1.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || Screen.isBidiControl(scalar):
                text += "\\u" + [UInt16(scalar.value)].map { String($0, radix: 16).leftPadded(to: 4) }.joined()
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}
