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
    private var digestBefore: StateDigest?
    private var digestNow: StateDigest?

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
        if let digestNow { return digestNow }
        if let refusal = connection.rest.refusal { throw refusal }
        var sums = Array(repeating: DigestSum(), count: StateDigest.bucketCount)
        let query = try connection.statement("SELECT bucket, sum FROM yrd_digest")
        while try query.step() {
            guard sums.indices.contains(Int(query.integer(0))), let sum = connection.digest(of: query, 1)
            else {
                throw ReplicaDamage.unreadable(table: "yrd_digest", row: "bucket")
            }
            sums[Int(query.integer(0))] = DigestSum(sum)
        }
        let digest = StateDigest(sums: sums)
        digestBefore = digest
        digestNow = digest
        return digest
    }

    func replaceDigest(_ old: Digest?, with new: Digest?, of record: RecordID) throws {
        guard old != new else { return }
        try replaceDigest(old, with: new, inBucket: hashing.sha256(record.bucketBytes).firstByte)
    }

    /// - Parameter old: nil for a record that had none before.
    func replaceDigest(_ old: Digest?, with new: Digest?, inBucket bucket: UInt8) throws {
        if digestNow == nil { _ = try stateDigest() }
        digestNow!.replace(old, with: new, inBucket: bucket)
    }

    // MARK: End

    /// Writes back what changed. The caller commits. A second time it writes only what changed since.
    func finish() throws {
        try lanes.save(connection, since: lanesBefore)
        lanesBefore = lanes
        if clock != clockBefore { try meta.set(.clock, clock.highestMilliseconds) }
        clockBefore = clock
        guard let digestBefore, let digestNow, digestBefore != digestNow else { return }
        for bucket in 0..<StateDigest.bucketCount where digestBefore.sums[bucket] != digestNow.sums[bucket] {
            let upsert = try connection.statement(
                "INSERT INTO yrd_digest (bucket, sum) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sum = excluded.sum")
            upsert.bind(1, bucket)
            connection.bind(digestNow.sums[bucket].value, to: upsert, 2)
            try upsert.run()
        }
        self.digestBefore = digestNow
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
