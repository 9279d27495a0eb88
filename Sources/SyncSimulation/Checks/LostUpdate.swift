// No lost update, seen from the writers: nobody replaced a value that nobody had shown them.

package import SyncCore

/// Looks for a value that an ordinary write replaced although its author's table did not show it and no policy had
/// joined it with what it showed (DESIGN.md section 5, rule 2). It knows nothing of how the store decides what to keep.
/// What an author was shown is computed from what its change set says it had seen; and where somebody looked when the
/// author committed, nothing that the node applied later may be among it.
package struct LostUpdate {
    private let log: ExportedLog
    private let schema: Schema
    private let authors: Set<Market>
    private let shownAtCommit: [Digest: [RecordID: [UnitNumber: Frontier]]]
    private let wasEffective: (ExportedEntry, ExportedEntry) -> Bool

    /// - Parameters:
    ///   - authors: whose writes are looked at: the honest markets'.
    ///   - wasEffective: whether the first entry had an effect in the eyes of the second one's author, under the trust root
    ///     that it followed then.
    ///   - shownAtCommit: what was applied where a client committed what a change set says, as an onlooker saw it.
    package init(
        in log: ExportedLog, schema: Schema, authors: Set<Market>,
        shownAtCommit: [Digest: [RecordID: [UnitNumber: Frontier]]],
        wasEffective: @escaping (ExportedEntry, ExportedEntry) -> Bool
    ) {
        self.wasEffective = wasEffective
        self.log = log
        self.schema = schema
        self.authors = authors
        self.shownAtCommit = shownAtCommit
    }

    /// The first one found, as a sentence.
    package func fault() -> String? {
        let writes = DeclaredFederation.writes(of: log, schema: schema)
        let ever = DeclaredFederation.writes(of: log, schema: schema) { _ in true }
        for (record, all) in writes.sorted(by: { $0.key < $1.key }) {
            guard let rule = schema.record(record.type) else { continue }
            for write in all where authors.contains(write.author.market) {
                let known = ever[record]!.filter { wasEffective($0.author, write.author) }
                if let fault = fault(of: write, on: record, rule, known) ?? lateFault(of: write, on: record, all) {
                    return fault
                }
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
                if write.spares(hidden, unit: unit.number, in: log) { continue }
                return "\(write.author.dot) replaced what \(hidden.author.dot) wrote in \(unit.name) of \(record.key), "
                    + "and its author had not been shown it"
            }
        }
        return nil
    }

    /// A value that came after the client had committed, and that the change set replaces all the same. One that was void when
    /// it came was no value: what the root opens again later yields to what was written meanwhile (decision 0022).
    private func lateFault(of write: DeclaredWrite, on record: RecordID, _ all: [DeclaredWrite]) -> String? {
        for (written, frontier) in (shownAtCommit[write.author.id]?[record] ?? [:]).sorted(by: { $0.key < $1.key }) {
            for late in all where late.author.dot.origin != write.author.dot.origin {
                let dot = late.author.dot
                let hadCome = frontier.rows.contains { log.leads($0, to: late.author) }
                guard log.sees(write.author, late.author), !hadCome, wasEffective(late.author, write.author) else {
                    continue
                }
                for unit in late.units where written == unit || write.change.kind != .update {
                    guard !write.spares(late, unit: unit, in: log) else { continue }
                    guard unit == 0 || late.value(of: unit) != write.value(of: unit) else { continue }
                    return "\(write.author.dot) replaced what \(dot) wrote in unit \(unit) of \(record.key), "
                        + "which came after its client had committed"
                }
            }
        }
        return nil
    }
}
