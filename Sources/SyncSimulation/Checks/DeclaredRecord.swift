// What a record must be, said from the log alone: a value stands unless its successor's author had it in view.

package import SyncCore

/// One value (or statement of existence) as some entry wrote it.
package struct DeclaredWrite: Sendable {
    package let author: ExportedEntry
    package let change: Change

    func value(of unit: UnitNumber) -> [FieldValue]? { change.units.first { $0.unit == unit }?.values }

    /// What it speaks of; existence is unit 0.
    var units: [UnitNumber] { (change.kind == .update ? [] : [0]) + change.units.map(\.unit) }

    /// A keep names the entry of that number on the way to the row that it points to.
    func spares(_ other: DeclaredWrite, unit: UnitNumber, in log: ExportedLog) -> Bool {
        change.keeps.contains { keep in
            let row = keep.row == 0 ? author.row : author.rows[keep.row - 1]
            return keep.unit == unit && keep.sequence == other.author.dot.sequence && log.leads(row, to: other.author)
        }
    }

    /// The order of shown values: time, market, id.
    func isLater(than other: DeclaredWrite) -> Bool {
        let (mine, theirs) = (author.entry.header, other.author.entry.header)
        if mine.timeMilliseconds != theirs.timeMilliseconds { return mine.timeMilliseconds > theirs.timeMilliseconds }
        if author.market != other.author.market { return author.market > other.author.market }
        return author.id > other.author.id
    }
}

/// An open conflict as every node must list it.
package struct DeclaredConflict: Hashable, Comparable, Sendable {
    package let record: RecordID
    package let unit: UnitNumber
    package let entries: [Digest]

    package init(record: RecordID, unit: UnitNumber, entries: [Digest]) {
        self.record = record
        self.unit = unit
        self.entries = entries
    }

    package static func < (left: DeclaredConflict, right: DeclaredConflict) -> Bool {
        if left.record != right.record { return left.record < right.record }
        if left.unit != right.unit { return left.unit < right.unit }
        return left.entries.lexicographicallyPrecedes(right.entries)
    }
}

/// A record, computed write against write, without any state that is carried forward.
package struct DeclaredRecord: Sendable {
    package let isShown: Bool
    /// Shown values by unit; a unit that is not in it shows NULL.
    package let shown: [UnitNumber: [FieldValue]]
    package let conflicts: [DeclaredConflict]
    /// The writes whose value stands, by unit.
    package let standing: [UnitNumber: [DeclaredWrite]]

    package init(_ record: RecordID, rule: RecordRule, writes: [DeclaredWrite], in log: ExportedLog) {
        func replaces(_ one: DeclaredWrite, _ other: DeclaredWrite, _ unit: UnitNumber) -> Bool {
            log.sees(one.author, other.author) && !one.spares(other, unit: unit, in: log)
        }
        let home = rule.home(ofKey: record.key)
        let speaking = writes.filter { $0.change.kind != .update }
        let existence = speaking.filter { one in !speaking.contains { replaces($0, one, 0) } }
        let deletes = existence.filter { $0.change.kind == .delete }

        var standing: [UnitNumber: [DeclaredWrite]] = [:]
        for unit in Set(writes.flatMap { $0.change.units.map(\.unit) }) {
            let values = writes.filter { $0.value(of: unit) != nil }
            let replacing = writes.filter { $0.change.kind == .create || $0.value(of: unit) != nil }
            standing[unit] = values.filter { one in !replacing.contains { replaces($0, one, unit) } }
        }
        let survives = standing.contains { unit, values in
            values.contains { value in !deletes.contains { replaces($0, value, unit) } }
        }
        let isPresent = existence.contains { $0.change.kind != .delete }
        isShown = isPresent || (!deletes.isEmpty && survives)

        var shown: [UnitNumber: [FieldValue]] = [:]
        var conflicts: [DeclaredConflict] = []
        if isShown, !deletes.isEmpty {
            let all = existence + standing.values.flatMap { $0 }
            conflicts.append(
                DeclaredConflict(record: record, unit: 0, entries: Set(all.map(\.author.id)).sorted()))
        }
        for unit in rule.units {
            let values = standing[unit.number] ?? []
            guard !values.isEmpty else { continue }
            let ofHome = values.filter { $0.author.market == home }
            let isOne = Set(values.map { $0.value(of: unit.number)! }).count == 1
            let homeIsOne = Set(ofHome.map { $0.value(of: unit.number)! }).count == 1
            let candidates = unit.merge == .latest || ofHome.isEmpty ? values : ofHome
            let latest = candidates.reduce(candidates[0]) { $1.isLater(than: $0) ? $1 : $0 }
            shown[unit.number] = latest.value(of: unit.number)
            let isOpen =
                switch unit.merge {
                case .latest: false
                case .home: !isOne && !homeIsOne
                case .manual: !isOne
                }
            if isShown, isOpen {
                conflicts.append(
                    DeclaredConflict(record: record, unit: unit.number, entries: values.map(\.author.id).sorted()))
            }
        }
        self.shown = shown
        self.conflicts = conflicts
        self.standing = standing
    }
}

/// Every record that a log tells of.
package struct DeclaredFederation: Sendable {
    package private(set) var records: [(id: RecordID, declared: DeclaredRecord)] = []

    package init(_ log: ExportedLog, schema: Schema) {
        for (record, all) in Self.writes(of: log, schema: schema).sorted(by: { $0.key < $1.key }) {
            let rule = schema.record(record.type)!
            records.append((record, DeclaredRecord(record, rule: rule, writes: all, in: log)))
        }
    }

    /// What takes effect, by record: what its author was allowed to write.
    static func writes(
        of log: ExportedLog, schema: Schema, where isEffective: (ExportedEntry) -> Bool = { $0.fault == nil }
    ) -> [RecordID: [DeclaredWrite]] {
        var writes: [RecordID: [DeclaredWrite]] = [:]
        for one in log.entries where isEffective(one) {
            for change in one.changeSet?.changes ?? [] {
                guard let rule = schema.record(change.record.type) else { continue }
                // Rights, read off the number: 31 and below are the home's, and so is existence.
                let needsHome = change.kind != .update || change.units.contains { $0.unit <= 31 }
                if needsHome, rule.home(ofKey: change.record.key) != one.market { continue }
                writes[change.record, default: []].append(DeclaredWrite(author: one, change: change))
            }
        }
        return writes
    }

    package var conflicts: [DeclaredConflict] { records.flatMap(\.declared.conflicts).sorted() }
}
