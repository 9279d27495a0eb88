// What goes to a peer: entries it lacks, and heads that prove something to it.

package import SyncCore

/// A walk through the log for one peer, resumed batch by batch. Entries applied after its start are not in it.
package struct SendCursor {
    var plan: SendPlan
    /// The sender's frontier when the walk began.
    package let frontier: Frontier
    /// Place in the order of application of the next entry of each lane.
    var numbers: [SendPlan.Candidate: Int64] = [:]

    package var isFinished: Bool { plan.isEmpty }
    package var remaining: UInt64 { plan.remaining }
}

extension SQLiteReplica {
    package func sendCursor(for request: PullRequest) throws -> SendCursor {
        try read { transaction in
            SendCursor(
                plan: try SendPlan(lanes: transaction.lanes, request: request, lane: transaction.lane(of:)),
                frontier: transaction.lanes.frontier)
        }
    }

    /// The next whole groups, at least one if there are any, until a batch is full.
    package func nextBatch(_ cursor: inout SendCursor, rawBytesMax: Int = Limits.batchRawBytesSent) throws -> Batch {
        var walk = cursor
        let entries = try read { transaction in
            var entries: [Entry] = []
            var bytes = 0
            /// Where the walk and the batch stood after the last whole group.
            var atGroupEnd = (walk: walk, entries: 0)
            while let (next, number) = try nextEntry(&walk) {
                let stored = try log.entry(number)
                walk.numbers[next] = nil
                let isSent = try walk.plan.take(next) {
                    let frontier = (try? Context(decoding: stored.entry.context))?.frontier ?? .empty
                    return try transaction.visibility(of: frontier, on: next.lane, before: next.sequence)
                }
                guard isSent else { continue }
                entries.append(stored.entry)
                bytes += Self.rawBytes(of: stored.entry)
                if bytes > Limits.batchRawBytesTaken, atGroupEnd.entries > 0 {
                    // A large group after small ones would be more than a receiver takes: it travels alone.
                    entries.removeSubrange(atGroupEnd.entries...)
                    walk = atGroupEnd.walk
                    break
                }
                guard !stored.entry.header.groupContinues else { continue }
                if bytes >= rawBytesMax || entries.count >= Self.batchEntriesSent { break }
                atGroupEnd = (walk, entries.count)
            }
            return entries
        }
        cursor = walk
        return Batch(entries: entries)
    }

    /// What an entry takes in a batch.
    private static func rawBytes(of entry: Entry) -> Int {
        let signatures = entry.signatures.count * (SignatureRecord.signatureByteCount + Digest.byteCount + 1)
        return Limits.headerBytes + 1 + signatures + 4 + entry.context.count + entry.ops.count
    }

    /// Fewer than `Limits.batchEntries`, since a group may follow.
    private static let batchEntriesSent = 8_192

    /// Of the next entries of all lanes, the one that was applied first.
    private func nextEntry(_ cursor: inout SendCursor) throws -> (SendPlan.Candidate, Int64)? {
        var next: (SendPlan.Candidate, Int64)?
        for candidate in cursor.plan.candidates {
            var number = cursor.numbers[candidate]
            if number == nil {
                number = try log.number(lane: candidate.lane, sequence: candidate.sequence)
                cursor.numbers[candidate] = number
            }
            guard let number else {
                throw ReplicaDamage.unreadable(table: "yrd_entry", row: "lane \(candidate.lane):\(candidate.sequence)")
            }
            if next.map({ number < $0.1 }) ?? true { next = (candidate, number) }
        }
        return next
    }

    /// Our heads of a market's origins that it does not have: above its own, or of other branches.
    package func heads(of market: Market, above frontier: Frontier) throws -> HeadsReply {
        try read { transaction in
            let lanes = transaction.lanes
            let request = PullRequest(frontier: frontier, held: [])
            let plan = try SendPlan(lanes: lanes, request: request, lane: transaction.lane(of:))
            let lacking = plan.candidates.map { lanes[$0.lane] }.filter { $0.origin.market == market }
            var heads: [EntryHead] = []
            for lane in lacking.sorted(by: { $0.headRow < $1.headRow }) {
                guard let number = try log.number(lane: lane.number, sequence: lane.headSequence) else { continue }
                let entry = try log.entry(number).entry
                heads.append(EntryHead(header: entry.header, signatures: entry.signatures))
            }
            return HeadsReply(frontier: lanes.frontier, heads: heads)
        }
    }

    /// What we say to a peer of where we stand, so that it need not send us again what we have of an origin of which it
    /// holds something that we do not: besides our heads, rows of ours below that, ever further apart. The highest that it
    /// has too bounds where our histories part.
    package func frontier(comparedWith theirs: Frontier) throws -> Frontier {
        try read { transaction in
            let lanes = transaction.lanes
            var rows = Set(lanes.frontier.rows)
            for row in theirs.rows where try transaction.lane(of: row) == nil {
                for lane in lanes.lanes(of: row.origin) {
                    for sequence in Self.landmarks(below: min(row.sequence, lane.headSequence + 1)) {
                        guard rows.count < Limits.contextRows else { break }
                        let holder = lanes.holder(of: sequence, on: lane.number)
                        guard let id = try log.id(lane: holder, sequence: sequence) else { continue }
                        rows.insert(Row(origin: row.origin, sequence: sequence, idPrefix: id.prefix))
                    }
                }
            }
            return Frontier(rows: rows)
        }
    }

    /// 1, 4, 16 … below a sequence, and the first: a dozen of a million.
    private static func landmarks(below sequence: UInt64) -> [UInt64] {
        var (marks, distance): ([UInt64], UInt64) = ([], 1)
        while distance < sequence {
            marks.append(sequence - distance)
            distance *= 4
        }
        return marks.last.map { $0 > 1 ? marks + [1] : marks } ?? []
    }

    /// Rows of a frontier that a later one of the same replica should see, and does not, as far as can be told here.
    package func rowsFallen(from earlier: Frontier, to later: Frontier) throws -> [Row] {
        try read { transaction in
            var seen = Visibility()
            for row in later.rows {
                if let lane = try transaction.lane(of: row) { transaction.lanes.see(lane, upTo: row.sequence, &seen) }
            }
            return try earlier.rows.filter { row in
                guard later.sequence(of: row.origin) >= row.sequence else { return true }
                guard let lane = try transaction.lane(of: row), !seen.sees(lane: lane, row.sequence) else {
                    return false
                }
                // It may lie under a row that we do not have.
                return try later.rows(of: row.origin).allSatisfy { try transaction.lane(of: $0) != nil }
            }
        }
    }

    /// The entry at a dot, nil if it is not applied here; where the origin forked, of the branch that is asked for, or the
    /// first that came.
    package func entry(at dot: Dot, id: ID16? = nil) throws -> StoredEntry? {
        try read { transaction in
            for lane in transaction.lanes.lanes(of: dot.origin) where lane.holds(dot.sequence) {
                guard let number = try log.number(lane: lane.number, sequence: dot.sequence) else { continue }
                let stored = try log.entry(number)
                if id == nil || stored.id.prefix == id { return stored }
            }
            return nil
        }
    }

    /// Of each header whether it is applied here under these signatures. What hangs on it is not looked at.
    package func holds(_ heads: [EntryHead]) throws -> [Bool] {
        try read { transaction in
            try heads.map { head in
                try transaction.lanes.lanes(of: head.header.origin).contains { lane in
                    try lane.holds(head.header.sequence) && log.holds(head, lane: lane.number)
                }
            }
        }
    }

    package func entry(_ row: Row) throws -> StoredEntry? { try entry(at: row.dot, id: row.idPrefix) }
}
