// What a plain SQL write means: the sealer's decision, without the SQL (DESIGN.md section 4, Sealing; rule 2).

/// What the table holds now, where capture says that something was written.
package enum RowContent: Hashable, Sendable {
    case absent
    /// Values by unit, of every unit that the catalog knows.
    case present([UnitNumber: [FieldValue]])
}

/// Turns the net effect of local writes on one record into a change that destroys no value its author was not shown.
package enum LocalEdit {
    /// A change, its keeps still naming siblings rather than rows of a context.
    package struct Draft: Hashable, Sendable {
        package let kind: ChangeKind
        package let record: RecordID
        package let units: [UnitValues]
        /// Siblings that stay, by unit.
        package let kept: [UnitNumber: [EntryStamp]]

        package init(kind: ChangeKind, record: RecordID, units: [UnitValues], kept: [UnitNumber: [EntryStamp]]) {
            self.kind = kind
            self.record = record
            self.units = units
            self.kept = kept
        }
    }

    /// Nil if nothing changed.
    ///
    /// - Parameters:
    ///   - view: what the table showed before the writes, as the log knows it.
    ///   - content: what it holds now.
    package static func draft(record: RecordID, rule: RecordRule, view: RecordView, content: RowContent) -> Draft? {
        switch (view.isShown, content) {
        case (false, .absent):
            return nil
        case (false, .present(let values)):
            return Draft(kind: .create, record: record, units: created(rule, values), kept: [:])
        case (true, .absent):
            return Draft(
                kind: .delete, record: record, units: [],
                kept: hidden(view).merging(view.unknownSides) { known, _ in known })
        case (true, .present(let values)):
            let units = rule.units.compactMap { unit -> UnitValues? in
                let now = values[unit.number] ?? unit.nulls
                let before = view.shown[unit.number]?.values ?? unit.nulls
                return now == before ? nil : UnitValues(unit: unit.number, values: now)
            }
            guard !units.isEmpty else { return nil }
            let written = Set(units.map(\.unit))
            return Draft(
                kind: .update, record: record, units: units,
                kept: hidden(view).filter { written.contains($0.key) })
        }
    }

    /// A unit whose columns are all NULL is left out; a create carries at least one unit.
    private static func created(_ rule: RecordRule, _ values: [UnitNumber: [FieldValue]]) -> [UnitValues] {
        let all = rule.units.map { UnitValues(unit: $0.number, values: values[$0.number] ?? $0.nulls) }
        let carried = all.filter { $0.values.contains { $0 != .null } }
        return carried.isEmpty ? Array(all.prefix(1)) : carried
    }

    /// In every unit in conflict, the siblings whose value differs from the shown one. A script that deletes the same
    /// row every night adds an `absent` sibling every night; from `Limits.siblingsWarned` on, the guard trigger refuses.
    private static func hidden(_ view: RecordView) -> [UnitNumber: [EntryStamp]] {
        var hidden: [UnitNumber: [EntryStamp]] = [:]
        for conflict in view.conflicts {
            guard let shown = conflict.sides.first(where: { $0.stamp == conflict.shown })?.value else { continue }
            let others = conflict.sides.filter { $0.value != shown }.map(\.stamp)
            if !others.isEmpty { hidden[conflict.unit] = others }
        }
        return hidden
    }
}

extension UnitRule {
    package var nulls: [FieldValue] { Array(repeating: .null, count: columns.count) }
}
