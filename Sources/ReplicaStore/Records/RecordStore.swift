// A record's siblings, loaded from row, blob and log, and written back so that the table shows what the rules say.

import SyncCore

/// A record as this replica holds it.
struct LoadedRecord {
    let id: RecordID
    /// Nil for a type that the catalog does not know.
    let table: SyncedTable?
    let typeID: Int64
    let state: RecordState
    /// Of the last sealed state; nil for a record that no entry has touched.
    let digest: Digest?
    /// Numbers of the entries that touched it, ascending.
    let history: [Int64]
    let row: RowReading
}

/// Where the values come from that are not in the state's blob.
enum ValueSource {
    /// The synced row: fast, and right as long as no write escaped capture.
    case row
    /// The entries themselves.
    case log
}

struct RecordStore {
    let transaction: ReplicaTransaction

    private var connection: SQLiteConnection { transaction.connection }
    private var hashing: Hashing { transaction.hashing }

    // MARK: Loading

    func load(_ id: RecordID, from source: ValueSource) throws -> LoadedRecord {
        let table = transaction.layout.table(id.type)
        let typeID = try table?.typeID ?? TypeNumbers.number(of: id.type.string, connection)
        let row = try table?.read(id.key, connection) ?? .absent
        let query = try connection.statement(
            "SELECT entry, digest, state, history FROM yrd_record WHERE type = ?1 AND key = ?2")
        query.bind(1, typeID).bind(2, id.key)
        defer { query.reset() }
        guard try query.step() else {
            return LoadedRecord(
                id: id, table: table, typeID: typeID, state: RecordState(), digest: nil, history: [], row: row)
        }
        let entry = query.integer(0)
        let blob = query.isNull(2) ? nil : try connection.fromRest(query.blob(2))
        let history = query.isNull(3) ? [entry] : Self.decodeHistory(query.blob(3))
        let digest = connection.digest(of: query, 1)
        let state = try state(of: id, table: table, creator: history[0], blob: blob, row: row, source)
        return LoadedRecord(
            id: id, table: table, typeID: typeID, state: state, digest: digest, history: history, row: row)
    }

    private func state(
        of id: RecordID, table: SyncedTable?, creator: Int64, blob: [UInt8]?, row: RowReading, _ source: ValueSource
    ) throws -> RecordState {
        let rowValues: [UnitNumber: [FieldValue]] =
            if case .values(let values) = row { values } else { [:] }
        guard let blob else {
            let stamp = try transaction.log.stamp(creator, transaction.lanes)
            let carried: [UnitValues] =
                switch source {
                case .row:
                    rowValues.filter { $0.value.contains { $0 != .null } }
                        .map { UnitValues(unit: $0.key, values: $0.value) }
                case .log:
                    try transaction.log.change(creator, of: id)?.units ?? []
                }
            return RecordState(
                existence: [ExistenceSibling(stamp: stamp, isPresent: true)],
                units: carried.map {
                    RecordState.UnitSiblings(unit: $0.unit, siblings: [Sibling(stamp: stamp, values: $0.values)])
                })
        }
        return try RecordStateCoding.decode(
            blob,
            stamp: { try transaction.log.stamp($0, transaction.lanes) },
            rowValues: { unit, writer in
                switch source {
                case .row: return rowValues[unit] ?? table?.rule.unit(unit)?.nulls ?? []
                case .log:
                    let change = try transaction.log.change(writer, of: id)
                    return change?.units.first { $0.unit == unit }?.values ?? []
                }
            })
    }

    /// A record whose row is about to be overwritten: only if it is what was sealed last. A write that cannot be sealed is
    /// set aside with a finding; any other that escaped capture must be sealed first.
    func loadForWriting(_ id: RecordID) throws -> LoadedRecord {
        let loaded = try load(id, from: .row)
        if isAsSealed(loaded) { return loaded }
        guard try Unsealed(transaction: transaction).setAside(loaded) else { throw UncapturedWrite(record: id) }
        return try load(id, from: .log)
    }

    /// Whether the row still is what was last sealed or applied. False: a write escaped capture.
    func isAsSealed(_ loaded: LoadedRecord) -> Bool {
        guard let table = loaded.table else { return true }
        guard let digest = loaded.digest else { return loaded.row == .absent }
        let view = RecordView(of: loaded.state, record: loaded.id, rule: table.rule)
        switch loaded.row {
        case .unreadable: return false
        case .absent: guard !view.isShown else { return false }
        case .values(let values):
            guard view.isShown else { return false }
            // A unit with several siblings, or none, is not read off the row: its shown value must stand there all the
            // same.
            let isAsShown = table.rule.units.allSatisfy { unit in
                values[unit.number] == view.shown[unit.number]?.values ?? unit.nulls
            }
            guard isAsShown else { return false }
        }
        return RecordDigest.digest(of: loaded.state, record: loaded.id, rule: table.rule, hashing) == digest
    }

