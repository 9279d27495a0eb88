// What this node remembers of its peers: how rounds went, receipts, what they handed over that is no entry.

package import SyncCore

/// How a peer stands. Instants in milliseconds since 1970.
package struct PeerRecord: Hashable, Sendable {
    package var market: Market
    package var lastAttempt: Int64?
    package var lastSuccess: Int64?
    /// Rounds that failed since the last success.
    package var failures = 0
    package var nextAttempt: Int64?
    /// `unreachable`, `refused` or `failed`; nil after a success.
    package var errorClass: String?
    package var errorCode: String?
    package var errorDetail: String?
    /// What the peer had at the end of the last round.
    package var frontier: Frontier?
    package var agrees: Bool?
    /// When the certificate that the peer showed last ends.
    package var certificateExpires: Int64?
    /// The serial of our own descriptor that the peer is known to hold; 0 if it has shown none.
    package var knownSerial: UInt64 = 0

    package init(market: Market) {
        self.market = market
    }

    package mutating func succeed(at milliseconds: Int64) {
        lastAttempt = milliseconds
        lastSuccess = milliseconds
        failures = 0
        nextAttempt = nil
        errorClass = nil
        errorCode = nil
        errorDetail = nil
    }
}

extension SQLiteReplica {
    package func peer(_ market: Market) throws -> PeerRecord {
        try glance { _ in try readPeer(market) }
    }

    /// Reads what is known of a peer, changes it and keeps it, in one transaction: other processes note their rounds too.
    ///
    /// - Parameter change: is also told where this replica stands.
    package func updatePeer(_ market: Market, _ change: (inout PeerRecord, Frontier) throws -> Void) throws {
        let before = connection.totalChanges
        defer { peerChanges += connection.totalChanges - before }
        try write { transaction in
            var record = try readPeer(market)
            try change(&record, transaction.lanes.frontier)
            try savePeer(record)
        }
    }

    private func readPeer(_ market: Market) throws -> PeerRecord {
        let query = try connection.statement(
            """
            SELECT last_attempt, last_success, failures, next_attempt, error_class, error_code, error_detail,
                frontier, agrees, certificate_expires, known_serial
            FROM yrd_peer WHERE market = ?1
            """)
        query.bind(1, market.name)
        defer { query.reset() }
        var record = PeerRecord(market: market)
        guard try query.step() else { return record }
        func instant(_ column: Int32) -> Int64? { query.isNull(column) ? nil : query.integer(column) }
        record.lastAttempt = instant(0)
        record.lastSuccess = instant(1)
        record.failures = Int(query.integer(2))
        record.nextAttempt = instant(3)
        record.errorClass = query.text(4)?.string
        record.errorCode = query.text(5)?.string
        record.errorDetail = query.text(6)?.string
        record.frontier = query.isNull(7) ? nil : try? Frontier(decoding: query.blob(7))
        record.agrees = instant(8).map { $0 != 0 }
        record.certificateExpires = instant(9)
        record.knownSerial = UInt64(query.integer(10))
        return record
    }

    package func save(_ peer: PeerRecord) throws {
        try write { _ in try savePeer(peer) }
    }

    private func savePeer(_ peer: PeerRecord) throws {
        let upsert = try connection.statement(
            """
            INSERT OR REPLACE INTO yrd_peer (market, last_attempt, last_success, failures, next_attempt,
                error_class, error_code, error_detail, frontier, agrees, certificate_expires, known_serial)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        upsert.bind(1, peer.market.name).bind(4, peer.failures)
        for (index, instant) in [(2, peer.lastAttempt), (3, peer.lastSuccess), (5, peer.nextAttempt)] {
            if let instant { upsert.bind(Int32(index), instant) }
        }
        for (index, text) in [(6, peer.errorClass), (7, peer.errorCode), (8, peer.errorDetail)] {
            if let text { upsert.bind(Int32(index), text) }
        }
        if let frontier = peer.frontier { upsert.bind(9, frontier.encoded()) }
        if let agrees = peer.agrees { upsert.bind(10, agrees ? 1 : 0) }
        if let expires = peer.certificateExpires { upsert.bind(11, expires) }
        upsert.bind(12, Int64(peer.knownSerial))
        try upsert.run()
    }

    /// How many change sets of ours and others a frontier lacks, and since when, in milliseconds.
    package func lag(of frontier: Frontier) throws -> (changeSets: UInt64, sinceMilliseconds: Int64?) {
        try glance { transaction in
            let plan = try SendPlan(
                lanes: transaction.lanes, request: PullRequest(frontier: frontier, held: []),
                lane: transaction.lane(of:))
            var oldest: Int64?
            for next in plan.candidates {
                let header = try log.header(lane: next.lane, sequence: next.sequence)
                if let time = header?.timeMilliseconds { oldest = min(oldest ?? time, time) }
            }
            return (plan.remaining, oldest)
        }
    }

    /// How many change sets a frontier names, at least, that are not here.
    package func lacked(of frontier: Frontier) throws -> UInt64 {
        try glance { transaction in
            try frontier.rows.reduce(0) { sum, row in
                guard try transaction.lane(of: row) == nil else { return sum }
                let head = transaction.lanes.lanes(of: row.origin).map(\.headSequence).max() ?? 0
                return sum + max(1, row.sequence - min(row.sequence, head))
            }
        }
    }

    /// Keeps a receipt if its counter rises. The answer is the one that was kept before.
    package func keepReceipt(
        from origin: Origin, counter: UInt64, body: [UInt8], signatures: [UInt8]
    ) throws -> (wasKept: Bool, previousBody: [UInt8]?) {
        try write { transaction in
            let query = try connection.statement(
                "SELECT counter, body FROM yrd_receipt WHERE market = ?1 AND incarnation = ?2")
            query.bind(1, origin.market!.name).bind(2, origin.incarnation.bytes)
            let isKnown = try query.step()
            let before = isKnown ? (UInt64(query.integer(0)), query.blob(1)) : nil
            query.reset()
            guard before.map({ counter > $0.0 }) ?? true else { return (false, before?.1) }
            let upsert = try connection.statement(
                """
                INSERT OR REPLACE INTO yrd_receipt (market, incarnation, counter, body, signatures, taken_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                """)
            upsert.bind(1, origin.market!.name).bind(2, origin.incarnation.bytes).bind(3, Int64(counter))
            upsert.bind(4, body).bind(5, signatures).bind(6, transaction.wallMilliseconds)
            try upsert.run()
            return (true, before?.1)
        }
    }

    /// What a peer brought about: found once, however often it is shown again.
    package func addFinding(_ code: String, about subject: String, detail: String) throws {
        try write { try $0.addFindingOnce(code, about: subject, detail: detail) }
    }

    /// What a peer handed over that is no entry, all of a batch at once.
    package func addNotAuthentic(_ refusals: [EntryRefusal], from peer: Market?) throws {
        guard !refusals.isEmpty else { return }
        try write { try Quarantine(transaction: $0).addNotAuthentic(refusals, from: peer) }
    }
}
