// How a conflict ended: what the desk tells someone who comes too late.

package import SyncCore

/// The entry after whose arrival a conflict was no longer open here.
package struct ConflictClosure: Hashable, Sendable {
    package let record: RecordID
    package let unit: UnitNumber
    package let dot: Dot
    package let timeMilliseconds: Int64
    /// What that entry said of its change to the record.
    package let note: Note?

    /// Whether that entry is the conflict's resolution, not a late edit that made another conflict of it.
    package func isResolution(of id: Digest) -> Bool { note?.conflictID == id }
}

extension SQLiteReplica {
    /// Nil if the conflict is open, or unknown here.
    package func closure(ofConflict id: Digest) throws -> ConflictClosure? {
        try read { transaction in
            let query = try connection.cursor(
                """
                SELECT t.name, c.key, c.unit, c.closed_by FROM yrd_conflict AS c JOIN yrd_type AS t ON t.id = c.type
                WHERE c.id = ?1 AND c.closed_by IS NOT NULL
                """)
            query.bind(1, id)
            guard try query.step(), let type = query.text(0), let key = query.text(1) else { return nil }
            let record = RecordID(type: type, key: key)
            let stamp = try log.stamp(query.integer(3), transaction.lanes)
            let change = try log.change(stamp.number, of: record)
            return ConflictClosure(
                record: record, unit: UnitNumber(query.integer(2)),
                dot: Dot(origin: transaction.lanes[stamp.lane].origin, sequence: stamp.sequence),
                timeMilliseconds: stamp.timeMilliseconds,
                note: try change.flatMap { try log.changeSet(stamp.number).note(of: $0) })
        }
    }
}
