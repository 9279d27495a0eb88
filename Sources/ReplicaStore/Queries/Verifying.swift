// `verify`: everything that can be checked about a replica without asking a peer.

package import SyncCore

/// How far a check has come, for people who wait.
package struct VerifyProgress: Hashable, Sendable {
    package let doing: String
    package let done: Int
    package let total: Int
}

extension SQLiteReplica {
    /// Checks the whole replica and changes nothing.
    ///
    /// - Parameters:
    ///   - isDeep: also rebuilds every record from the log in memory, and compares.
    ///   - fault: why an entry is not authentic, nil if it is; PeerTrust's judgement.
    package func verify(
        isDeep: Bool, fault: (Entry) -> String?, progress: (VerifyProgress) -> Void
    ) throws -> [Finding] {
        try read { transaction in
            var audit = ReplicaAudit(transaction: transaction)
            try audit.checkFile()
            try audit.checkSchema(statements)
            try audit.checkLog(fault: fault, progress: progress)
            try audit.checkForks()
            try audit.checkAtRest()
            // A log that cannot be trusted says nothing of the records.
            try audit.checkRecords(isDeep: isDeep && !audit.isLogDamaged, progress: progress)
            return audit.findings
        }
    }
}

/// One run of `verify`, inside one snapshot.
struct ReplicaAudit {
    let transaction: ReplicaTransaction
    private(set) var findings: [Finding] = []
    private(set) var isLogDamaged = false

    private static let progressStep = 1_000

    init(transaction: ReplicaTransaction) {
        self.transaction = transaction
    }

    private var connection: SQLiteConnection { transaction.connection }

    mutating func add(_ code: String, record: RecordID? = nil, dot: Dot? = nil, _ detail: String) {
        findings.append(
            Finding(
                code: code, type: record?.type.string, key: record?.key.string, origin: dot?.origin.description,
                sequence: dot?.sequence, detail: detail, foundAtMilliseconds: transaction.wallMilliseconds))
    }

    /// SQLite's check takes a page that the disk failed to read for a damaged one, so only what it finds twice is damage;
    /// a disk that goes on failing ends `verify` at the next read.
    mutating func checkFile() throws {
        guard try !quickCheck().isEmpty else { return }
        for line in try quickCheck() { add("file_damaged", line) }
    }

    private func quickCheck() throws -> [String] {
        let query = try connection.cursor("PRAGMA quick_check")
        var lines: [String] = []
        while try query.step() {
            if let line = query.text(0)?.string, line != "ok" { lines.append(line) }
        }
        return lines
    }

    mutating func checkSchema(_ statements: LayoutStatements) throws {
        for fault in try statements.faults(connection) {
            add(fault.isCapture ? "trigger_altered" : "schema_altered", fault.detail)
        }
    }

    /// Signatures, hashes, chains, that no sequence is missing, and that the columns beside an entry are its header's.
    mutating func checkLog(fault: (Entry) -> String?, progress: (VerifyProgress) -> Void) throws {
        let total = try count("SELECT count(*) FROM yrd_entry")
        var heads: [Int: LogHead] = [:]
        var done = 0
        var damaged: [Finding] = []
        let lanes = transaction.lanes
        try transaction.log.forEachRow { row in
            func note(_ code: String, _ dot: Dot?, _ detail: String) {
                damaged.append(
                    Finding(
                        code: code, origin: dot?.origin.description, sequence: dot?.sequence, detail: detail,
                        foundAtMilliseconds: transaction.wallMilliseconds))
            }
            done += 1
            if done % Self.progressStep == 0 { progress(VerifyProgress(doing: "log", done: done, total: total)) }
            guard let stored = row.stored else {
                let dot = lanes.lanes[row.lane].map { Dot(origin: $0.origin, sequence: UInt64(max(row.sequence, 0))) }
                return note("entry_unreadable", dot, "number \(row.number) cannot be read back")
            }
            let header = stored.entry.header
            if header.entryID(transaction.hashing) != stored.id {
                note("entry_altered", header.dot, "the id is not the header's")
            }
            if let reason = fault(stored.entry) { note("entry_not_authentic", header.dot, reason) }
            if let column = Self.falseColumn(of: row, stored, lanes) {
                note("entry_altered", header.dot, "the column \(column) is not what the entry says")
            }
            let head = try heads[row.lane] ?? self.start(of: row.lane, header.origin)
            if header.sequence != head.sequence + 1 || header.previous != head.id {
                note("chain_broken", header.dot, "does not follow entry \(head.sequence) of its origin")
            } else if let signer = head.signer, header.keyID != signer {
                note("entry_not_authentic", header.dot, "key_not_valid_here")
            }
            heads[row.lane] = LogHead(sequence: header.sequence, id: stored.id, signer: self.signer(after: stored))
        }
        for lane in lanes.lanes.values.sorted(by: { $0.origin < $1.origin }) {
            let last = heads[lane.number]
            guard (last?.sequence ?? 0, last?.id ?? .zero) != (lane.headSequence, lane.headID) else { continue }
            damaged.append(
                Finding(
                    code: "log_truncated", origin: lane.origin.description, sequence: lane.headSequence,
                    detail: "the log ends at \(last?.sequence ?? 0)",
                    foundAtMilliseconds: transaction.wallMilliseconds))
        }
        isLogDamaged = !damaged.isEmpty
        findings += damaged
    }

