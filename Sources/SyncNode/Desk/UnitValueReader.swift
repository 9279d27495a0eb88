// A unit's values from JSON: every column named, each in the form its type has.

import Foundation
package import SyncCore

package enum UnitValueReader {
    /// Values in the catalog's column order. What a value *means* is the guards' to judge.
    package static func values(_ json: String, of unit: UnitRule) throws(DeskRefusal) -> [FieldValue] {
        guard let object = try? JSONDecoder().decode([String: Value].self, from: Data(json.utf8)) else {
            throw .badValue(.notAnObject)
        }
        let columns = unit.columns.map(\.name)
        let unknown = object.keys.filter { !columns.contains($0) }.sorted()
        guard unknown.isEmpty else { throw .badValue(.unknown(unknown, unit: unit.name, columns: columns)) }
        let missing = columns.filter { object[$0] == nil }
        guard missing.isEmpty else { throw .badValue(.missing(missing)) }
        var values: [FieldValue] = []
        for column in unit.columns {
            guard let value = object[column.name]?.field, column.type.fits(value), value.isWithinLimits else {
                throw .badValue(.otherKind(column: column.name, column.type))
            }
            values.append(value)
        }
        return values
    }

    private enum Value: Decodable {
        case null
        case integer(Int64)
        case text(String)
        case array([String])
        /// A fraction, a truth value, an object: nothing a column holds.
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let integer = try? container.decode(Int64.self) {
                self = .integer(integer)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let array = try? container.decode([String].self) {
                self = .array(array)
            } else {
                self = .other
            }
        }

        var field: FieldValue? {
            switch self {
            case .null: .null
            case .integer(let integer): .integer(integer)
            case .text(let text): .text(Text(text))
            case .array(let elements): .set(Set(elements.map { Text($0) }).sorted())
            case .other: nil
            }
        }
    }
}

extension FieldValue {
    /// Whether a change set can carry it.
    fileprivate var isWithinLimits: Bool {
        func fits(_ text: Text) -> Bool { text.utf8.count <= Limits.textBytes && !text.utf8.contains(0) }
        return switch self {
        case .null: true
        case .integer(let integer): Self.integerRange.contains(integer)
        case .text(let text): fits(text)
        case .set(let elements): elements.count <= Limits.setElements && elements.allSatisfy(fits)
        }
    }
}
