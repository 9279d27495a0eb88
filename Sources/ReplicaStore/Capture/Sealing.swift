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

    /// Finds and seals writes of one type that escaped capture.
    func sealUncaptured(type: String, _ signer: EntrySigner) throws {
        try write { transaction in
            guard let table = layout.tables[type] else { return }
            let audit = CaptureAudit(transaction: transaction)
            try audit.capture(try audit.uncaptured(in: table), in: table)
            _ = try PendingSealer(transaction: transaction, signer: signer).seal()
        }
    }

    /// The schema's version number changes with every CREATE, DROP and ALTER, so an unaltered schema costs one read.
    private func checkTriggers(_ transaction: ReplicaTransaction) throws {
        let query = try connection.cursor("PRAGMA schema_version")
        guard try query.step() else { return }
        let version = query.integer(0)
        guard try transaction.meta.integer(.checkedSchemaVersion) != version else { return }
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
    }
}