    /// No fault of this replica: its market signed two histories, and somebody must ask why.
    mutating func checkForks() throws {
        let settled = SettledForks(connection: connection)
        for origin in transaction.lanes.forkedOrigins {
            let lanes = transaction.lanes.lanes(of: origin)
            let isClosed = try ClosureTable(connection: connection).isClosed(origin)
            guard try !isClosed && !settled.isSettled(origin, branches: lanes.count) else { continue }
            // Of several branches all but the trunk's lane say where they left it.
            let fork = lanes.dropFirst().map(\.forkSequence).min() ?? 0
            add(
                "fork", dot: Dot(origin: origin, sequence: fork + 1),
                "its market signed \(lanes.count) branches; all are applied, the proofs are in quarantine")
        }
    }

    /// How far a lane has been read.
    private struct LogHead {
        let sequence: UInt64
        let id: Digest
        /// The key that signs what follows; nil before the first entry.
        let signer: Digest?
    }

    /// What the first entry of a lane follows: the last one that it shares with its trunk.
    private func start(of number: Int, _ origin: Origin) throws -> LogHead {
        guard let lane = transaction.lanes.lanes[number], lane.origin == origin, let parent = lane.parent else {
            return LogHead(sequence: 0, id: .zero, signer: nil)
        }
        let id = try transaction.log.id(lane: parent, sequence: lane.forkSequence) ?? .zero
        let dot = Dot(origin: origin, sequence: lane.forkSequence)
        return LogHead(sequence: lane.forkSequence, id: id, signer: try transaction.signer(after: dot, id))
    }

    private func signer(after stored: StoredEntry) -> Digest? {
        guard let market = stored.dot.origin.market else { return nil }
        let verified = VerifiedEntry(afterVerifying: stored.entry, id: stored.id, market: market)
        return transaction.rotation(in: verified)?.newKeyID(transaction.hashing) ?? stored.entry.header.keyID
    }

    /// The first column that differs from the signed header, or from what the entry carries.
    private static func falseColumn(of row: LogRow, _ stored: StoredEntry, _ lanes: LaneTree) -> String? {
        let header = stored.entry.header
        if lanes.lanes[row.lane]?.origin != header.origin { return "lane" }
        if row.sequence != Int64(header.sequence) { return "sequence" }
        if row.timeMilliseconds != header.timeMilliseconds { return "time" }
        let changeSet = try? ChangeSet(decoding: stored.entry)
        if changeSet == nil, stored.fault == nil { return "fault" }
        if stored.fault == nil, row.changes != Int64(changeSet?.changes.count ?? 0) { return "changes" }
        return nil
    }

    /// Rows and digests against what is kept beside them, and, if deep, all of it against the log.
    mutating func checkRecords(isDeep: Bool = true, progress: (VerifyProgress) -> Void) throws {
        try checkRows(progress: progress)
        try checkDigest()
        if isDeep { try rebuild(progress: progress) }
    }

    /// Each row against the digest of its last sealed state.
    private mutating func checkRows(progress: (VerifyProgress) -> Void) throws {
        let audit = CaptureAudit(transaction: transaction)
        for table in transaction.layout.tablesInOrder {
            progress(VerifyProgress(doing: table.rule.type, done: 0, total: 0))
            var unreadable: [RecordID] = []
            let altered = try audit.uncaptured(in: table, onDamage: { record, _ in unreadable.append(record) })
            for record in altered {
                add("row_altered", record: record, "the row is not what was sealed or applied last")
            }
            for record in unreadable { add("record_unreadable", record: record, "its state cannot be read back") }
            for (record, code) in try unsealed(in: table) {
                add("write_not_sealed", record: record, "a local write that no change set can carry: \(code)")
            }
            for row in try table.rowsOfBrokenKeys(connection) {
                add("row_altered", "\(table.rule.type) has a row whose key is not text of UTF-8: \(row)")
            }
        }
    }

    private func unsealed(in table: SyncedTable) throws -> [(RecordID, String)] {
        let query = try connection.cursor("SELECT key, code FROM yrd_unsealed WHERE type = ?1 ORDER BY key")
        query.bind(1, table.typeID)
        var lines: [(RecordID, String)] = []
        while try query.step() {
            guard let key = query.text(0), let code = query.text(1) else { continue }
            lines.append((RecordID(type: Text(table.rule.type), key: key), code.string))
        }
        return lines
    }

    /// The kept sums against the sums of the kept record digests.
    private mutating func checkDigest() throws {
        let summed = try sumOfRecordDigests()
        guard let kept = try unlessDamaged({ try transaction.stateDigest() }) else {
            return add("digest_unreadable", "the state digest cannot be read back")
        }
        if summed != kept {
            add("digest_differs", "the state digest is not the sum of the records' digests")
        }
    }

