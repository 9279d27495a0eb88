// What local clients have written since the last seal becomes signed change sets: a union of whole transactions.

import SyncCore

/// What one seal did.
package struct SealReport: Hashable, Sendable {
    package var changeSets = 0
    package var changes = 0
    /// Records whose write cannot be sealed as it is.
    package var parked = 0
    /// Local writes that this market may not make, taken back.
    package var refused = 0

    package init() {}
}

/// Reads `yrd_pending`, decides the net effect of each record, and seals it.
struct PendingSealer {
    let transaction: ReplicaTransaction
    let signer: EntrySigner
    /// Smaller in tests that cannot write thousands of records a thousand times.
    var bounds = GroupMeter.Bounds()

    private var connection: SQLiteConnection { transaction.connection }

    func seal() throws -> SealReport {
        try Unsealed(transaction: transaction).retryAll()
        guard try connection.hasPending() else { return SealReport() }
        var report = SealReport()
        let sealer = try EntrySealer(transaction, signer)
        let notes = try openingNotes()
        var meter = GroupMeter(
            notesPerSet: notes.count, noteBytes: notes.reduce(0) { $0 + $1.encoded().count },
            bounds: bounds)
        let history = try hasUnsealed() ? nil : PlainHistory(transaction)
        var drafted: [DraftedChange] = []
        try forEachPendingRecord(history) { type, record, encoder in
            guard
                let change = try encoder?.op(of: record).map({ .plain(type: type, encoded: $0) })
                    ?? record.text(0).flatMap({ try draft(RecordID(type: type, key: $0), sealer, &report) })
            else { return }
            if meter.mustCloseSet(before: change.encoded.count) {
                try sealer.sealAhead(drafted, notes: notes, groupContinues: meter.closeSet())
                drafted = []
            }
            meter.add(changeBytes: change.encoded.count)
            drafted.append(change)
        }
        if !drafted.isEmpty {
            try sealer.seal(drafted, notes: notes, groupContinues: false)
            try transaction.meta.set(.predecessor, nil)
        }
        try connection.statement("DELETE FROM yrd_pending").run()
        report.changeSets = sealer.sealedChangeSets
        report.changes = sealer.sealedChanges
        return report
    }

    private func hasUnsealed() throws -> Bool {
        let query = try connection.statement("SELECT 1 FROM yrd_unsealed LIMIT 1")
        defer { query.reset() }
        return try query.step()
    }

    /// A new incarnation says once which one it follows.
    private func openingNotes() throws -> [Note] {
        guard let bytes = try transaction.meta.blob(.predecessor) else { return [] }
        var note = Note()
        note.predecessor = try ByteReader.decode(bytes) { reader throws(DecodeError) in try Row(from: &reader) }
        return [note]
    }

    // MARK: Pending records

    /// In the order of types and keys, in which changes stand in a change set.
    ///
    /// - Parameters:
    ///   - history: nil where some write could not be sealed before: then every record goes the ordinary way.
    ///   - body: is given the key of a record, and what is here of it, as the present row of a query.
    func forEachPendingRecord(
        _ history: PlainHistory?, _ body: (_ type: Text, PreparedStatement, PlainRowEncoder?) throws -> Void
    ) throws {
        for table in transaction.layout.tablesInOrder {
            let columns = RecordColumns(of: table, from: 1)
            let encoder = history.map { PlainRowEncoder(table, columns, transaction, $0) }
            // Without a limit SQLite takes the order of the keys for nobody's concern.
            let records = try connection.statement(
                """
                SELECT p.key, \(columns.sql)
                FROM (SELECT DISTINCT key FROM yrd_pending WHERE type = \(table.typeID) ORDER BY key LIMIT -1) AS p
                LEFT JOIN yrd_record AS r ON r.type = \(table.typeID) AND r.key = p.key
                LEFT JOIN \(table.rule.type) AS c ON c.\(table.rule.keyColumn) = p.key
                """)
            defer { records.reset() }
            while try records.step() { try body(Text(table.rule.type), records, encoder) }
        }
    }

