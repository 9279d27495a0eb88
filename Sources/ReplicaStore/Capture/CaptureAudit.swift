// Finds what capture could not: writes by clients that had triggers off, or changed the schema.

import SyncCore

struct CaptureAudit {
    let transaction: ReplicaTransaction

    private var connection: SQLiteConnection { transaction.connection }

    /// Records whose row is not what was last sealed or applied, and for which nothing is pending.
    ///
    /// - Parameter onDamage: takes a record that cannot be read back; without it, damage is thrown.
    func uncaptured(
        in table: SyncedTable, onDamage: ((RecordID, any Error) throws -> Void)? = nil
    ) throws -> [RecordID] {
        let records = RecordStore(transaction: transaction)
        let type = Text(table.rule.type)
        var found: [RecordID] = []
        let cursor = try connection.cursor(
            """
            SELECT key FROM yrd_record WHERE type = ?1
            UNION SELECT \(table.rule.keyColumn) FROM \(table.rule.type)
            EXCEPT SELECT key FROM yrd_pending WHERE type = ?1
            EXCEPT SELECT key FROM yrd_unsealed WHERE type = ?1
            """)
        cursor.bind(1, table.typeID)
        while try cursor.step() {
            guard let key = cursor.text(0) else { continue }
            let record = RecordID(type: type, key: key)
            do {
                if !records.isAsSealed(try records.load(record, from: .row)) { found.append(record) }
            } catch {
                guard let onDamage, !(error is SQLiteError) else { throw error }
                try onDamage(record, error)
            }
        }
        return found
    }

    /// Puts them among the pending writes, each with a finding.
    func capture(_ missed: [RecordID], in table: SyncedTable) throws {
        for record in missed {
            try transaction.addFinding(
                "uncaptured_write", record: record,
                detail: "written while the triggers were off; sealed now as a change of this market")
            let insert = try connection.statement(
                "INSERT INTO yrd_pending (type, key, op, mask) VALUES (?1, ?2, 4, -1)")
            insert.bind(1, table.typeID).bind(2, record.key)
            try insert.run()
        }
    }
}
