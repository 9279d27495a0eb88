// What was accepted, remembered outside every node: nothing of it may be missing in the end.

import ReplicaStore
import SyncCore
import SyncSimulation

struct Ledger {
    private(set) var sealed: [Digest: Dot] = [:]
    /// Were on no other disk when theirs was put back to an older state.
    private(set) var lostWithDisk: Set<Digest> = []
    private var idsByDot: [Dot: Digest] = [:]
    /// Origins whose number was used twice because a whole machine was set back.
    private(set) var forkedOrigins: Set<Origin> = []
    /// By node, what its clients have written since the last seal.
    private var unsealed: [Int: [RecordID: PendingRow]] = [:]
    /// What of it stands in a node's backup: put back, it is to be sealed after all.
    private var backups: [Int: [RecordID: PendingRow]] = [:]
    /// By node, which change sets of its market it had when it was looked at last.
    private var looked: [Int: Set<Digest>] = [:]
    /// What a node had applied when a client committed what was sealed later, by change set, record and unit: what the
    /// client cannot have seen is in none of these.
    private(set) var shownAtCommit: [Digest: [RecordID: [UnitNumber: Frontier]]] = [:]
    private(set) var unitsSealed = 0
    private(set) var deletesSealed = 0
    private(set) var groups = 0

    /// A client's transaction was committed, or a program wrote past capture: what it left must be sealed.
    mutating func committed(
        _ transaction: Int, from before: RegisterRows, to after: RegisterRows, isCaptured: Bool, at node: SimulatedNode
    ) throws {
        let writer = PendingRow.Writer(transaction: transaction, frontier: try node.replica.frontier())
        var pending = unsealed[node.index] ?? [:]
        for record in Set(before.keys).union(after.keys) where before[record] != after[record] {
            var row = pending[record] ?? PendingRow(base: before[record])
            row.write(after[record], by: writer, isCaptured: isCaptured)
            pending[record] = row
        }
        unsealed[node.index] = pending.filter { !$0.value.written.isEmpty }
    }

    private func escapes(at node: SimulatedNode) -> [RecordID] {
        (unsealed[node.index] ?? [:]).filter { !$0.value.isCaptured }.keys.sorted()
    }

    func hasUnsealed(at node: SimulatedNode) -> Bool { !(unsealed[node.index] ?? [:]).isEmpty }

    func hasEscapes(at node: SimulatedNode) -> Bool { !escapes(at: node).isEmpty }

    /// After a whole audit nothing may be left that escaped capture and was never sealed.
    func checkEscapes(at node: SimulatedNode) throws {
        if let record = escapes(at: node).first {
            throw Violation("\(node.market) lost what was written to \(record.type) \(record.key) past capture")
        }
    }

    /// Takes note of what a node has sealed since it was looked at last.
    mutating func observe(_ node: SimulatedNode, hasSealed: Bool) throws {
        // By transaction and branch: what a backup held unsealed may come back sealed, and be sealed again elsewhere.
        var instants: [Int: [Row: Set<UInt64>]] = [:]
        var said: Set<RecordID> = []
        var hasNew = hasSealed
        // Of every incarnation: a node may seal in one, and recover, before anybody looks.
        for row in try node.replica.frontier().rows where row.origin.market == node.market {
            let path = try unseen(upTo: row, at: node)
            guard var groupStart = path.first?.dot.sequence else { continue }
            hasNew = true
            // What came back may say the same again later.
            var saidHere: Set<RecordID> = []
            for stored in path {
                let isNew = sealed[stored.id] == nil
                try add(stored.id, at: stored.dot)
                for (record, pending) in try rows(saidBy: stored, isNew: isNew, at: node) {
                    // What came back was written by whoever wrote it then, not by whom the backup remembers.
                    guard saidHere.insert(record).inserted, isNew else { continue }
                    for unit in pending.written {
                        let writer = pending.writers[unit]!
                        instants[writer.transaction, default: [:]][row, default: []].insert(groupStart)
                        shownAtCommit[stored.id, default: [:]][record, default: [:]][unit] = writer.frontier
                    }
                }
                guard !stored.entry.header.groupContinues else { continue }
                if groupStart < stored.dot.sequence { groups += 1 }
                groupStart = stored.dot.sequence + 1
            }
            said.formUnion(saidHere)
        }
        guard hasNew else { return }
        try settle(said, at: node)
        for (transaction, byBranch) in instants.sorted(by: { $0.key < $1.key }) {
            guard let split = byBranch.values.first(where: { $0.count > 1 }) else { continue }
            throw Violation("\(node.market)'s transaction \(transaction) was split over \(split.count) instants")
        }
    }

