// The work list of the conflict desk: an index of what the rules say, never a source.

import SyncCore

struct ConflictTable {
    let transaction: ReplicaTransaction

    private var connection: SQLiteConnection { transaction.connection }

    /// Makes the open conflicts of a record those of its view.
    ///
    /// - Parameter wasSimple: one entry had touched the record before, so it had no conflict.
    func update(
        _ record: RecordID, typeID: Int64, to view: RecordView, wasSimple: Bool, by stamp: EntryStamp
    ) throws {
        guard !wasSimple || !view.conflicts.isEmpty else { return }
        let wanted = Dictionary(
            uniqueKeysWithValues: view.conflicts.map { ($0.id(transaction.hashing), $0) })
        for id in try openIDs(typeID, record.key) where wanted[id] == nil {
            let close = try connection.statement("UPDATE yrd_conflict SET closed_by = ?2 WHERE id = ?1")
            close.bind(1, id).bind(2, stamp.number)
            try close.run()
        }
        for (id, conflict) in wanted.sorted(by: { $0.key < $1.key }) {
            let open = try connection.statement(
                """
                INSERT INTO yrd_conflict (id, type, key, unit, opened, closed_by) VALUES (?1, ?2, ?3, ?4, ?5, NULL)
                ON CONFLICT (id) DO UPDATE SET closed_by = NULL WHERE closed_by IS NOT NULL
                """)
            open.bind(1, id).bind(2, typeID).bind(3, record.key).bind(4, Int64(conflict.unit))
            open.bind(5, conflict.openedMilliseconds)
            try open.run()
        }
        try updateCrowded(record, typeID: typeID, view)
    }

    private func openIDs(_ typeID: Int64, _ key: Text) throws -> [Digest] {
        let query = try connection.statement(
            "SELECT id FROM yrd_conflict WHERE type = ?1 AND key = ?2 AND closed_by IS NULL")
        query.bind(1, typeID).bind(2, key)
        var ids: [Digest] = []
        while try query.step() { query.digest(0).map { ids.append($0) } }
        return ids
    }

    /// From `Limits.siblingsWarned` siblings on, plain writes to the unit are refused by trigger.
    private func updateCrowded(_ record: RecordID, typeID: Int64, _ view: RecordView) throws {
        let mask = view.conflicts.filter { $0.sides.count >= Limits.siblingsWarned }
            .reduce(Int64(0)) { $0 | 1 << Int64($1.unit) }
        if mask == 0 {
            let delete = try connection.statement("DELETE FROM yrd_crowded WHERE type = ?1 AND key = ?2")
            delete.bind(1, typeID).bind(2, record.key)
            try delete.run()
        } else {
            let upsert = try connection.statement(
                """
                INSERT INTO yrd_crowded (type, key, mask) VALUES (?1, ?2, ?3)
                ON CONFLICT (type, key) DO UPDATE SET mask = excluded.mask
                """)
            upsert.bind(1, typeID).bind(2, record.key).bind(3, mask)
            try upsert.run()
        }
    }
}
