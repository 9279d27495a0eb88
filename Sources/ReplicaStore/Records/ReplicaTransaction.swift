// The working state of one transaction: read at its start, written back at its end.

import SyncCore

/// Lanes, clock and state digest of a replica while one transaction runs. Other processes write to the same file, so
/// nothing of this outlives the transaction.
final class ReplicaTransaction {
    let connection: SQLiteConnection
    let log: EntryLog
    private let market: Market
    private let madeLayout: ReplicaLayout?
    let hashing: Hashing
    let wallMilliseconds: Int64
    let enrolledKeyID: @Sendable (NextKey, EnvelopeHeader) -> Digest?
    var lanes: LaneTree
    var clock: HybridClock

    private var lanesBefore: LaneTree
    private var clockBefore: HybridClock
    /// Nil before it is needed.
    private var digest: DigestReading?

    init(
        _ connection: SQLiteConnection, log: EntryLog, market: Market, layout: ReplicaLayout?,
        environment: ReplicaEnvironment
    ) throws {
        self.connection = connection
        self.log = log
        self.market = market
        madeLayout = layout
        hashing = environment.hashing
        wallMilliseconds = environment.wallMilliseconds()
        enrolledKeyID = environment.enrolledKeyID
        lanes = try LaneTree(connection)
        lanesBefore = lanes
        clock = HybridClock(highestMilliseconds: try Meta(connection: connection).integer(.clock) ?? 0)
        clockBefore = clock
    }

    var layout: ReplicaLayout {
        guard let madeLayout else { preconditionFailure("a glance has no catalog") }
        return madeLayout
    }

    var meta: Meta { Meta(connection: connection) }

    /// Our own origin, in its present incarnation.
    func ownOrigin() throws -> Origin {
        guard let incarnation = try meta.blob(.incarnation).flatMap({ ID16($0) }) else {
            throw ReplicaDamage.missingMeta(name: MetaName.incarnation.rawValue)
        }
        return Origin(market: market, incarnation: incarnation)
    }

    // MARK: Names

    private var names: (of: LaneTree, names: OriginNames)?

    /// How entries are called as the lanes stand now.
    func originNames() throws -> OriginNames {
        if let names, names.of == lanes { return names.names }
        let made = try OriginNames(self)
        names = (lanes, made)
        return made
    }

    // MARK: State digest

    func stateDigest() throws -> StateDigest {
        if let refusal = connection.rest.refusal { throw refusal }
        var reading = digest ?? DigestReading()
        if !reading.isWhole {
            let query = try connection.statement("SELECT bucket, sum FROM yrd_digest")
            defer { query.reset() }
            while try query.step() {
                guard let bucket = UInt8(exactly: query.integer(0)) else {
                    throw ReplicaDamage.unreadable(table: "yrd_digest", row: "bucket")
                }
                reading.take(try sum(query, 1), ofBucket: bucket)
            }
            reading.isWhole = true
        }
        digest = reading
        return reading.now
    }

    private func sum(_ query: PreparedStatement, _ column: Int32) throws -> DigestSum {
        guard let sum = connection.digest(of: query, column) else {
            throw ReplicaDamage.unreadable(table: "yrd_digest", row: "bucket")
        }
        return DigestSum(sum)
    }

    func replaceDigest(_ old: Digest?, with new: Digest?, of record: RecordID) throws {
        guard old != new else { return }
        try replaceDigest(old, with: new, inBucket: hashing.sha256(record.bucketBytes).firstByte)
    }

    /// - Parameter old: nil for a record that had none before.
    func replaceDigest(_ old: Digest?, with new: Digest?, inBucket bucket: UInt8) throws {
        if digest == nil { digest = DigestReading() }
        if !digest!.isRead(bucket) {
            if let refusal = connection.rest.refusal { throw refusal }
            let query = try connection.statement("SELECT sum FROM yrd_digest WHERE bucket = ?1")
            query.bind(1, Int64(bucket))
            defer { query.reset() }
            digest!.take(try query.step() ? sum(query, 0) : DigestSum(), ofBucket: bucket)
        }
        digest!.now.replace(old, with: new, inBucket: bucket)
    }

    // MARK: End

    /// Writes back what changed. The caller commits. A second time it writes only what changed since.
    func finish() throws {
        try lanes.save(connection, since: lanesBefore)
        lanesBefore = lanes
        if clock != clockBefore { try meta.set(.clock, clock.highestMilliseconds) }
        clockBefore = clock
        guard let digest else { return }
        for bucket in digest.changed {
            let upsert = try connection.statement(
                "INSERT INTO yrd_digest (bucket, sum) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sum = excluded.sum")
            upsert.bind(1, bucket)
            connection.bind(digest.now.sums[bucket].value, to: upsert, 2)
            try upsert.run()
        }
        self.digest!.before = digest.now
    }

    func hasFinding(_ code: String, record: RecordID) throws -> Bool {
        let query = try connection.statement("SELECT 1 FROM yrd_finding WHERE code = ?1 AND type = ?2 AND key = ?3")
        query.bind(1, code).bind(2, record.type).bind(3, record.key)
        defer { query.reset() }
        return try query.step()
    }

    /// What a peer can make us find: once each, and of one subject no more than `Limits` says.
    func addFindingOnce(_ code: String, about subject: String, detail: String) throws {
        let query = try connection.cursor("SELECT detail FROM yrd_finding WHERE code = ?1 AND origin = ?2")
        query.bind(1, code).bind(2, subject)
        var known: [String?] = []
        while try query.step() { known.append(query.text(0).map { connection.fromRest($0.string) }) }
        guard known.count < Limits.findingsOfOneSubject, !known.contains(detail) else { return }
        try addFinding(code, subject: subject, detail: detail)
    }

    func addFinding(
        _ code: String, record: RecordID? = nil, dot: Dot? = nil, subject: String? = nil, detail: String
    ) throws {
        let insert = try connection.statement(
            """
            INSERT INTO yrd_finding (code, type, key, origin, sequence, detail, found_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        insert.bind(1, code)
        if let record { insert.bind(2, record.type).bind(3, record.key) }
        if let dot { insert.bind(4, dot.origin.description).bind(5, Int64(dot.sequence)) }
        if let subject { insert.bind(4, subject) }
        insert.bind(6, connection.atRest(detail)).bind(7, wallMilliseconds)
        try insert.run()
    }
}

/// The state digest as far as a transaction has asked for it: one change concerns one sum of 256.
private struct DigestReading {
    var before = StateDigest()
    var now = StateDigest()
    private var read = Array(repeating: false, count: StateDigest.bucketCount)
    /// Sums that are not there are zero.
    var isWhole = false

    func isRead(_ bucket: UInt8) -> Bool { isWhole || read[Int(bucket)] }

    /// What the file says. What was read before may have been changed since.
    mutating func take(_ sum: DigestSum, ofBucket bucket: UInt8) {
        guard !isRead(bucket) else { return }
        before.set(sum, ofBucket: bucket)
        now.set(sum, ofBucket: bucket)
        read[Int(bucket)] = true
    }

    /// Buckets whose sum is another than in the file.
    var changed: [Int] { now.sums.indices.filter { before.sums[$0] != now.sums[$0] } }
}
