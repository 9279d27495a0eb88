// Writes that no change set can carry (broken UTF-8, a value too large): parked alone, named in `status`.

import SyncCore

struct Unsealed {
    let transaction: ReplicaTransaction

    private var connection: SQLiteConnection { transaction.connection }

    func add(_ loaded: LoadedRecord, code: String) throws {
        let insert = try connection.statement(
            """
            INSERT INTO yrd_unsealed (type, key, code, since) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (type, key) DO UPDATE SET code = excluded.code
            """)
        insert.bind(1, loaded.typeID).bind(2, loaded.id.key).bind(3, code).bind(4, transaction.wallMilliseconds)
        try insert.run()
    }

    func remove(_ loaded: LoadedRecord) throws {
        let delete = try connection.statement("DELETE FROM yrd_unsealed WHERE type = ?1 AND key = ?2")
        delete.bind(1, loaded.typeID).bind(2, loaded.id.key)
        try delete.run()
    }

    /// Puts every parked write back among the pending ones, to be tried again.
    func retryAll() throws {
        try connection.statement(
            "INSERT INTO yrd_pending (type, key, op, mask) SELECT type, key, 4, -1 FROM yrd_unsealed"
        ).run()
    }

    /// A change has arrived for a record whose local write cannot be sealed. The row will show the federation's value;
    /// the local one is kept as evidence of a finding. False if the record has no such write.
    func setAside(_ loaded: LoadedRecord) throws -> Bool {
        guard let code = try parkedCode(loaded) ?? closedCode(loaded) else { return false }
        let row = try loaded.table.map { try $0.literalRow(loaded.id.key, connection) } ?? ""
        try transaction.addFinding("unsealable_write_set_aside", record: loaded.id, detail: "\(code): \(row)")
        try remove(loaded)
        return true
    }

    private func parkedCode(_ loaded: LoadedRecord) throws -> String? {
        let query = try connection.statement("SELECT code FROM yrd_unsealed WHERE type = ?1 AND key = ?2")
        query.bind(1, loaded.typeID).bind(2, loaded.id.key)
        defer { query.reset() }
        return try query.step() ? query.text(0)?.string ?? "" : nil
    }

    /// Of a pending write where nothing is sealed any more: its pending lines are gone then.
    private func closedCode(_ loaded: LoadedRecord) throws -> String? {
        guard try ClosureTable(connection: connection).isClosed(transaction.ownOrigin()) else { return nil }
        let delete = try connection.statement("DELETE FROM yrd_pending WHERE type = ?1 AND key = ?2 RETURNING 1")
        delete.bind(1, loaded.typeID).bind(2, loaded.id.key)
        defer { delete.reset() }
        return try delete.step() ? "incarnation_closed" : nil
    }
}