    // MARK: Saving

    /// Writes a record's new state after an entry: row, siblings, digest, conflicts.
    func save(_ loaded: LoadedRecord, _ state: RecordState, by stamp: EntryStamp) throws {
        let history =
            loaded.history.last == stamp.number ? loaded.history : loaded.history + [stamp.number]
        guard let table = loaded.table else {
            let blob = RecordStateCoding.encode(state, isShown: false, rule: nil)
            return try upsert(loaded, digest: .zero, blob: blob, history: history)
        }
        let view = RecordView(of: state, record: loaded.id, rule: table.rule)
        try show(view, in: table, instead: loaded.row, key: loaded.id.key)
        let digest = RecordDigest.digest(of: state, record: loaded.id, rule: table.rule, hashing)
        let isSimple = Self.isSimple(state, creator: history[0], rule: table.rule)
        let blob = isSimple ? nil : RecordStateCoding.encode(state, isShown: view.isShown, rule: table.rule)
        try upsert(loaded, digest: digest, blob: blob, history: history)
        try transaction.replaceDigest(loaded.digest, with: digest, of: loaded.id)
        try ConflictTable(transaction: transaction).update(
            loaded.id, typeID: loaded.typeID, to: view, wasSimple: loaded.history.count <= 1, by: stamp)
    }

    /// Makes the table show what the rules say.
    func show(_ view: RecordView, in table: SyncedTable, instead row: RowReading, key: Text) throws {
        let wanted = Dictionary(
            uniqueKeysWithValues: table.rule.units.map { ($0.number, view.shown[$0.number]?.values ?? $0.nulls) })
        switch (view.isShown, row) {
        case (false, .absent): break
        case (false, _): try table.delete(key, connection)
        case (true, .absent): try table.insert(key, wanted, connection)
        case (true, .unreadable):
            for unit in table.rule.units { try table.update(key, unit, wanted[unit.number]!, connection) }
        case (true, .values(let values)):
            for unit in table.rule.units where values[unit.number] != wanted[unit.number] {
                try table.update(key, unit, wanted[unit.number]!, connection)
            }
        }
    }

    private func upsert(_ loaded: LoadedRecord, digest: Digest, blob: [UInt8]?, history: [Int64]) throws {
        let upsert = try connection.statement(
            """
            INSERT INTO yrd_record (type, key, entry, digest, state, history) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (type, key) DO UPDATE SET
                entry = excluded.entry, digest = excluded.digest, state = excluded.state, history = excluded.history
            """)
        upsert.bind(1, loaded.typeID).bind(2, loaded.id.key).bind(3, history.last!)
        connection.bind(digest, to: upsert, 4)
        if let blob { upsert.bind(5, connection.atRest(blob)) }
        if history.count > 1 { upsert.bind(6, Self.encodeHistory(history)) }
        try upsert.run()
    }

    /// Everything that stands was written by the create, and is what the row says.
    private static func isSimple(_ state: RecordState, creator: Int64, rule: RecordRule) -> Bool {
        guard state.existence.count == 1, let existence = state.existence.first, existence.isPresent,
            existence.stamp.number == creator
        else { return false }
        return state.units.allSatisfy { unit in
            guard unit.siblings.count == 1, let sibling = unit.siblings.first else { return false }
            return sibling.stamp.number == creator && sibling.deletedBy.isEmpty && rule.unit(unit.unit) != nil
                && sibling.values.contains { $0 != .null }
        }
    }

    // MARK: History

    /// Numbers ascending, as differences.
    private static func encodeHistory(_ numbers: [Int64]) -> [UInt8] {
        var writer = ByteWriter()
        var last: Int64 = 0
        for number in numbers {
            writer.varint(UInt64(number - last))
            last = number
        }
        return writer.bytes
    }

    private static func decodeHistory(_ bytes: [UInt8]) -> [Int64] {
        var reader = ByteReader(bytes)
        var numbers: [Int64] = []
        while reader.remaining > 0, let step = try? reader.varint(max: .max, named: "history") {
            numbers.append((numbers.last ?? 0) + Int64(step))
        }
        return numbers
    }
}
