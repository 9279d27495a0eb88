// A new incarnation: after a restore, and whenever this replica was rolled back.

package import SyncCore

extension SQLiteReplica {
    /// Begins a new incarnation. What is pending will be sealed under it, with the context it truly had: the frontier,
    /// in which the old incarnation is now an origin like any other.
    ///
    /// - Parameters:
    ///   - keys: the ones that sign it; nil for those that signed before.
    ///   - detail: what has gone wrong; nil if an operator wanted it, and nobody need look at it.
    package func beginIncarnation(_ incarnation: ID16, under keys: SigningKeyIDs? = nil, because detail: String?) throws
    {
        try write { transaction in
            let old = try transaction.ownOrigin()
            let lane = try transaction.ownLane()
            if let lane, lane.headSequence > 0 {
                var row = ByteWriter()
                lane.headRow.encode(to: &row)
                try transaction.meta.set(.predecessor, row.bytes)
            }
            let left = try connection.statement(
                "INSERT INTO yrd_own_incarnation (incarnation, sequence, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
            )
            left.bind(1, old.incarnation.bytes).bind(2, Int64(lane?.headSequence ?? 0)).bind(3, lane?.headID ?? .zero)
            try left.run()
            try transaction.meta.set(.incarnation, incarnation.bytes)
            if let keys { try transaction.meta.set(signingKeys: keys) }
            guard let detail else { return }
            try transaction.addFinding(
                "new_incarnation", dot: Dot(origin: old, sequence: lane?.headSequence ?? 0), detail: detail)
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

    /// Our own last entry as it lies in the log, nil if it is not there, and whether the adopted trust root has closed the
    /// incarnation in which the replica stands: one look for what is asked before every seal.
    package func ownStanding() throws -> (last: (origin: Origin, sequence: UInt64, id: Digest)?, isClosed: Bool) {
        try glance { transaction in
            let origin = try transaction.ownOrigin()
            let isClosed = try ClosureTable(connection: connection).isClosed(origin)
            guard let lane = try transaction.ownLane(), lane.headSequence > 0 else {
                return ((origin, 0, .zero), isClosed)
            }
            let id = try log.id(lane: lane.number, sequence: lane.headSequence)
            return (id.map { (origin, lane.headSequence, $0) }, isClosed)
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

    /// What this replica itself sealed last in an incarnation of ours: in its present one, or in one that it has left.
    package func ownEnd(of origin: Origin) throws -> OwnEnd {
        try glance { transaction in
            let own = try transaction.ownOrigin()
            if own == origin {
                return try transaction.ownLane().map {
                    .entry(EntryPlace(sequence: $0.headSequence, id: $0.headID))
                } ?? .nothing
            }
            guard origin.node == own.node else { return .unknown }
            let query = try connection.statement("SELECT sequence, id FROM yrd_own_incarnation WHERE incarnation = ?1")
            query.bind(1, origin.incarnation.bytes)
            defer { query.reset() }
            guard try query.step(), let id = query.digest(1) else { return .unknown }
            return query.integer(0) == 0 ? .nothing : .entry(EntryPlace(sequence: UInt64(query.integer(0)), id: id))
        }
    }

    /// The last entries applied of an origin, one for each branch, ascending.
    package func heads(of origin: Origin) throws -> [EntryPlace] {
        try glance { transaction in
            transaction.lanes.lanes(of: origin).filter { $0.headSequence > 0 }
                .map { EntryPlace(sequence: $0.headSequence, id: $0.headID) }.sorted()
        }
    }

    /// Where the chains of a market begin that are applied here.
    package func chainStarts(of market: Market) throws -> Set<ChainStart> {
        try glance { transaction in
            let first = transaction.lanes.lanes.values.filter { $0.origin.market == market && $0.parent == nil }
            return Set(
                try first.compactMap { lane in
                    try log.header(lane: lane.number, sequence: 1).map {
                        ChainStart(origin: lane.origin, keyID: $0.keyID)
                    }
                })
        }
    }

    /// What the next statement (receipt or checkpoint) names, and its counter, which is kept before it is used. Of one
    /// transaction: another process of this node must not draw a later counter for an earlier position.
    package func nextStatement(over filed: @autoclosure () throws -> SigningKeyIDs) throws -> NextStatement {
        try write { try $0.nextStatement(over: try filed()) }
    }

    /// The same of a checkpoint, which names the state at that frontier.
    package func nextCheckpoint(
        over filed: @autoclosure () throws -> SigningKeyIDs
    ) throws -> (statement: NextStatement, state: Digest) {
        try write { transaction in
            (
                try transaction.nextStatement(over: try filed()),
                try transaction.stateDigest().number(transaction.hashing)
            )
        }
    }
}

extension ReplicaTransaction {
    fileprivate func nextStatement(over filed: @autoclosure () throws -> SigningKeyIDs) throws -> NextStatement {
        let next = (try meta.integer(.statementCounter) ?? 0) + 1
        try meta.set(.statementCounter, next)
        return NextStatement(
            counter: UInt64(next), frontier: lanes.frontier, incarnation: try ownOrigin().incarnation,
            signingKeys: try meta.signingKeys(over: try filed()))
    }
}

/// Where this replica's own part of an incarnation ends.
package enum OwnEnd: Hashable, Sendable {
    case entry(EntryPlace)
    /// It stood in it, and sealed nothing.
    case nothing
    /// It never stood in it, or before such things were written down.
    case unknown
}

/// What the next statement of this node names.
package struct NextStatement: Hashable, Sendable {
    package let counter: UInt64
    package let frontier: Frontier
    package let incarnation: ID16
    package let signingKeys: SigningKeyIDs
}