    /// Nil if there is nothing to seal. Old values come from the log, never from the row: so a write that escaped
    /// capture in another column of the same row is sealed with it.
    private func draft(
        _ record: RecordID, _ sealer: EntrySealer, _ report: inout SealReport
    ) throws -> DraftedChange? {
        guard let table = transaction.layout.table(record.type) else { return nil }
        let records = RecordStore(transaction: transaction)
        let loaded = try records.load(record, from: .log)
        let unsealed = Unsealed(transaction: transaction)
        guard let content = loaded.row.content else {
            if case .unreadable(let code) = loaded.row { try unsealed.add(loaded, code: code) }
            report.parked += 1
            return nil
        }
        if case .present(let values) = content { try table.normaliseSets(record.key, values, connection) }
        let view = RecordView(of: loaded.state, record: record, rule: table.rule)
        guard let written = LocalEdit.draft(record: record, rule: table.rule, view: view, content: content) else {
            try unsealed.remove(loaded)
            return nil
        }
        guard let draft = try permitted(written, of: loaded, table, view, sealer, &report) else {
            try unsealed.remove(loaded)
            return nil
        }
        let change = sealer.encode(draft, of: loaded, note: 0)
        if let code = unsealableCode(of: change, draft.kept, record) {
            try unsealed.add(loaded, code: code)
            report.parked += 1
            return nil
        }
        try unsealed.remove(loaded)
        return change
    }

    private func unsealableCode(of change: DraftedChange, _ kept: [UnitNumber: [EntryStamp]], _ record: RecordID)
        -> String?
    {
        if change.encoded.count > Limits.changeBytes { return "change_too_large" }
        if kept.values.contains(where: { $0.count > Limits.keepsPerUnit }) { return "too_many_siblings" }
        if record.key.utf8.isEmpty || record.key.utf8.count > Limits.keyBytes { return "key_too_long" }
        return nil
    }

    /// What of a draft this market may write; nil if nothing. The triggers refuse the rest at the statement; here it came
    /// past them. It is taken back from the row and kept as evidence, and what stands beside it is sealed.
    private func permitted(
        _ draft: LocalEdit.Draft, of loaded: LoadedRecord, _ table: SyncedTable, _ view: RecordView,
        _ sealer: EntrySealer, _ report: inout SealReport
    ) throws -> LocalEdit.Draft? {
        let isHome = table.rule.home(ofKey: loaded.id.key) == transaction.layout.market
        func mayWrite(_ unit: UnitNumber) -> Bool { isHome || WriteRule(unit: unit) == .any }
        let writtenUnits = (draft.kind.writesExistence ? [UnitRule.existence] : []) + draft.units.map(\.unit)
        guard let unit = writtenUnits.first(where: { !mayWrite($0) }) else { return draft }
        report.refused += 1
        let change = sealer.encode(draft, of: loaded, note: 0)
        let origin = try transaction.ownOrigin()
        try Quarantine(transaction: transaction).add(
            dot: Dot(origin: origin, sequence: 0), id: transaction.hashing.sha256(change.encoded),
            class: .forbidden, code: "local_write_taken_back", peer: nil, record: loaded.id, unit: unit,
            evidence: change.encoded)
        guard draft.kind == .update else {
            try RecordStore(transaction: transaction).show(view, in: table, instead: loaded.row, key: loaded.id.key)
            return nil
        }
        for written in draft.units where !mayWrite(written.unit) {
            let rule = table.rule.unit(written.unit)!
            try table.update(
                loaded.id.key, rule, view.shown[written.unit]?.values ?? rule.nulls, connection)
        }
        let units = draft.units.filter { mayWrite($0.unit) }
        guard !units.isEmpty else { return nil }
        let kept = draft.kept.filter { kept in units.contains { $0.unit == kept.key } }
        return LocalEdit.Draft(kind: .update, record: draft.record, units: units, kept: kept)
    }
}
