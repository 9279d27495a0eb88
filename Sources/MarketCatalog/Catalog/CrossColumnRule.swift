// What must hold between columns. The catalog states it as a fact; import checks it here, ReplicaStore makes SQL of it.

package import SyncCore

/// A rule over several columns of one record. Empty columns never break a rule.
package struct CrossColumnRule: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The values do not fall from one column to the next (numbers by size, dates by day).
        case ordered([String])
        /// The code in `column` has, in its code list `list`, the code in `parentColumn` as its parent.
        case childOf(column: String, parentColumn: String, list: String)
    }

    /// The refusal's code.
    package let name: String
    package let kind: Kind
    package let message: LocalizedText

    package init(name: String, kind: Kind, message: LocalizedText) {
        self.name = name
        self.kind = kind
        self.message = message
    }

    /// The columns whose change may break the rule.
    package var columns: [String] {
        switch kind {
        case .ordered(let columns): columns
        case .childOf(let column, let parentColumn, _): [column, parentColumn]
        }
    }
}
