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
        seeing rows: [Row] = [], continues: Bool = false, website: String = "w", context: [UInt8]? = nil
    ) -> VerifiedEntry {
        let change = Change(
            kind: .update, record: TestCatalog.record("SH-1"),
            units: [UnitValues(unit: TestCatalog.website, values: [.text(Text(website))])])
        let template = Entry.forTests(
            origin: origin, sequence: UInt64(entries.count + 1), previous: entries.last?.id ?? .zero,
            context: Context(catalogHash: .zero, frontier: Frontier(rows: rows)), changes: [change],
            continues: continues)
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
    private var ids: [Dot: Digest] = [:]
    private var heads: [Origin: UInt64] = [:]

    init(_ entries: [VerifiedEntry] = []) {
        for entry in entries { apply(entry) }
    }

    mutating func apply(_ entry: VerifiedEntry) {
        order.append(entry)
        ids[entry.header.dot] = entry.id
        heads[entry.header.origin] = entry.header.sequence
    }

    var knowledge: ReplicaKnowledge {
        let (ids, heads) = (ids, heads)
        return ReplicaKnowledge(entryID: { ids[$0] }, headSequence: { heads[$0] ?? 0 }, originCount: heads.count)
    }

    var frontier: Frontier {
        Frontier(
            rows: heads.map { origin, sequence in
                Row(
                    origin: origin, sequence: sequence,
                    idPrefix: ids[Dot(origin: origin, sequence: sequence)]!.prefix)
            })
    }
}
