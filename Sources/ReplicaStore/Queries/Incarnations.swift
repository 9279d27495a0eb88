// A new incarnation: after a restore, and whenever this replica was rolled back.

package import SyncCore

extension SQLiteReplica {
    /// Begins a new incarnation. What is pending will be sealed under it, with the context it truly had: the frontier,
    /// in which the old incarnation is now an origin like any other.
    ///
    /// - Parameter signingKey: the key that signs it; nil for the one that signed before.
    package func beginIncarnation(_ incarnation: ID16, signingKey: Digest? = nil, because detail: String) throws {
        try write { transaction in
            let old = try transaction.ownOrigin()
            let lane = try transaction.ownLane()
            if let lane, lane.headSequence > 0 {
                var row = ByteWriter()
                lane.headRow.encode(to: &row)
                try transaction.meta.set(.predecessor, row.bytes)
            }
            try transaction.meta.set(.incarnation, incarnation.bytes)
            if let signingKey { try transaction.meta.set(.signingKey, signingKey.bytes) }
            try transaction.addFinding(
                "new_incarnation", dot: Dot(origin: old, sequence: lane?.headSequence ?? 0),
                detail: detail)
        }
    }

    /// Our own head: what the fence file remembers outside the replica.
    package func ownHead() throws -> (origin: Origin, sequence: UInt64, id: Digest) {
        try glance { transaction in
            let origin = try transaction.ownOrigin()
            let lane = try transaction.ownLane()
            return (origin, lane?.headSequence ?? 0, lane?.headID ?? .zero)
        }
    }

    /// The incarnation in which this replica stands, and the id of its entry at a place, nil if there is none (where an older
    /// incarnation of ours has branches, the one that is asked for, if it is there): what the fence is compared with before
    /// every seal. The entry itself may have megabytes, and is not read.
    package func ownIncarnation(withEntryAt place: Dot, _ id: Digest) throws -> (incarnation: ID16, entry: Digest?) {
        try glance { transaction in
            let own = try transaction.ownOrigin()
            let ids = try transaction.lanes.lanes(of: place.origin).filter { $0.holds(place.sequence) }
                .compactMap { try log.id(lane: $0.number, sequence: place.sequence) }
            return (own.incarnation, ids.contains(id) ? id : ids.first)
        }
    }

    /// The last entry that this replica sealed in the incarnation in which it stands, or in one before it; nil for any other
    /// origin, and where it sealed none. Each incarnation says in its first entry where the one before it ended.
    package func lastOwnEntry(of origin: Origin) throws -> EntryPlace? {
        try glance { transaction in
            let own = try transaction.ownLane()
            if let own, own.origin == origin { return EntryPlace(sequence: own.headSequence, id: own.headID) }
            var row = try transaction.meta.blob(.predecessor).flatMap { bytes in
                try? ByteReader.decode(bytes) { reader throws(DecodeError) in try Row(from: &reader) }
            }
            if row == nil, let own { row = try transaction.predecessor(of: own) }
            for _ in transaction.lanes.lanes {
                guard let before = row, let number = try transaction.lane(of: before) else { return nil }
                if before.origin == origin {
                    return try log.id(lane: number, sequence: before.sequence).map {
                        EntryPlace(sequence: before.sequence, id: $0)
                    }
                }
                row = try transaction.predecessor(of: transaction.lanes[number])
            }
            return nil
        }
    }

    /// The last entries applied of an origin, one for each branch, ascending.
    package func heads(of origin: Origin) throws -> [EntryPlace] {
        try glance { transaction in
            transaction.lanes.lanes(of: origin).filter { $0.headSequence > 0 }
                .map { EntryPlace(sequence: $0.headSequence, id: $0.headID) }.sorted()
        }
    }

    /// What the next statement (receipt or checkpoint) names, and its counter, which is kept before it is used. Of one
    /// transaction: another process of this node must not draw a later counter for an earlier position.
    package func nextStatement() throws -> NextStatement {
        try write { transaction in
            let next = (try transaction.meta.integer(.statementCounter) ?? 0) + 1
            try transaction.meta.set(.statementCounter, next)
            return NextStatement(
                counter: UInt64(next), frontier: transaction.lanes.frontier,
                incarnation: try transaction.ownOrigin().incarnation,
                signingKeyID: try transaction.meta.blob(.signingKey).flatMap { Digest($0) })
        }
    }
}

extension ReplicaTransaction {
    /// Where the incarnation before a lane's ended, as the first entry on the lane's path says; nil if it says nothing.
    fileprivate func predecessor(of lane: Lane) throws -> Row? {
        guard let number = try log.number(lane: lanes.holder(of: 1, on: lane.number), sequence: 1),
            let changeSet = try? ChangeSet(decoding: log.entry(number).entry)
        else { return nil }
        return changeSet.notes.compactMap(\.predecessor).first
    }
}

/// What the next statement of this node names.
package struct NextStatement: Hashable, Sendable {
    package let counter: UInt64
    package let frontier: Frontier
    package let incarnation: ID16
    /// Nil while it is the key that this replica began with.
    package let signingKeyID: Digest?
}
