// No lost update, seen from the writers: nobody replaced a value that nobody had shown them.

package import SyncCore

/// Looks for a value that an ordinary write replaced although its author's table did not show it and no policy had
/// joined it with what it showed (DESIGN.md section 5, rule 2). It knows nothing of how the store decides what to keep:
/// what an author was shown is computed from what the author says it had seen.
package struct LostUpdate {
    private let log: ExportedLog
    private let schema: Schema
    private let authors: Set<Market>

    /// - Parameter authors: whose writes are looked at: the honest markets'.
    package init(in log: ExportedLog, schema: Schema, authors: Set<Market>) {
        self.log = log
        self.schema = schema
        self.authors = authors
    }

    /// The first one found, as a sentence.
    package func fault() -> String? {
        let writes = DeclaredFederation.writes(of: log, schema: schema)
        for (record, all) in writes.sorted(by: { $0.key < $1.key }) {
            guard let rule = schema.record(record.type) else { continue }
            for write in all where authors.contains(write.author.market) {
                if let fault = fault(of: write, on: record, rule, all) { return fault }
            }
        }
        return nil
    }

    private func fault(
        of write: DeclaredWrite, on record: RecordID, _ rule: RecordRule, _ all: [DeclaredWrite]
    ) -> String? {
        // Whoever resolves is shown every side.
        guard write.author.changeSet?.notes.contains(where: { $0.conflictID != nil }) != true else { return nil }
        let seen = all.filter { log.sees(write.author, $0.author) }
        let before = DeclaredRecord(record, rule: rule, writes: seen, in: log)
        guard before.isShown else { return nil }
        for unit in rule.units {
            let standing = before.standing[unit.number] ?? []
            let isWritten = write.change.kind != .update || write.value(of: unit.number) != nil
            guard isWritten, before.conflicts.contains(where: { $0.unit == unit.number }) else { continue }
            for hidden in standing where hidden.value(of: unit.number) != before.shown[unit.number] {
                if write.spares(hidden, unit: unit.number) { continue }
                return "\(write.author.dot) replaced what \(hidden.author.dot) wrote in \(unit.name) of \(record.key), "
                    + "and its author had not been shown it"
            }
        }
        return nil
    }
}
