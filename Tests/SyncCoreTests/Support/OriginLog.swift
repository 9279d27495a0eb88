// One origin's chain of real entries, for tests of what happens before the merge.

@testable import SyncCore

struct OriginLog {
    let origin: Origin
    private(set) var entries: [VerifiedEntry] = []

    init(_ market: String, incarnation: UInt8 = 0) {
        origin = Origin(market: Market(market)!, incarnation: ID16(Array(repeating: incarnation, count: 16))!)
    }

    /// Another history of the same origin that shares the first `count` entries.
    func branch(after count: Int) -> OriginLog {
        var branch = self
        branch.entries = Array(entries.prefix(count))
        return branch
    }

    subscript(_ sequence: Int) -> VerifiedEntry { entries[sequence - 1] }

    func row(_ sequence: Int) -> Row {
        Row(origin: origin, sequence: UInt64(sequence), idPrefix: self[sequence].id.prefix)
    }

    @discardableResult
    mutating func append(
        seeing rows: [Row] = [], continues: Bool = false, website: String = "w", context: [UInt8]? = nil,
        keyID: Digest = .zero
    ) -> VerifiedEntry {
        let change = Change(
            kind: .update, record: TestCatalog.record("SH-1"),
            units: [UnitValues(unit: TestCatalog.website, values: [.text(Text(website))])])
        let template = Entry.forTests(
            origin: origin, sequence: UInt64(entries.count + 1), previous: entries.last?.id ?? .zero,
            context: Context(catalogHash: .zero, frontier: Frontier(rows: rows)), changes: [change],
            continues: continues, keyID: keyID)
        let entry = Entry(
            header: template.header, signatures: template.signatures, context: context ?? template.context,
            ops: template.ops)
        entries.append(entry.verified)
        return entry.verified
    }
}

/// What a replica has applied, as admission and the send plan ask for it.
struct AppliedLog {
    private(set) var order: [VerifiedEntry] = []
    private(set) var lanes = LaneTree()
    private var ids: [[Int]: Digest] = [:]
    var namedRows: [Row] = []
    /// By the id of an entry that hands over: the id of the key that signs behind it.
    var nextSigners: [Digest: Digest] = [:]

    init(_ entries: [VerifiedEntry] = []) {
        for entry in entries { apply(entry) }
    }

    mutating func apply(_ entry: VerifiedEntry) {
        order.append(entry)
        let (header, ids) = (entry.header, ids)
        let lane = lanes.laneForAppending(header.origin, sequence: header.sequence, after: header.previous) {
            ids[[$0, Int($1)]]
        }!
        self.ids[[lane.number, Int(header.sequence)]] = entry.id
        lanes.advance(lane.number, to: header.sequence, id: entry.id, context: [])
    }

    func lane(of row: Row) -> Int? { lanes.lane(of: row) { ids[[$0, Int($1)]] } }

    /// Said by the definitions, without lanes.
    var knowledge: ReplicaKnowledge {
        let byDot = Dictionary(grouping: order) { $0.header.dot }.mapValues { $0.map(\.id) }
        let followed = Set(order.map(\.header.previous))
        let heads = Dictionary(grouping: order.filter { !followed.contains($0.id) }) { $0.header.origin }
            .mapValues { $0.map(\.id) }
        return ReplicaKnowledge(
            entryIDs: { byDot[$0] ?? [] }, headIDs: { heads[$0] ?? [] },
            branchCount: { pool in
                heads.filter { $0.key.market == pool.market && $0.value.count > 1 }.reduce(0) { $0 + $1.value.count }
            },
            isClosed: { _ in false }, isVoid: { _ in false }, voidOriginCount: { _ in 0 },
            rowCount: heads.reduce(0) { $0 + $1.value.count }, namedRows: namedRows,
            signerAfter: { [order, nextSigners] _, id in
                order.first { $0.id == id }.map { nextSigners[id] ?? $0.header.keyID }
            },
            nextSigner: { [nextSigners] in nextSigners[$0.id] })
    }

    var frontier: Frontier { lanes.frontier }
}
