// What clients have made of one row since the last seal, as they themselves see it: no store is asked what it captured.

import SyncCore

/// A node's registers as a client reads them.
typealias RegisterRows = [RecordID: [UnitNumber: [FieldValue]]]

/// A row that must be sealed as its last writer left it.
struct PendingRow {
    /// Who wrote a unit last, and what the node had applied at that moment.
    struct Writer {
        let transaction: Int
        let frontier: Frontier
    }

    /// What the row was before the first write that is not sealed; nil if there was none.
    let base: [UnitNumber: [FieldValue]]?
    private(set) var now: [UnitNumber: [FieldValue]]?
    /// Existence is unit 0.
    private(set) var writers: [UnitNumber: Writer] = [:]
    /// False: no trigger saw it, and only an audit, or whoever meets the row, finds it.
    private(set) var isCaptured = false

    init(base: [UnitNumber: [FieldValue]]?) {
        self.base = base
        now = base
    }

    mutating func write(_ row: [UnitNumber: [FieldValue]]?, by writer: Writer, isCaptured: Bool) {
        // Whoever makes a row, or takes it away, writes all of it.
        let isWhole = (now == nil) != (row == nil)
        let units = isWhole ? [UnitRule.existence] + (row ?? now ?? [:]).keys : Self.difference(now, row)
        for unit in units { writers[unit] = writer }
        now = row
        // What stands beside a captured write is sealed with it.
        self.isCaptured = self.isCaptured || isCaptured
    }

    /// What a seal must say of it, in the order of units; empty if everything was taken back.
    var written: [UnitNumber] { Self.difference(base, now) }

    static func difference(_ old: [UnitNumber: [FieldValue]]?, _ new: [UnitNumber: [FieldValue]]?) -> [UnitNumber] {
        guard let new else { return old == nil ? [] : [UnitRule.existence] }
        guard let old else {
            return [UnitRule.existence] + new.filter { $0.value.contains { $0 != .null } }.keys.sorted()
        }
        return new.keys.filter { old[$0] != new[$0] }.sorted()
    }

    /// Whether a change set says all of it.
    func isSaid(by change: Change) -> Bool {
        guard let now else { return change.kind == .delete }
        guard change.kind != .delete, base != nil || change.kind == .create else { return false }
        let units = change.kind == .create ? now.keys.sorted() : written
        // Nor anything that nobody wrote.
        guard change.kind == .create || change.units.map(\.unit) == units else { return false }
        return units.allSatisfy { unit in
            guard let said = change.units.first(where: { $0.unit == unit })?.values else {
                return change.kind == .create && now[unit]!.allSatisfy { $0 == .null }
            }
            return said == now[unit]
        }
    }
}
