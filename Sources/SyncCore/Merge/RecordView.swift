// What a table shows of a record, and what waits for a person: pure functions of its siblings (rules 3 to 6).

/// A unit, or the existence of a record, whose siblings the policy cannot join.
package struct Conflict: Hashable, Sendable {
    package let record: RecordID
    /// 0 for existence.
    package let unit: UnitNumber
    package let sides: [Side]
    /// The sibling that the table shows while the conflict is open.
    package let shown: EntryStamp
    /// Every entry whose sibling the conflict's id covers, ascending, each once.
    package let coveredEntries: [Digest]

    package struct Side: Hashable, Sendable {
        package let stamp: EntryStamp
        package let value: SideValue

        package init(stamp: EntryStamp, value: SideValue) {
            self.stamp = stamp
            self.value = value
        }
    }

    package enum SideValue: Hashable, Sendable {
        case unit([FieldValue])
        case present
        case absent
    }

    /// PROTOCOL.md section 7: the same on every node.
    package func id(_ hashing: Hashing) -> Digest {
        var writer = ByteWriter()
        writer.raw(Array("yrd.conflict.v1".utf8) + [0])
        writer.text(record.type)
        writer.text(record.key)
        writer.byte(unit)
        writer.integer(UInt32(coveredEntries.count))
        for entry in coveredEntries { writer.digest(entry) }
        return hashing.sha256(writer.bytes)
    }

    /// When it opened: the time of its latest side. The same on every node.
    package var openedMilliseconds: Int64 {
        sides.map(\.stamp.timeMilliseconds).max() ?? 0
    }
}

/// A record as its market's policy shows it.
package struct RecordView: Hashable, Sendable {
    /// Whether the table has the row.
    package let isShown: Bool
    /// What each unit that the catalog knows shows; nil is NULL in every column.
    package let shown: [UnitNumber: Sibling]
    /// Existence first, then ascending by unit. Empty for a record that is not shown.
    package let conflicts: [Conflict]
    /// Of each unit that the catalog does not know and that has several values: all but the latest. Nobody here can be
    /// shown them, so a plain delete keeps them (rule 2), whatever the unit's policy may be under a newer catalog.
    package let unknownSides: [UnitNumber: [EntryStamp]]

    package init(of state: RecordState, record: RecordID, rule: RecordRule) {
        let home = rule.home(ofKey: record.key)
        let existence = Self.existence(of: state, record: record, home: home)
        var shown: [UnitNumber: Sibling] = [:]
        var conflicts: [Conflict] = existence.conflict.map { [$0] } ?? []
        for unit in rule.units {
            let siblings = state.siblings(of: unit.number)
            guard !siblings.isEmpty else { continue }
            let verdict = UnitVerdict(of: siblings, merge: unit.merge, home: home)
            shown[unit.number] = verdict.shown
            guard existence.isShown, verdict.isConflict else { continue }
            conflicts.append(
                Conflict(
                    record: record, unit: unit.number,
                    sides: siblings.map { Conflict.Side(stamp: $0.stamp, value: .unit($0.values)) },
                    shown: verdict.shown.stamp,
                    coveredEntries: siblings.map(\.stamp.id).sorted()))
        }
        self.isShown = existence.isShown
        self.shown = shown
        self.conflicts = conflicts
        unknownSides = Self.unknownSides(of: state, rule: rule, home: home)
    }

    private static func unknownSides(
        of state: RecordState, rule: RecordRule, home: Market?
    ) -> [UnitNumber: [EntryStamp]] {
        var sides: [UnitNumber: [EntryStamp]] = [:]
        for unit in state.units where unit.siblings.count > 1 && rule.unit(unit.unit) == nil {
            let shown = UnitVerdict(of: unit.siblings, merge: .manual, home: home).shown
            let others = unit.siblings.filter { $0.values != shown.values }.map(\.stamp)
            if !others.isEmpty { sides[unit.unit] = others }
        }
        return sides
    }

    package func conflict(of unit: UnitNumber) -> Conflict? { conflicts.first { $0.unit == unit } }

    /// Rule 6. A record is in an existence conflict if `present` and `absent` stand side by side, or if it is absent
    /// but has a unit sibling that no absent sibling replaced.
    private static func existence(
        of state: RecordState, record: RecordID, home: Market?
    ) -> (isShown: Bool, conflict: Conflict?) {
        let isAbsentSomewhere = state.existence.contains { !$0.isPresent }
        let isPresentSomewhere = state.existence.contains(where: \.isPresent)
        let survivors = state.units.flatMap(\.siblings).filter(\.deletedBy.isEmpty)
        guard isAbsentSomewhere else { return (isPresentSomewhere, nil) }
        guard isPresentSomewhere || !survivors.isEmpty else { return (false, nil) }

        var sides: [Digest: Conflict.Side] = [:]
        if !isPresentSomewhere {
            // A write that outlived the delete speaks for the record's presence.
            for survivor in survivors {
                sides[survivor.stamp.id] = Conflict.Side(stamp: survivor.stamp, value: .present)
            }
        }
        for sibling in state.existence {
            sides[sibling.stamp.id] = Conflict.Side(
                stamp: sibling.stamp, value: sibling.isPresent ? .present : .absent)
        }
        let covered = Set(state.existence.map(\.stamp.id) + state.units.flatMap(\.siblings).map(\.stamp.id))
        let present = sides.values.filter { $0.value == .present }.map(\.stamp)
        return (
            true,
            Conflict(
                record: record, unit: UnitRule.existence,
                sides: sides.values.sorted { $0.stamp.id < $1.stamp.id },
                shown: ShownRule.pick(present, home: home),
                coveredEntries: covered.sorted())
        )
    }
}

/// Rule 5: the latest among the home market's siblings, else the latest of all.
package enum ShownRule {
    package static func pick(_ stamps: [EntryStamp], home: Market?) -> EntryStamp {
        precondition(!stamps.isEmpty, "there is nothing to show")
        let ofHome = stamps.filter { $0.market == home }
        let candidates = ofHome.isEmpty ? stamps : ofHome
        return candidates.dropFirst().reduce(candidates[0]) { $1.isLater(than: $0) ? $1 : $0 }
    }
}

/// Rules 3 and 4 for one unit.
package struct UnitVerdict: Hashable, Sendable {
    package let shown: Sibling
    package let isConflict: Bool

    package init(of siblings: [Sibling], merge: MergeRule, home: Market?) {
        precondition(!siblings.isEmpty, "a unit without siblings shows NULL and needs no verdict")
        if siblings.count == 1 {
            // Nearly every unit of nearly every record.
            (shown, isConflict) = (siblings[0], false)
            return
        }
        let ofHome = siblings.filter { $0.stamp.market == home }
        let isOne = Set(siblings.map(\.values)).count == 1
        let homeIsOne = Set(ofHome.map(\.values)).count == 1
        let picked: EntryStamp
        switch merge {
        case .latest:
            isConflict = false
            picked = ShownRule.pick(siblings.map(\.stamp), home: nil)
        case .home:
            isConflict = !isOne && !homeIsOne
            picked = ShownRule.pick(siblings.map(\.stamp), home: home)
        case .manual:
            isConflict = !isOne
            picked = ShownRule.pick(siblings.map(\.stamp), home: home)
        }
        shown = siblings.first { $0.stamp.id == picked.id }!
    }
}
