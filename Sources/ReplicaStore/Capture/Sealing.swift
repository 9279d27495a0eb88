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
        // What is pending stays so until another incarnation has begun.
        guard try !ClosureTable(connection: connection).isClosed(transaction.ownOrigin()) else { return SealReport() }
        return try PendingSealer(transaction: transaction, signer: signer, bounds: environment.sealBounds).seal()
    }

    /// Seals what is pending, and what no capture has seen: a write that stands only in its row would be gone when rows are
    /// made anew.
    func sealEverything(_ transaction: ReplicaTransaction, _ signer: EntrySigner) throws {
        try captureEverything(transaction)
        _ = try seal(transaction, signer)
    }

    func captureEverything(_ transaction: ReplicaTransaction) throws {
        let audit = CaptureAudit(transaction: transaction)
        for table in layout.tablesInOrder { try audit.capture(try audit.uncaptured(in: table), in: table) }
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
        _ = try PendingSealer(transaction: transaction, signer: signer, bounds: environment.sealBounds).seal()
    }

    /// The schema's version number changes with every CREATE, DROP and ALTER, so an unaltered schema costs one read.
    func checkTriggers(_ transaction: ReplicaTransaction) throws {
        try renewLayout(transaction)
        let version = try schemaVersion()
        guard try transaction.meta.integer(.checkedSchemaVersion) != version else { return }
        let altered = try captureFaults()
        if !altered.isEmpty {
            try transaction.addFinding(
                "triggers_altered", detail: "restored: \(altered.map(\.place.name).joined(separator: ", "))")
            try statements.restore(altered, connection)
            try captureEverything(transaction)
        }
        if layout.isEncrypted { try ClearValues(catalog, connection).index() }
        try transaction.meta.set(.checkedSchemaVersion, try schemaVersion())
    }

    /// Without capture nothing is sealed, so a seal restores it. What else is strange in the schema waits for a person.
    private func captureFaults() throws -> [SchemaFault] { try statements.faults(connection).filter(\.isCapture) }

    /// Newer software may guard or show more: its triggers and views take the place of the older one's, which stood
    /// unaltered as far as the older one saw. That is no finding.
    private func renewLayout(_ transaction: ReplicaTransaction) throws {
        let made = try transaction.meta.blob(.layoutDigest).flatMap { Digest($0) }
        guard made != layoutDigest else { return }
        let isChecked = try transaction.meta.integer(.checkedSchemaVersion) == schemaVersion()
        try renewLayout(transaction, isChecked: isChecked)
    }

    /// - Parameter isChecked: whether the triggers are known to stand as they were made.
    func renewLayout(_ transaction: ReplicaTransaction, isChecked: Bool) throws {
        try statements.renewViews(connection)
        if isChecked {
            try statements.restore(try captureFaults(), connection)
            try transaction.meta.set(.checkedSchemaVersion, try schemaVersion())
        }
        try transaction.meta.set(.layoutDigest, layoutDigest.bytes)
    }

    private func schemaVersion() throws -> Int64 {
        let query = try connection.statement("PRAGMA schema_version")
        defer { query.reset() }
        return try query.step() ? query.integer(0) : 0
    }
}
