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

    /// The last entry applied of any origin, where it has branches the end of the longest; nil if there is none.
    package func head(of origin: Origin) throws -> (sequence: UInt64, id: Digest)? {
        try read { transaction in
            transaction.lanes.lanes(of: origin).max { $0.headSequence < $1.headSequence }
                .flatMap { $0.headSequence > 0 ? ($0.headSequence, $0.headID) : nil }
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

/// What the next statement of this node names.
package struct NextStatement: Hashable, Sendable {
    package let counter: UInt64
    package let frontier: Frontier
    package let incarnation: ID16
    /// Nil while it is the key that this replica began with.
    package let signingKeyID: Digest?
}
