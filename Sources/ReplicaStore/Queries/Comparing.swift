// Finding where two replicas differ, a few numbers at a time.

package import SyncCore

extension SQLiteReplica {
    /// Digests below a prefix of the record hash, 256 sums for its next byte, and the frontier of the same snapshot: sums
    /// of two nodes say something about each other only at one frontier.
    ///
    /// Sums by the hash's first byte are kept. Below that, all records are looked at once (`LeafPass`), and what that
    /// pass has seen answers as long as nothing is written.
    ///
    /// - Parameter progress: is told now and then how many records a pass has looked at.
    package func digests(
        below prefix: [UInt8], progress: (Int) -> Void = { _ in }
    ) throws -> (frontier: Frontier, reply: CompareReply) {
        try read { transaction in
            let state = try transaction.stateDigest()
            let number = state.number(transaction.hashing)
            func reply(_ children: [Digest]) -> (Frontier, CompareReply) {
                (transaction.lanes.frontier, CompareReply(digest: number, children: children))
            }
            guard let bucket = prefix.first else { return reply(state.sums.map(\.value)) }
            // The prefix is a peer's word: longer than a hash it has no children.
            guard prefix.count < Digest.byteCount else { return reply([]) }
            let leaves = try leafPass(from: bucket, transaction, progress)
            return reply(leaves.sums(below: prefix).map(\.value))
        }
    }

    /// The records whose hash begins with a prefix of at least one byte, each with the digest that is kept of it.
    package func records(
        below prefix: [UInt8], progress: (Int) -> Void = { _ in }
    ) throws -> [(record: RecordID, digest: Digest)] {
        guard let bucket = prefix.first else { return [] }
        return try read { transaction in
            try leafPass(from: bucket, transaction, progress).leaves(below: prefix)
                .map { ($0.record, $0.digest) }
                .sorted { $0.record < $1.record }
        }
    }

    /// Records that some applied entry touched, whose hash begins with a prefix: also those that `yrd_record` has lost.
    /// Reads the whole log.
    package func loggedRecords(below prefix: [UInt8], progress: (Int) -> Void = { _ in }) throws -> [RecordID] {
        try read { transaction in
            var found: Set<RecordID> = []
            var done = 0
            try log.forEach { stored in
                done += 1
                progress(done)
                guard stored.fault == nil, let changeSet = try? ChangeSet(decoding: stored.entry) else { return }
                for change in changeSet.changes
                where transaction.hashing.sha256(change.record.bucketBytes).bytes.starts(with: prefix) {
                    found.insert(change.record)
                }
            }
            return found.sorted()
        }
    }

    /// What the entries in a record's history make of it, by the rules alone; nil where that cannot be read or judged here.
    /// If it differs from the kept digest, the record was damaged here after it was applied.
    package func digestByHistory(of record: RecordID) throws -> Digest? {
        try read { transaction in
            guard let rule = transaction.layout.schema.record(record.type) else { return nil }
            do {
                var state = RecordState()
                for number in try RecordStore(transaction: transaction).load(record, from: .log).history {
                    try MemoryFold.forEachStep(of: try log.entry(number), transaction) { change, step in
                        if change.record == record { step(&state) }
                    }
                }
                return RecordDigest.digest(of: state, record: record, rule: rule, transaction.hashing)
            } catch let error as SQLiteError {
                throw error
            } catch {
                return nil
            }
        }
    }

    private func leafPass(
        from bucket: UInt8, _ transaction: ReplicaTransaction, _ progress: (Int) -> Void
    ) throws -> LeafPass {
        let version = try connection.contentVersion()
        if let pass = lastLeafPass, pass.version == version, pass.leaves.buckets.contains(bucket) {
            return pass.leaves
        }
        lastLeafPass = nil
        let leaves = try LeafPass(from: bucket, transaction, progress: progress)
        lastLeafPass = (version, leaves)
        return leaves
    }
}
