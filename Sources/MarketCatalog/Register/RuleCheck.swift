// Rules across columns, over the values of one imported row.

import SyncCore

/// The rules of a record type, bound to the positions of a file's columns.
struct RuleCheck {
    private enum Bound {
        case ordered([Int])
        case childOf(Int, parent: Int, list: CodeList)
    }

    private let rules: [(rule: CrossColumnRule, bound: Bound)]

    /// Rules whose columns the file does not have are left out: the store checks what the record becomes.
    init(_ rules: [CrossColumnRule], columns: [String], catalog: Catalog) {
        self.rules = rules.compactMap { rule in
            switch rule.kind {
            case .ordered(let names):
                let positions = names.compactMap { columns.firstIndex(of: $0) }
                return positions.count < 2 ? nil : (rule, .ordered(positions))
            case .childOf(let column, let parentColumn, let list):
                guard let position = columns.firstIndex(of: column),
                    let parent = columns.firstIndex(of: parentColumn), let codes = catalog.codeLists[list]
                else { return nil }
                return (rule, .childOf(position, parent: parent, list: codes))
            }
        }
    }

    /// The first broken rule, with the position of the column to name.
    func broken(by fields: [FieldValue]) -> (rule: CrossColumnRule, position: Int)? {
        for (rule, bound) in rules {
            switch bound {
            case .ordered(let positions):
                if let position = firstFall(fields, positions) { return (rule, position) }
            case .childOf(let position, let parent, let list):
                guard case .text(let slug) = fields[position], case .text(let parentSlug) = fields[parent] else {
                    continue
                }
                if list.code(slug.string)?.parent != parentSlug.string { return (rule, position) }
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
