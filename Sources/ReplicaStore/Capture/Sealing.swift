// Sealing as the rest of the house calls it.

import SyncCore

extension SQLiteReplica {
    /// Seals what local clients have written since the last seal. First sees that the triggers stand: if some client
    /// altered them, they are restored, and what they missed is found and sealed too.
    package func seal(_ signer: EntrySigner) throws -> SealReport {
        try write { transaction in try seal(transaction, signer) }
    }

    func seal(_ transaction: ReplicaTransaction, _ signer: EntrySigner) throws -> SealReport {
        try checkTriggers(transaction)
        return try PendingSealer(transaction: transaction, signer: signer).seal()
    }

    /// Runs a transaction that overwrites rows. If one of them was written past capture, everything of its type that
    /// escaped is sealed first, and the transaction is tried again.
    func sealingUncaptured<Value>(_ signer: EntrySigner, _ body: () throws -> Value) throws -> Value {
        var audits: [RecordID: Int] = [:]
        while true {
            do {
                return try body()
            } catch let uncaptured as UncapturedWrite {
                // A client that keeps writing past the triggers may need several; a row that no seal sets right is damage.
                audits[uncaptured.record, default: 0] += 1
                guard audits[uncaptured.record]! <= Self.auditsMax else {
                    throw ReplicaDamage.unreadable(
                        table: uncaptured.record.type.string, row: "a row, against its digest")
                }
                try write { transaction in try sealUncaptured(type: uncaptured.record.type, transaction, signer) }
            }
        }
    }

    private static let auditsMax = 3

    private func sealUncaptured(type: Text, _ transaction: ReplicaTransaction, _ signer: EntrySigner) throws {
        guard let table = layout.table(type) else { return }
        let audit = CaptureAudit(transaction: transaction)
        try audit.capture(try audit.uncaptured(in: table), in: table)
        _ = try PendingSealer(transaction: transaction, signer: signer).seal()
    }

    /// The schema's version number changes with every CREATE, DROP and ALTER, so an unaltered schema costs one read. A newer
    /// program may want other triggers than the ones that stand: so their hash is remembered too.
    private func checkTriggers(_ transaction: ReplicaTransaction) throws {
        let query = try connection.cursor("PRAGMA schema_version")
        guard try query.step() else { return }
        let version = query.integer(0)
        let isChecked =
            try transaction.meta.integer(.checkedSchemaVersion) == version
            && transaction.meta.blob(.checkedTriggers) == statements.triggersHash(transaction.hashing).bytes
        guard !isChecked else { return }
        let altered = try statements.alteredTriggers(connection)
        if !altered.isEmpty {
            try transaction.addFinding(
                "triggers_altered", detail: "restored: \(altered.joined(separator: ", "))")
            try statements.restoreTriggers(named: altered, connection)
            let audit = CaptureAudit(transaction: transaction)
            for table in layout.tablesInOrder { try audit.capture(try audit.uncaptured(in: table), in: table) }
        }
        let after = try connection.cursor("PRAGMA schema_version")
        guard try after.step() else { return }
        try transaction.meta.set(.checkedSchemaVersion, after.integer(0))
        try transaction.meta.set(.checkedTriggers, statements.triggersHash(transaction.hashing).bytes)
    }
}