    /// What leads to a row and was not there before, in order.
    private mutating func unseen(upTo row: Row, at node: SimulatedNode) throws -> [StoredEntry] {
        var (path, next): ([StoredEntry], Row?) = ([], row)
        while let row = next {
            guard let stored = try node.replica.entry(row) else { throw Violation("\(row.dot) is missing at home") }
            guard looked[node.index, default: []].insert(stored.id).inserted else { break }
            path.append(stored)
            next =
                row.sequence > 1
                ? Row(
                    origin: row.origin, sequence: row.sequence - 1, idPrefix: stored.entry.header.previous.prefix) : nil
        }
        return path.reversed()
    }

    /// Which of a node's unsealed rows a change set says. Only who resolves a conflict says what no client wrote.
    private func rows(
        saidBy stored: StoredEntry, isNew: Bool, at node: SimulatedNode
    ) throws -> [(RecordID, PendingRow)] {
        guard let changeSet = try? ChangeSet(decoding: stored.entry),
            !changeSet.notes.contains(where: { $0.conflictID != nil })
        else { return [] }
        return try changeSet.changes.compactMap { change in
            if let pending = unsealed[node.index]?[change.record], pending.isSaid(by: change) {
                return (change.record, pending)
            }
            // What came back may have been written after the backup.
            guard !isNew else {
                let left = unsealed[node.index]?[change.record].map { "from \($0.base ?? [:]) to \($0.now ?? [:])" }
                throw Violation(
                    "\(node.market) sealed of \(change.record.key) in \(stored.dot) what no client wrote: "
                        + "\(change.kind.name) \(change.units) where clients went \(left ?? "nowhere")")
            }
            return nil
        }
    }

    /// After a seal nothing that capture saw is left over.
    private mutating func settle(_ said: Set<RecordID>, at node: SimulatedNode) throws {
        let pending = unsealed[node.index] ?? [:]
        if let (record, row) = pending.filter({ $0.value.isCaptured && !said.contains($0.key) })
            .min(by: { $0.key < $1.key })
        {
            throw Violation(
                "\(node.market) sealed without units \(row.written) of \(record.type) \(record.key), "
                    + "which a client left as \(row.now.map { "\($0.sorted { $0.key < $1.key })" } ?? "deleted")")
        }
        for row in pending.filter({ said.contains($0.key) }).values {
            unitsSealed += row.written.count
            if row.now == nil { deletesSealed += 1 }
        }
        unsealed[node.index] = pending.filter { !said.contains($0.key) }
    }

    private mutating func add(_ id: Digest, at dot: Dot) throws {
        if let earlier = idsByDot[dot], earlier != id, !lostWithDisk.contains(earlier) {
            guard forkedOrigins.contains(dot.origin) else { throw Violation("\(dot) was given to two change sets") }
        }
        idsByDot[dot] = id
        sealed[id] = dot
    }

    // MARK: Restores

    mutating func backedUp(_ node: SimulatedNode) {
        backups[node.index] = unsealed[node.index] ?? [:]
    }

    /// A node was set back to its backup. What stood nowhere else went with its disk.
    mutating func setBack(_ node: SimulatedNode, among nodes: [SimulatedNode], fenceToo: Bool) throws {
        unsealed[node.index] = backups[node.index] ?? [:]
        let origin = try node.replica.ownOrigin()
        looked[node.index] = try (looked[node.index] ?? []).filter { id in
            try sealed[id].map { try node.replica.entry(at: $0, id: id.prefix) != nil } ?? false
        }
        if fenceToo { forkedOrigins.insert(origin) }
        for (id, dot) in sealed {
            if try nodes.allSatisfy({ try $0.replica.entry(at: dot, id: id.prefix) == nil }) { lostWithDisk.insert(id) }
        }
    }

    var expected: [Digest: Dot] { sealed.filter { !lostWithDisk.contains($0.key) } }
}
