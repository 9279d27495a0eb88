// What goes to a peer: entries it lacks, and heads that prove something to it.

package import SyncCore

/// A walk through the log for one peer, resumed batch by batch. Entries applied after its start are not in it.
package struct SendCursor {
    var plan: SendPlan
    /// The sender's frontier when the walk began.
    package let frontier: Frontier
    /// Place in the order of application of the next entry of each origin.
    var numbers: [Dot: Int64] = [:]

    package var isFinished: Bool { plan.isEmpty }
    package var remaining: UInt64 { plan.remaining }
    /// Rows of the peer that contradict ours.
    package var divergent: [Row] { plan.divergent }
}

extension SQLiteReplica {
    package func sendCursor(for request: PullRequest) throws -> SendCursor {
        try read { transaction in
            // Only rows that the peer has too are looked up.
            var ids: [Dot: Digest] = [:]
            for row in request.frontier.rows {
                guard let lane = transaction.lanes.lane(of: row.origin), row.sequence <= lane.headSequence else {
                    continue
                }
                ids[row.dot] = try log.id(lane: lane.number, sequence: row.sequence)
            }
            let frontier = transaction.lanes.frontier
            return SendCursor(
                plan: SendPlan(mine: frontier, request: request, entryID: { ids[$0] }), frontier: frontier)
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
            while let (dot, number) = try nextEntry(&walk, transaction) {
                let stored = try log.entry(number)
                walk.numbers[dot] = nil
                guard walk.plan.take(dot, context: try? Context(decoding: stored.entry.context)) else { continue }
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

    /// Of the next entries of all origins, the one that was applied first.
    private func nextEntry(
        _ cursor: inout SendCursor, _ transaction: ReplicaTransaction
    ) throws -> (Dot, Int64)? {
        var next: (Dot, Int64)?
        for dot in cursor.plan.candidates {
            var number = cursor.numbers[dot]
            if number == nil, let lane = transaction.lanes.lane(of: dot.origin) {
                number = try log.number(lane: lane.number, sequence: dot.sequence)
                cursor.numbers[dot] = number
            }
            guard let number else { throw ReplicaDamage.unreadable(table: "yrd_entry", row: "\(dot)") }
            if next.map({ number < $0.1 }) ?? true { next = (dot, number) }
        }
        return next
    }

    /// Our heads of a market's origins that are above its own, or differ from them at the same place.
    package func heads(of market: Market, above frontier: Frontier) throws -> HeadsReply {
        try read { transaction in
            var heads: [EntryHead] = []
            for lane in transaction.lanes.lanes.values.sorted(by: { $0.origin < $1.origin })
            where lane.origin.market == market && lane.headSequence > 0 {
                let theirs = frontier.rows(of: lane.origin).last
                let row = Row(origin: lane.origin, sequence: lane.headSequence, idPrefix: lane.headID.prefix)
                guard theirs.map({ $0.sequence < row.sequence || ($0.sequence == row.sequence && $0 != row) }) ?? true
                else { continue }
                guard let number = try log.number(lane: lane.number, sequence: lane.headSequence) else { continue }
                let entry = try log.entry(number).entry
                heads.append(EntryHead(header: entry.header, signatures: entry.signatures))
            }
            return HeadsReply(frontier: transaction.lanes.frontier, heads: heads)
        }
    }

    /// The rows of a frontier that name another entry than the one that is applied here in that place.
    package func contradictedRows(of frontier: Frontier) throws -> [Row] {
        try read { transaction in
            try frontier.rows.filter { row in
                guard let lane = transaction.lanes.lane(of: row.origin), row.sequence <= lane.headSequence else {
                    return false
                }
                return try log.id(lane: lane.number, sequence: row.sequence)?.prefix != row.idPrefix
            }
        }
    }

    /// The entry at a dot, nil if it is not applied here.
    package func entry(at dot: Dot) throws -> StoredEntry? {
        try read { transaction in
            guard let lane = transaction.lanes.lane(of: dot.origin),
                let number = try log.number(lane: lane.number, sequence: dot.sequence)
            else { return nil }
            return try log.entry(number)
        }
    }
}
