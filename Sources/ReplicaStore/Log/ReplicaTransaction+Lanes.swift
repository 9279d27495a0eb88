// What rows, contexts and keeps mean in this replica's lanes. Only of a forked origin must the log be asked.

import SyncCore

extension ReplicaTransaction {
    /// The lane that holds the entry which a row names; nil if it is not applied here.
    func lane(of row: Row) throws -> Int? { try lanes.lane(of: row, id: log.id) }

    func row(of stamp: EntryStamp) -> Row {
        Row(origin: lanes[stamp.lane].origin, sequence: stamp.sequence, idPrefix: stamp.id.prefix)
    }

    /// The entry at a sequence of a lane's path, which begins with its trunk.
    func header(at sequence: UInt64, on lane: Int) throws -> EnvelopeHeader? {
        try log.header(lane: lanes.holder(of: sequence, on: lane), sequence: sequence)
    }

    /// The rotation that an entry carries, nil if it carries none.
    func rotation(in verified: VerifiedEntry) -> KeyRotation? {
        KeyRotation(in: verified, enrolledKeyID: enrolledKeyID)
    }

    /// The id of the key that signs what follows an applied entry; nil if it is not applied.
    func signer(after dot: Dot, _ id: Digest) throws -> Digest? {
        for lane in lanes.lanes(of: dot.origin) where lane.holds(dot.sequence) {
            let standing =
                dot.sequence == lane.headSequence ? lane.headID : try log.id(lane: lane.number, sequence: dot.sequence)
            guard standing == id else { continue }
            let rotation = try Rotations(connection: connection).of(dot, id)
            return try rotation?.newKeyID(hashing) ?? log.header(lane: lane.number, sequence: dot.sequence)?.keyID
        }
        return nil
    }

    /// What an entry of a lane has seen, if its context is this frontier.
    func visibility(of frontier: Frontier, on lane: Int, before sequence: UInt64) throws -> Visibility {
        var visibility = Visibility()
        for row in frontier.rows {
            guard let number = try lanes.lane(ofApplied: row, id: log.id) else { continue }
            lanes.see(number, upTo: row.sequence, &visibility)
        }
        lanes.see(lane, upTo: sequence - 1, &visibility)
        return visibility
    }

    /// The keeps of a change by an entry of a lane: each names a place on the path of a row, or on its own.
    func kept(_ change: Change, in frontier: Frontier, on lane: Int) throws -> [KeptSibling] {
        try change.keeps.compactMap { keep in
            let path =
                keep.row == 0 ? lane : try lanes.lane(ofApplied: frontier.rows[keep.row - 1], id: log.id)
            return path.map {
                KeptSibling(
                    unit: keep.unit, lane: lanes.holder(of: keep.sequence, on: $0), sequence: keep.sequence)
            }
        }
    }

    /// Our own lane in our present incarnation; nil before its first entry. It never has branches: one that is shown to us
    /// makes us begin another incarnation before it is applied.
    func ownLane() throws -> Lane? {
        let lanes = lanes.lanes(of: try ownOrigin())
        guard lanes.count <= 1 else {
            throw ReplicaDamage.unreadable(table: "yrd_origin", row: "our own incarnation, which has branches")
        }
        return lanes.first
    }
}
