// `verify --repair`: everything that is derived is made anew from the log.

package import SyncCore

/// The log, or the file itself, is damaged: there is nothing to repair the rest from.
package struct LogDamaged: Error, Hashable, Sendable {
    package let findings: [Finding]
}

/// After a repair something is still not as the log makes it: nothing has happened.
package struct RepairIncomplete: Error, Hashable, Sendable {
    package let findings: [Finding]
}

extension SQLiteReplica {
    /// Triggers, views, rows, siblings, conflicts and digests become what the log makes of them, in one transaction. Local
    /// writes that capture has seen stay, and are sealed as ever. What stood in a row that was altered behind the
    /// triggers' back is kept as a finding, so that nothing is lost; a write of that kind that is to count is sealed by
    /// `seal` or `sync` instead, before a repair.
    ///
    /// Returns what was found, and is as it should be now; nothing is changed where nothing is found. Throws `LogDamaged`
    /// or `RepairIncomplete`.
    ///
    /// - Parameter fault: why an entry is not authentic, nil if it is; PeerTrust's judgement.
    package func repair(fault: (Entry) -> String?, progress: (VerifyProgress) -> Void) throws -> [Finding] {
        let repaired = try write { transaction in
            var audit = ReplicaAudit(transaction: transaction)
            try audit.checkFile()
            try audit.checkLog(fault: fault, progress: progress)
            guard audit.findings.isEmpty else { throw LogDamaged(findings: audit.findings) }
            try audit.checkSchema(statements)
            try audit.checkRecords(progress: progress)
            let found = audit.findings.filter { !Self.isForPeople($0) }
            guard !found.isEmpty else { return found }
            for finding in found { try keepEvidence(of: finding, transaction) }
            try statements.restore(try statements.faults(connection), connection)
            try transaction.meta.forget(.checkedSchemaVersion)
            let rows = LocalRows(connection: connection, layout: layout)
            try rows.keep()
            try LogReplay(connection: connection, layout: layout).replay(log, environment)
            try rows.putBack()
            var after = ReplicaAudit(transaction: try self.transaction())
            try after.checkSchema(statements)
            try after.checkRecords(progress: progress)
            let left = after.findings.filter { !Self.isForPeople($0) }
            guard left.isEmpty else { throw RepairIncomplete(findings: left) }
            return found
        }
        if !repaired.isEmpty { try reload() }
        return repaired
    }

    /// A local write that cannot be sealed is nothing that the log could say.
    private static func isForPeople(_ finding: Finding) -> Bool { finding.code == "write_not_sealed" }

    private func keepEvidence(of finding: Finding, _ transaction: ReplicaTransaction) throws {
        guard let type = finding.type, let key = finding.key, let table = layout.table(Text(type)) else {
            return try transaction.addFinding("repaired", detail: "\(finding.code): \(finding.detail)")
        }
        let record = RecordID(type: Text(type), key: Text(key))
        let stood = finding.code == "row_altered" ? try table.literalRow(record.key, connection) : finding.detail
        try transaction.addFinding("repaired", record: record, detail: "\(finding.code): \(stood)")
    }
}
