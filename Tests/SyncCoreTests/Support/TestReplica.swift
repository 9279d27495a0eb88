// A replica in memory: seals and applies change sets through the real values of SyncCore, as a store would, without SQL.

@testable import SyncCore

/// A sealed change set as it travels in these tests: decoded once, since its bytes were proven to decode to it.
struct SealedSet: Hashable {
    let header: EnvelopeHeader
    let id: Digest
    let market: Market
    let changeSet: ChangeSet
    let isResolution: Bool

    var origin: Origin { header.origin }
    var dot: Dot { header.dot }
    var row: Row { Row(origin: origin, sequence: header.sequence, idPrefix: id.prefix) }
}

struct TestReplica {
    let market: Market
    let origin: Origin
    let rule: RecordRule
    private(set) var logs: [Origin: [SealedSet]] = [:]
    private(set) var states: [RecordID: RecordState] = [:]
    /// In the order of their first entry here: a replica's own numbering, different on each.
    private(set) var lanes: [Origin] = []
    private(set) var appliedCount = 0
    private var clock = HybridClock(highestMilliseconds: 0)

    init(market: Market, incarnation: UInt8, rule: RecordRule) {
        self.market = market
        self.rule = rule
        origin = Origin(market: market, incarnation: ID16(Array(repeating: incarnation, count: 16))!)
    }

    var frontier: Frontier { Frontier(rows: logs.values.map { $0.last!.row }) }

    func state(_ record: RecordID) -> RecordState { states[record] ?? RecordState() }

    func view(_ record: RecordID) -> RecordView { RecordView(of: state(record), record: record, rule: rule) }

    /// Seals drafts as one change set and applies it. The bytes are made, checked and decoded as if they had travelled.
    mutating func seal(_ drafts: [LocalEdit.Draft], isResolution: Bool = false, wall: Int64) -> SealedSet {
        let context = Context(catalogHash: .zero, frontier: frontier.without(origin))
        let changes = drafts.sorted { $0.record < $1.record }.map { change($0, context) }
        return seal(changes, under: context, isResolution: isResolution, wall: wall)
    }

    /// Seals whatever it is given, under any context: what a market with a program of its own could sign.
    mutating func seal(
        _ changes: [Change], under context: Context, isResolution: Bool = false, wall: Int64
    ) -> SealedSet {
        let own = logs[origin] ?? []
        let entry = Entry.forTests(
            origin: origin, sequence: UInt64(own.count + 1), previous: own.last?.id ?? .zero, context: context,
            notes: [Note(author: Text(market.name))],
            changes: changes,
            time: clock.tick(wallMilliseconds: wall))
        let sealed = SealedSet(
            header: entry.header, id: entry.verified.id, market: market,
            changeSet: try! ChangeSet(decoding: entry), isResolution: isResolution)
        apply(sealed, wall: wall)
        return sealed
    }

    private func change(_ draft: LocalEdit.Draft, _ context: Context) -> Change {
        let keeps = draft.kept.flatMap { unit, stamps in
            stamps.map { stamp in
                let keptOrigin = lanes[stamp.lane]
                let row = context.frontier.rows.firstIndex { $0.origin == keptOrigin }
                return Keep(unit: unit, row: row.map { $0 + 1 } ?? 0, sequence: stamp.sequence)
            }
        }
        return Change(kind: draft.kind, record: draft.record, units: draft.units, keeps: keeps)
    }

    func canApply(_ sealed: SealedSet) -> Bool {
        UInt64(logs[sealed.origin]?.count ?? 0) + 1 == sealed.header.sequence
            && sealed.changeSet.context.frontier.rows.allSatisfy { UInt64(logs[$0.origin]?.count ?? 0) >= $0.sequence }
    }

    mutating func apply(_ sealed: SealedSet, wall: Int64) {
        precondition(canApply(sealed), "\(sealed.dot) cannot be applied yet")
        _ = clock.observe(sealed.header.timeMilliseconds, wallMilliseconds: wall)
        appliedCount += 1
        let lane = lane(of: sealed.origin)
        logs[sealed.origin, default: []].append(sealed)
        let rows = sealed.changeSet.context.frontier.rows
        var visibility = Visibility()
        visibility.see(lane: lane, upTo: sealed.header.sequence - 1)
        for row in rows { visibility.see(lane: self.lane(of: row.origin), upTo: row.sequence) }
        let stamp = EntryStamp(
            number: Int64(appliedCount), lane: lane, sequence: sealed.header.sequence, id: sealed.id,
            market: sealed.market, timeMilliseconds: sealed.header.timeMilliseconds)
        for change in sealed.changeSet.changes {
            let kept = change.keeps.map { keep in
                KeptSibling(
                    unit: keep.unit, lane: keep.row == 0 ? lane : self.lane(of: rows[keep.row - 1].origin),
                    sequence: keep.sequence)
            }
            states[change.record, default: RecordState()].apply(change, by: stamp, seeing: visibility, kept: kept)
        }
    }

    private mutating func lane(of origin: Origin) -> Int {
        if let lane = lanes.firstIndex(of: origin) { return lane }
        lanes.append(origin)
        return lanes.count - 1
    }
}

extension RecordState {
    /// What two replicas must agree on: everything but their own numbering.
    var portable: PortableState {
        PortableState(
            existence: existence.map { PortableSibling(id: $0.stamp.id, values: [], isPresent: $0.isPresent) },
            units: units.map { unit in
                PortableUnit(
                    unit: unit.unit,
                    siblings: unit.siblings.map {
                        PortableSibling(id: $0.stamp.id, values: $0.values, deletedBy: $0.deletedBy)
                    })
            })
    }
}

struct PortableSibling: Hashable {
    let id: Digest
    let values: [FieldValue]
    var isPresent = true
    var deletedBy: [Digest] = []
}

struct PortableUnit: Hashable {
    let unit: UnitNumber
    let siblings: [PortableSibling]
}

struct PortableState: Hashable {
    var existence: [PortableSibling]
    var units: [PortableUnit]
}
