// The conflict desk's reading half.

package import SyncCore

/// A conflict as people work on it.
package struct ConflictReport: Hashable, Sendable {
    package let id: Digest
    package let conflict: Conflict
    package let isOpen: Bool
    /// Author and reason of each side, by the entry that wrote it.
    package let notes: [Digest: Note]
    /// Each side's entry.
    package let dots: [Digest: NamedDot]
    /// What the unit held before the sides parted, where the log can tell.
    package let base: [FieldValue]?
    /// The resolution that a side came from: this conflict follows that one.
    package let follows: Digest?
}

extension SQLiteReplica {
    /// Open conflicts in the order in which they opened.
    package func openConflicts(type: String? = nil, key: String? = nil) throws -> [ConflictReport] {
        try read { transaction in
            let query = try connection.cursor(
                """
                SELECT DISTINCT t.name, c.key FROM yrd_conflict AS c JOIN yrd_type AS t ON t.id = c.type
                WHERE c.closed_by IS NULL AND (?1 IS NULL OR t.name = ?1) AND (?2 IS NULL OR c.key = ?2)
                ORDER BY t.name, c.key
                """)
            if let type { query.bind(1, type) }
            if let key { query.bind(2, key) }
            var reports: [ConflictReport] = []
            while try query.step() {
                guard let type = query.text(0), let key = query.text(1) else { continue }
                reports += try conflicts(of: RecordID(type: type, key: key), transaction)
            }
            return reports.sorted {
                ($0.conflict.openedMilliseconds, $0.id) < ($1.conflict.openedMilliseconds, $1.id)
            }
        }
    }

    package func conflicts(of record: RecordID) throws -> [ConflictReport] {
        try read { try conflicts(of: record, $0) }
    }

    /// The ids, open or closed, that begin with a prefix of hexadecimal digits.
    package func conflictIDs(beginning prefix: String) throws -> [(id: Digest, isOpen: Bool)] {
        try read { _ in
            let query = try connection.cursor(
                "SELECT id, closed_by IS NULL FROM yrd_conflict WHERE lower(hex(id)) GLOB ?1 || '*' ORDER BY id LIMIT 16"
            )
            query.bind(1, prefix.lowercased())
            var ids: [(Digest, Bool)] = []
            while try query.step() { query.digest(0).map { ids.append(($0, query.integer(1) != 0)) } }
            return ids
        }
    }

    /// The record of a conflict, open or closed.
    package func record(ofConflict id: Digest) throws -> RecordID? {
        try read { _ in
            let query = try connection.cursor(
                "SELECT t.name, c.key FROM yrd_conflict AS c JOIN yrd_type AS t ON t.id = c.type WHERE c.id = ?1")
            query.bind(1, id)
            guard try query.step(), let type = query.text(0), let key = query.text(1) else { return nil }
            return RecordID(type: type, key: key)
        }
    }

    func conflicts(of record: RecordID, _ transaction: ReplicaTransaction) throws -> [ConflictReport] {
        let loaded = try RecordStore(transaction: transaction).load(record, from: .log)
        guard let rule = loaded.table?.rule else { return [] }
        let view = RecordView(of: loaded.state, record: record, rule: rule)
        return try view.conflicts.map { try report($0, of: loaded, transaction) }
    }

    private func report(
        _ conflict: Conflict, of loaded: LoadedRecord, _ transaction: ReplicaTransaction
    ) throws -> ConflictReport {
        var notes: [Digest: Note] = [:]
        var dots: [Digest: NamedDot] = [:]
        let names = try transaction.originNames()
        for side in conflict.sides {
            dots[side.stamp.id] = names.name(transaction.row(of: side.stamp))
            let changeSet = try log.changeSet(side.stamp.number)
            let change = try log.change(side.stamp.number, of: conflict.record)
            notes[side.stamp.id] = change.flatMap { changeSet.note(of: $0) }
        }
        return ConflictReport(
            id: conflict.id(transaction.hashing), conflict: conflict, isOpen: true, notes: notes, dots: dots,
            base: try base(of: conflict, loaded, transaction),
            follows: notes.values.compactMap(\.conflictID).min())
    }

    /// What the unit showed to whoever had seen what every side had seen: the value that no write of their common past
    /// replaced, and of several the shown one (rule 5). Never the last to arrive here, since that differs between nodes.
    private func base(
        of conflict: Conflict, _ loaded: LoadedRecord, _ transaction: ReplicaTransaction
    ) throws -> [FieldValue]? {
        guard conflict.unit != UnitRule.existence, let rule = loaded.table?.rule else { return nil }
        let replay = RecordReplay(transaction: transaction)
        let seenByAll = try conflict.sides.map { try replay.visibility(of: $0.stamp) }
        var writes: [(seen: Visibility, kept: [KeptSibling])] = []
        var siblings: [Sibling] = []
        for number in loaded.history.reversed() {
            let stamp = try log.stamp(number, transaction.lanes)
            let sibling = KeptSibling(unit: conflict.unit, lane: stamp.lane, sequence: stamp.sequence)
            guard seenByAll.allSatisfy({ $0.sees(stamp) }),
                !writes.contains(where: { $0.seen.sees(stamp) && !$0.kept.contains(sibling) }),
                let change = try log.change(number, of: conflict.record)
            else { continue }
            let values = change.units.first { $0.unit == conflict.unit }?.values
            // A create replaces whatever was there before, also in a unit that it does not carry.
            guard values != nil || change.kind == .create else { continue }
            let frontier = try log.changeSet(number).context.frontier
            writes.append(
                (try replay.visibility(of: stamp), try transaction.kept(change, in: frontier, on: stamp.lane)))
            if let values { siblings.append(Sibling(stamp: stamp, values: values)) }
        }
        guard !writes.isEmpty else { return nil }
        guard !siblings.isEmpty else { return rule.unit(conflict.unit)?.nulls }
        let home = rule.home(ofKey: conflict.record.key)
        let shown = ShownRule.pick(siblings.map(\.stamp), home: home)
        return siblings.first { $0.stamp == shown }?.values
    }
}
