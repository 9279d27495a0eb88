// What the replica keeps for trust: whom it has heard of, the root it follows, the keys that took over.

package import SyncCore

/// A descriptor that this node has heard of. The bytes are checked by PeerTrust whenever they are used.
package struct MemberRecord: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
        /// Heard of from a peer; takes effect by `peers add` only.
        case introduced
        case trusted
        /// Was trusted. Its history stays, its connections end.
        case distrusted
    }

    package let market: Market
    package let state: State
    package let serial: UInt64
    package let document: [UInt8]

    package init(market: Market, state: State, serial: UInt64, document: [UInt8]) {
        self.market = market
        self.state = state
        self.serial = serial
        self.document = document
    }
}

/// What a replica knows of trust, in one snapshot.
package struct TrustRecords: Hashable, Sendable {
    /// Ascending by market.
    package let members: [MemberRecord]
    /// The document of the highest version, nil before the first.
    package let root: [UInt8]?
    package let rotations: [KeyRotation]
    /// Documents that do not stand (`FormerDescriptorTable`), the oldest first.
    package let former: [[UInt8]]
}

extension SQLiteReplica {
    /// Trust is read for every request: one transaction, and no look at the log.
    package func trustRecords() throws -> TrustRecords {
        try connection.read {
            TrustRecords(
                members: try members(connection), root: try TrustRoots(connection: connection).newest(),
                rotations: try Rotations(connection: connection).all(),
                former: try FormerDescriptorTable(connection: connection).documents())
        }
    }

    private func members(_ connection: SQLiteConnection) throws -> [MemberRecord] {
        let query = try connection.statement("SELECT market, state, serial, document FROM yrd_member ORDER BY market")
        var members: [MemberRecord] = []
        while try query.step() {
            guard let market = query.text(0).flatMap({ Market($0.string) }),
                let state = query.text(1).flatMap({ MemberRecord.State(rawValue: $0.string) })
            else { continue }
            members.append(
                MemberRecord(market: market, state: state, serial: UInt64(query.integer(2)), document: query.blob(3)))
        }
        return members
    }

    /// The document that it takes the place of is a former one from then on: whoever judges former ones drops it if nobody
    /// needs it.
    package func save(_ member: MemberRecord) throws {
        try write { transaction in
            try FormerDescriptorTable(connection: connection).addStanding(of: member.market, unless: member.document)
            let upsert = try connection.statement(
                """
                INSERT INTO yrd_member (market, state, serial, document, since) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (market) DO UPDATE SET
                    state = excluded.state, serial = excluded.serial, document = excluded.document
                """)
            upsert.bind(1, member.market.name).bind(2, member.state.rawValue).bind(3, Int64(member.serial))
            upsert.bind(4, member.document).bind(5, transaction.wallMilliseconds)
            try upsert.run()
            try Waiting(transaction: transaction).release()
        }
    }
}
