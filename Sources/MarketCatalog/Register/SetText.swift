// A set stands in SQLite as JSON, so that every client can read it (`json_each`), and in one form only, so that equal
// sets are equal text.

package import SyncCore

/// The canonical JSON array of a set: ascending by bytes, distinct, no space, only `"`, `\` and controls escaped.
package enum SetText {
    package static func encode(_ elements: [Text]) -> String {
        let distinct = Set(elements).sorted()
        return "[" + distinct.map { quoted($0.string) }.joined(separator: ",") + "]"
    }

    /// Nil unless the text is a JSON array of at most 256 strings, in any order and spacing. The result is ascending and
    /// distinct: what a person wrote by hand in SQL is read, and sealed in the one form.
    package static func decode(_ text: String) -> [Text]? {
        var reader = JSONArrayReader(text)
        guard let elements = reader.strings(max: Limits.setElements) else { return nil }
        return Set(elements.map { Text($0) }).sorted()
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\0"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
