// The merge: what a record is after any number of changes, in any causal order (DESIGN.md section 5, rules 1, 2 and 6).

/// One of several concurrent values of one unit.
package struct Sibling: Hashable, Sendable {
    package let stamp: EntryStamp
    package let values: [FieldValue]
    /// The deletes among the existence siblings that saw this value and did not keep it.
    package var deletedBy: [Digest]

    package init(stamp: EntryStamp, values: [FieldValue], deletedBy: [Digest] = []) {
        self.stamp = stamp
        self.values = values
        self.deletedBy = deletedBy
    }
}

/// One of several concurrent statements that the record is there, or is not.
package struct ExistenceSibling: Hashable, Sendable {
    package let stamp: EntryStamp
    package let isPresent: Bool

    package init(stamp: EntryStamp, isPresent: Bool) {
        self.stamp = stamp
        self.isPresent = isPresent
    }
}

/// All siblings of all units of one record. A pure function of the set of applied changes, whatever their order.
package struct RecordState: Hashable, Sendable {
    /// Ascending by entry id.
    package private(set) var existence: [ExistenceSibling]
    /// Ascending by unit number; units of a newer catalog among them. Siblings ascending by entry id, never empty.
    package private(set) var units: [UnitSiblings]

    package struct UnitSiblings: Hashable, Sendable {
        package let unit: UnitNumber
        package var siblings: [Sibling]

        package init(unit: UnitNumber, siblings: [Sibling]) {
            self.unit = unit
            self.siblings = siblings
        }
    }

    package init(existence: [ExistenceSibling] = [], units: [UnitSiblings] = []) {
        self.existence = existence.sorted { $0.stamp.id < $1.stamp.id }
        self.units = units.sorted { $0.unit < $1.unit }
    }

    package func siblings(of unit: UnitNumber) -> [Sibling] {
        units.first { $0.unit == unit }?.siblings ?? []
    }

    /// Applies a change that its origin was allowed to make.
    ///
    /// - Parameters:
    ///   - stamp: the entry that carries the change.
    ///   - visibility: what that entry has seen, its own origin's predecessors included.
    ///   - kept: the change's keeps, resolved to lanes.
    package mutating func apply(
        _ change: Change, by stamp: EntryStamp, seeing visibility: Visibility, kept: [KeptSibling]
    ) {
        func replaces(_ sibling: EntryStamp, of unit: UnitNumber) -> Bool {
            visibility.sees(sibling)
                && !kept.contains(KeptSibling(unit: unit, lane: sibling.lane, sequence: sibling.sequence))
        }

        if change.kind.writesExistence {
            replaceExistence(with: ExistenceSibling(stamp: stamp, isPresent: change.kind != .delete)) {
                replaces($0, of: UnitRule.existence)
            }
        }
        switch change.kind {
        case .create:
            // Also of units that the change does not carry, and of units that this catalog does not know.
            for index in units.indices {
                let unit = units[index].unit
                units[index].siblings.removeAll { replaces($0.stamp, of: unit) }
            }
        case .update:
            for written in change.units {
                guard let index = units.firstIndex(where: { $0.unit == written.unit }) else { continue }
                units[index].siblings.removeAll { replaces($0.stamp, of: written.unit) }
            }
        case .delete:
            for index in units.indices {
                let unit = units[index].unit
                for sibling in units[index].siblings.indices
                where replaces(units[index].siblings[sibling].stamp, of: unit) {
                    units[index].siblings[sibling].deletedBy.append(stamp.id)
                    units[index].siblings[sibling].deletedBy.sort()
                }
            }
        case .keep:
            break
        }
        for written in change.units { join(Sibling(stamp: stamp, values: written.values), to: written.unit) }
        units.removeAll { $0.siblings.isEmpty }
    }

    private mutating func replaceExistence(with sibling: ExistenceSibling, where isReplaced: (EntryStamp) -> Bool) {
        let replaced = Set(existence.filter { isReplaced($0.stamp) }.map(\.stamp.id))
        existence.removeAll { replaced.contains($0.stamp.id) }
        existence.append(sibling)
        existence.sort { $0.stamp.id < $1.stamp.id }
        guard !replaced.isEmpty else { return }
        for index in units.indices {
            for sibling in units[index].siblings.indices {
                units[index].siblings[sibling].deletedBy.removeAll { replaced.contains($0) }
            }
        }
    }

    private mutating func join(_ sibling: Sibling, to unit: UnitNumber) {
        if let index = units.firstIndex(where: { $0.unit == unit }) {
            units[index].siblings.append(sibling)
            units[index].siblings.sort { $0.stamp.id < $1.stamp.id }
        } else {
            let index = units.firstIndex { $0.unit > unit } ?? units.endIndex
            units.insert(UnitSiblings(unit: unit, siblings: [sibling]), at: index)
        }
    }
}
