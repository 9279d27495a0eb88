// What was accepted, remembered outside every node: nothing of it may be missing in the end.

import ReplicaStore
import SyncCore
import SyncSimulation

/// A value that a client's transaction left in a row, unique in the whole history.
struct Token: Hashable {
    let transaction: Int
    let table: String
    let key: String
    let text: String

    var query: String {
        table == "item"
            ? "SELECT note FROM item WHERE item_no = '\(key)'"
            : "SELECT remark FROM \(table) WHERE \(table)_no = '\(key)'"
    }
}

struct Ledger {
    private(set) var sealed: [Digest: Dot] = [:]
    /// Were on no other disk when theirs was put back to an older state.
    private(set) var lostWithDisk: Set<Digest> = []
    private var idsByDot: [Dot: Digest] = [:]
    /// Origins whose number was used twice because a whole machine was set back.
    private(set) var forkedOrigins: Set<Origin> = []
    private var unsealed: [Int: [Token]] = [:]
    /// Written past capture, and in no change set yet.
    private var escapes: [Int: [Token]] = [:]
    /// What of both stands in a node's backup: put back, it is to be sealed after all.
    private var backups: [Int: (unsealed: [Token], escapes: [Token])] = [:]
    private var heads: [Origin: UInt64] = [:]
    private(set) var tokensSealed = 0

    /// A client's transaction was committed: what stands of it, and of the ones before it, must be sealed next.
    mutating func committed(_ tokens: [Token], at node: SimulatedNode) throws {
        let all = (unsealed[node.index] ?? []) + tokens
        unsealed[node.index] = try all.filter { try node.client.rows($0.query) == [$0.text] }
        try forgetOverwrittenEscapes(at: node)
    }

    mutating func escaped(_ token: Token, at node: SimulatedNode) throws {
        // Writes in the same place are the client's own affair until they are sealed.
        unsealed[node.index] = try (unsealed[node.index] ?? []).filter { try node.client.rows($0.query) == [$0.text] }
        escapes[node.index, default: []].append(token)
        try forgetOverwrittenEscapes(at: node)
    }

    private mutating func forgetOverwrittenEscapes(at node: SimulatedNode) throws {
        escapes[node.index] = try (escapes[node.index] ?? []).filter { try node.client.rows($0.query) == [$0.text] }
    }

    func hasEscapes(at node: SimulatedNode) -> Bool { !(escapes[node.index] ?? []).isEmpty }

    /// After a whole audit nothing may be left that escaped capture and was never sealed.
    func checkEscapes(at node: SimulatedNode) throws {
        if let token = escapes[node.index]?.first {
            throw Violation("\(node.market) lost \(token.text), written to \(token.table) \(token.key) past capture")
        }
    }

    /// Takes note of what a node has sealed since it was looked at last.
    mutating func observe(_ node: SimulatedNode, hasSealed: Bool) throws {
        // By transaction and origin: what a backup held unsealed may come back sealed, and be sealed again elsewhere.
        var instants: [Int: [Origin: Set<UInt64>]] = [:]
        var found: Set<String> = []
        var hasNew = hasSealed
        // Of every incarnation: a node may seal in one, and recover, before anybody looks.
        for row in try node.replica.frontier().rows where row.origin.market == node.market {
            let before = heads[row.origin] ?? 0
            guard row.sequence > before else { continue }
            hasNew = true
            var groupStart = before + 1
            for sequence in (before + 1)...row.sequence {
                let dot = Dot(origin: row.origin, sequence: sequence)
                guard let stored = try node.replica.entry(at: dot) else { throw Violation("\(dot) is missing at home") }
                try add(stored.id, at: dot)
                for text in Self.texts(of: stored) {
                    found.insert(text)
                    for token in unsealed[node.index] ?? [] where token.text == text {
                        instants[token.transaction, default: [:]][row.origin, default: []].insert(groupStart)
                    }
                }
                if !stored.entry.header.groupContinues { groupStart = sequence + 1 }
            }
            heads[row.origin] = row.sequence
        }
        guard hasNew else { return }
        if let token = (unsealed[node.index] ?? []).first(where: { !found.contains($0.text) }) {
            throw Violation("\(node.market) sealed without \(token.text) of \(token.table) \(token.key)")
        }
        for (transaction, byOrigin) in instants.sorted(by: { $0.key < $1.key }) {
            guard let split = byOrigin.values.first(where: { $0.count > 1 }) else { continue }
            throw Violation("\(node.market)'s transaction \(transaction) was split over \(split.count) instants")
        }
        tokensSealed += unsealed[node.index]?.count ?? 0
        unsealed[node.index] = []
        escapes[node.index]?.removeAll { found.contains($0.text) }
    }

    private static func texts(of stored: StoredEntry) -> [String] {
        guard let changeSet = try? ChangeSet(decoding: stored.entry) else { return [] }
        return changeSet.changes.flatMap(\.units).flatMap(\.values).compactMap { value in
            if case .text(let text) = value { text.string } else { nil }
        }
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
        backups[node.index] = (unsealed[node.index] ?? [], escapes[node.index] ?? [])
    }

    /// A node was set back to its backup. What stood nowhere else went with its disk.
    mutating func setBack(_ node: SimulatedNode, among nodes: [SimulatedNode], fenceToo: Bool) throws {
        unsealed[node.index] = backups[node.index]?.unsealed ?? []
        escapes[node.index] = backups[node.index]?.escapes ?? []
        let origin = try node.replica.ownOrigin()
        heads[origin] = try node.replica.headSequence(of: origin)
        if fenceToo { forkedOrigins.insert(origin) }
        let frontier = try node.replica.frontier()
        for (id, dot) in sealed where dot.sequence > frontier.sequence(of: dot.origin) {
            if try nodes.allSatisfy({ try $0.replica.entry(at: dot)?.id != id }) { lostWithDisk.insert(id) }
        }
    }

    var expected: [Digest: Dot] { sealed.filter { !lostWithDisk.contains($0.key) } }
}
