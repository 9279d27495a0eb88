// The market's signing key changes: an entry of the old key names the new one, in one transaction with the change.

package import SyncCore

extension SQLiteReplica {
    /// Seals what is pending, then appends the entry that hands over to a new key. From its commit on, every process of
    /// this node must sign with the new one, which `signingKeyIDs` names.
    ///
    /// - Parameter next: the new key with its proof of possession, given the origin and the first sequence it signs.
    package func rotateSigningKey(
        _ signer: EntrySigner, to next: (Origin, UInt64) throws -> NextKey
    ) throws -> KeyRotation {
        try sealingUncaptured(signer) {
            try write { transaction in
                _ = try seal(transaction, signer)
                let sealer = try EntrySealer(transaction, signer)
                let head = try transaction.ownLane()?.headSequence ?? 0
                let key = try next(sealer.origin, head + 2)
                var note = Note()
                note.nextKey = key.encoded
                try sealer.seal([], notes: [note], groupContinues: false)
                guard let lane = try transaction.ownLane(),
                    let header = try log.header(lane: lane.number, sequence: lane.headSequence),
                    let keyID = transaction.enrolledKeyID(key, header)
                else { throw FaultyDraft(dot: Dot(origin: sealer.origin, sequence: head + 1), fault: .nextKeyRefused) }
                let rotation = KeyRotation(key, in: header, id: lane.headID)
                try Rotations(connection: connection).add(rotation)
                let second = try transaction.meta.signingKeys(over: signer.keyIDs).second
                try transaction.meta.set(signingKeys: SigningKeyIDs(header: keyID, second: second))
                return rotation
            }
        }
    }

    /// The keys that sign the next entry of ours; what the replica has not said yet, `filed` says.
    package func signingKeyIDs(over filed: @autoclosure () throws -> SigningKeyIDs) throws -> SigningKeyIDs {
        try glance { try $0.meta.signingKeys(over: try filed()) }
    }

    /// Every rotation in the log, our own among them, ascending by origin and sequence.
    package func rotations() throws -> [KeyRotation] {
        try connection.read { try Rotations(connection: connection).all() }
    }
}

/// The table of rotations: an index of the log, so that entries after one are verified before a descriptor tells of it.
struct Rotations {
    let connection: SQLiteConnection

    func add(_ rotation: KeyRotation) throws {
        let insert = try connection.statement(
            """
            INSERT INTO yrd_rotation (market, incarnation, sequence, id, old_key, suite, spki)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING
            """)
        insert.bind(1, rotation.origin.market?.name ?? "").bind(2, rotation.origin.incarnation.bytes)
        insert.bind(3, Int64(rotation.sequence)).bind(4, rotation.id.bytes).bind(5, rotation.oldKeyID.bytes)
        insert.bind(6, Int64(rotation.suite.rawValue)).bind(7, rotation.spki)
        try insert.run()
    }

    /// The one that an entry carries.
    func of(_ dot: Dot, _ id: Digest) throws -> KeyRotation? {
        guard let market = dot.origin.market else { return nil }
        return try rotations("WHERE market = ?1 AND incarnation = ?2 AND sequence = ?3 AND id = ?4") { query in
            query.bind(1, market.name).bind(2, dot.origin.incarnation.bytes)
            query.bind(3, Int64(dot.sequence)).bind(4, id.bytes)
        }.first
    }

    func all() throws -> [KeyRotation] { try rotations("") { _ in } }

    private func rotations(_ condition: String, _ bind: (PreparedStatement) -> Void) throws -> [KeyRotation] {
        let query = try connection.statement(
            """
            SELECT market, incarnation, sequence, id, old_key, suite, spki FROM yrd_rotation \(condition)
            ORDER BY market, incarnation, sequence, id
            """)
        bind(query)
        var rotations: [KeyRotation] = []
        while try query.step() {
            guard let market = query.text(0).flatMap({ Market($0.string) }), let incarnation = ID16(query.blob(1)),
                let id = query.digest(3), let oldKeyID = query.digest(4),
                let suite = Suite(rawValue: UInt8(clamping: query.integer(5)))
            else { throw ReplicaDamage.unreadable(table: "yrd_rotation", row: "a rotation") }
            rotations.append(
                KeyRotation(
                    origin: Origin(market: market, incarnation: incarnation), sequence: UInt64(query.integer(2)),
                    id: id, oldKeyID: oldKeyID, suite: suite, spki: query.blob(6)))
        }
        return rotations
    }
}
