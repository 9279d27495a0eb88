// Rules across columns, over the values of one imported row.

import SyncCore

/// The rules of a record type, bound to the positions of a file's columns.
final class RuleCheck {
    private enum Bound {
        case ordered([Int])
        /// With the parent of every code of the list that has one.
        case childOf(Int, parent: Int, parents: [Text: Text])
    }

    private let rules: [CrossColumnRule]
    /// Parallel to `rules`; apart from them, so that checking a row copies no message.
    private let bounds: [Bound]

    /// Rules whose columns the file does not have are left out: the store checks what the record becomes.
    init(_ rules: [CrossColumnRule], columns: [String], catalog: Catalog) {
        let bound = rules.compactMap { rule -> (CrossColumnRule, Bound)? in
            switch rule.kind {
            case .ordered(let names):
                let positions = names.compactMap { columns.firstIndex(of: $0) }
                return positions.count < 2 ? nil : (rule, .ordered(positions))
            case .childOf(let column, let parentColumn, let list):
                guard let position = columns.firstIndex(of: column),
                    let parent = columns.firstIndex(of: parentColumn), let codes = catalog.codeLists[list]
                else { return nil }
                let parents = codes.entries.compactMap { code in code.parent.map { (Text(code.slug), Text($0)) } }
                return (rule, .childOf(position, parent: parent, parents: Dictionary(uniqueKeysWithValues: parents)))
            }
        }
        self.rules = bound.map(\.0)
        bounds = bound.map(\.1)
    }

    /// The first broken rule, with the position of the column to name.
    func broken(by fields: [FieldValue]) -> (rule: CrossColumnRule, position: Int)? {
        for index in bounds.indices {
            switch bounds[index] {
            case .ordered(let positions):
                if let position = firstFall(fields, positions) { return (rules[index], position) }
            case .childOf(let position, let parent, let parents):
                guard case .text(let slug) = fields[position], case .text(let parentSlug) = fields[parent] else {
                    continue
                }
                if parents[slug] != parentSlug { return (rules[index], position) }
            }
        }
        return nil
    }

    /// The first of the columns that holds more than a later one. Nulls are passed over.
    private func firstFall(_ fields: [FieldValue], _ positions: [Int]) -> Int? {
        var last: Int?
        for position in positions where fields[position] != .null {
            if let last, isLess(fields[position], fields[last]) { return last }
            last = position
        }
        return nil
    }

    private func isLess(_ left: FieldValue, _ right: FieldValue) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)): left < right
        default: false
        }
    }
}
