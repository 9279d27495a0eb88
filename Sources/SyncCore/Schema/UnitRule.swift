// Units: what changes and conflicts together, who may write it, and how concurrent values join.

/// The number of a unit within its record type. 0 is existence.
package typealias UnitNumber = UInt8

package enum WriteRule: String, Hashable, Sendable {
    /// Only the record's home market. Unit numbers 0 to 31.
    case home
    /// Any market. Unit numbers 32 to 62.
    case any

    /// The right that a unit's number fixes for ever, known even for units of a newer catalog.
    package init(unit: UnitNumber) {
        self = unit <= 31 ? .home : .any
    }
}

package enum MergeRule: String, Hashable, Sendable {
    /// More than one distinct value is a conflict for a person.
    case manual
    /// The home market's value, if it has exactly one distinct; else a conflict.
    case home
    /// The highest (time, market, id).
    case latest
}

package struct ColumnRule: Hashable, Sendable {
    package let name: String
    package let type: ColumnType

    package init(name: String, type: ColumnType) {
        self.name = name
        self.type = type
    }
}

/// A unit's number fixes its columns, their order and types, its write and its merge rule for ever (DESIGN.md section 4).
package struct UnitRule: Hashable, Sendable {
    package static let existence: UnitNumber = 0

    package let number: UnitNumber
    package let name: String
    package let columns: [ColumnRule]
    package let merge: MergeRule

    package init(number: UnitNumber, name: String, columns: [ColumnRule], merge: MergeRule) {
        precondition((1...62).contains(number), "unit \(number) of \(name) is outside 1...62")
        self.number = number
        self.name = name
        self.columns = columns
        self.merge = merge
    }

    package var write: WriteRule { WriteRule(unit: number) }

    package func fits(_ values: [FieldValue]) -> Bool {
        values.count == columns.count && zip(columns, values).allSatisfy { $0.type.fits($1) }
    }
}
