// A unit as people see it; its rule is ring 0's.

package import SyncCore

/// A group of columns that changes and conflicts together.
package struct Unit: Hashable, Sendable {
    package let number: UnitNumber
    package let name: String
    package let label: LocalizedText
    /// In the order in which a change carries their values, fixed for ever.
    package let columns: [String]
    package let merge: MergeRule

    package var write: WriteRule { WriteRule(unit: number) }

    package init(number: UnitNumber, name: String, label: LocalizedText, columns: [String], merge: MergeRule) {
        self.number = number
        self.name = name
        self.label = label
        self.columns = columns
        self.merge = merge
    }
}