    private func sumOfRecordDigests() throws -> StateDigest {
        var summed = StateDigest()
        let names = try TypeNumbers.all(connection)
        let cursor = try connection.cursor("SELECT type, key, digest FROM yrd_record")
        while try cursor.step() {
            guard let type = names[cursor.integer(0)], transaction.layout.tables[type] != nil,
                let key = cursor.text(1), let digest = connection.digest(of: cursor, 2)
            else { continue }
            let bucket = transaction.hashing.sha256(RecordID(type: Text(type), key: key).bucketBytes).firstByte
            summed.replace(nil, with: digest, inBucket: bucket)
        }
        return summed
    }

    /// Folds the whole log again, in memory, by the rules alone, and compares what stands: every record's state, digest
    /// and history, and the open conflicts.
    private mutating func rebuild(progress: (VerifyProgress) -> Void) throws {
        let fold = try MemoryFold(of: transaction, progress: progress)
        let records = RecordStore(transaction: transaction)
        let names = try TypeNumbers.all(connection)
        var unseen = Set(fold.states.keys)
        var conflicts: Set<Digest> = []
        let cursor = try connection.cursor("SELECT type, key, digest FROM yrd_record ORDER BY type, key")
        while try cursor.step() {
            guard let type = names[cursor.integer(0)], let key = cursor.text(1) else { continue }
            let record = RecordID(type: Text(type), key: key)
            unseen.remove(record)
            let state = fold.states[record] ?? RecordState()
            let history = fold.histories[record] ?? []
            let rule = transaction.layout.schema.records[type]
            if let rule {
                conflicts.formUnion(
                    RecordView(of: state, record: record, rule: rule).conflicts.map { $0.id(transaction.hashing) })
            }
            let digest =
                rule.map { RecordDigest.digest(of: state, record: record, rule: $0, transaction.hashing) } ?? .zero
            let loaded = try unlessDamaged { try records.load(record, from: .log) }
            if digest != connection.digest(of: cursor, 2) || loaded?.state != state || loaded?.history != history {
                add("record_differs_from_log", record: record, "not what the log makes of it")
            }
        }
        for record in unseen.sorted() { add("record_missing", record: record, "the log has it, the replica does not") }
        if try openConflictIDs() != conflicts {
            add("conflicts_differ_from_log", "the open conflicts are not those that the log makes")
        }
    }

    /// Nil for what cannot be read back. A disk that fails is no verdict about the replica.
    private func unlessDamaged<Value>(_ read: () throws -> Value) throws -> Value? {
        do {
            return try read()
        } catch let error as SQLiteError {
            throw error
        } catch {
            return nil
        }
    }

    private func openConflictIDs() throws -> Set<Digest> {
        let cursor = try connection.cursor("SELECT id FROM yrd_conflict WHERE closed_by IS NULL")
        var ids: Set<Digest> = []
        while try cursor.step() { cursor.digest(0).map { _ = ids.insert($0) } }
        return ids
    }

    private func count(_ sql: String) throws -> Int {
        let query = try connection.cursor(sql)
        return try query.step() ? Int(query.integer(0)) : 0
    }
}

/// The state of every record, folded from the log.
struct MemoryFold {
    private(set) var states: [RecordID: RecordState] = [:]
    /// Numbers of the entries that touched a record, ascending.
    private(set) var histories: [RecordID: [Int64]] = [:]

    init(of transaction: ReplicaTransaction, progress: (VerifyProgress) -> Void) throws {
        var done = 0
        var states: [RecordID: RecordState] = [:]
        var histories: [RecordID: [Int64]] = [:]
        try transaction.log.forEach { stored in
            defer { done += 1 }
            if done % 1_000 == 0 { progress(VerifyProgress(doing: "rebuild", done: done, total: 0)) }
            try Self.forEachStep(of: stored, transaction) { change, step in
                step(&states[change.record, default: RecordState()])
                histories[change.record, default: []].append(stored.number)
            }
        }
        self.states = states
        self.histories = histories
    }

    /// What each change of an entry does to its record, if its origin may make it.
    static func forEachStep(
        of stored: StoredEntry, _ transaction: ReplicaTransaction,
        _ body: (_ change: Change, _ step: (inout RecordState) -> Void) throws -> Void
    ) throws {
        guard stored.fault == nil, let market = stored.entry.header.origin.market else { return }
        let changeSet = try ChangeSet(decoding: stored.entry)
        let header = stored.entry.header
        let stamp = try transaction.log.stamp(stored.number, transaction.lanes)
        let frontier = changeSet.context.frontier
        let visibility = try transaction.visibility(of: frontier, on: stamp.lane, before: header.sequence)
        for change in changeSet.changes {
            if let rule = transaction.layout.schema.record(change.record.type),
                change.writtenUnits.contains(where: { !rule.mayWrite(market, unit: $0, ofKey: change.record.key) })
            {
                continue
            }
            let kept = try transaction.kept(change, in: frontier, on: stamp.lane)
            try body(change) { $0.apply(change, by: stamp, seeing: visibility, kept: kept) }
        }
    }
}
