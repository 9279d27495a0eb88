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
    /// Another one once this replica was shown a branch of its own: as a copy of it, it may have been going on elsewhere.
    private(set) var origin: Origin
    let rule: RecordRule
    private(set) var sets: [Digest: SealedSet] = [:]
    private(set) var states: [RecordID: RecordState] = [:]
    /// A replica's own numbering, different on each.
    private(set) var lanes = LaneTree()
    /// In order of application, by lane and sequence.
    private var idByPlace: [[Int]: Digest] = [:]
    private(set) var appliedCount = 0
    private var clock = HybridClock(highestMilliseconds: 0)

    init(market: Market, incarnation: UInt8, rule: RecordRule) {
        self.market = market
        self.rule = rule
        origin = Self.origin(market, incarnation)
    }

    private static func origin(_ market: Market, _ incarnation: UInt8) -> Origin {
        Origin(market: market, incarnation: ID16(Array(repeating: incarnation, count: 16))!)
    }

    mutating func begin(incarnation: UInt8) { origin = Self.origin(market, incarnation) }

    /// Whether it was shown a branch of its own present incarnation, and must begin another one.
    func isShownItself(by sealed: SealedSet) -> Bool { sealed.origin == origin && sets[sealed.id] == nil }

    var frontier: Frontier { lanes.frontier }

    /// The context of the last change set that this replica sealed in its present incarnation.
    var lastContext: Frontier {
        lanes.lanes(of: origin).first.flatMap { sets[$0.headID] }?.changeSet.context.frontier ?? .empty
    }

    var nextSequence: UInt64 { (lanes.lanes(of: origin).first?.headSequence ?? 0) + 1 }

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
        let entry = Entry.forTests(
            origin: origin, sequence: nextSequence, previous: lanes.lanes(of: origin).first?.headID ?? .zero,
            context: context, notes: [Note(author: Text(market.name))], changes: changes,
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
                let row = context.frontier.rows.firstIndex { row in
                    lane(row).map { lanes.holder(of: stamp.sequence, on: $0) == stamp.lane } ?? false
                }
                return Keep(unit: unit, row: row.map { $0 + 1 } ?? 0, sequence: stamp.sequence)
            }
        }
        return Change(kind: draft.kind, record: draft.record, units: draft.units, keeps: keeps)
    }

    private func id(_ lane: Int, _ sequence: UInt64) -> Digest? { idByPlace[[lane, Int(sequence)]] }

    private func lane(_ row: Row) -> Int? { lanes.lane(of: row, id: id) }

    func canApply(_ sealed: SealedSet) -> Bool {
        let header = sealed.header
        return sets[sealed.id] == nil && (header.sequence == 1 || sets[header.previous] != nil)
            && sealed.changeSet.context.frontier.rows.allSatisfy { lane($0) != nil }
    }

    mutating func apply(_ sealed: SealedSet, wall: Int64) {
        precondition(canApply(sealed), "\(sealed.dot) cannot be applied yet")
        let header = sealed.header
        _ = clock.observe(header.timeMilliseconds, wallMilliseconds: wall)
        appliedCount += 1
        let places = idByPlace
        let lane = lanes.laneForAppending(sealed.origin, sequence: header.sequence, after: header.previous) {
            places[[$0, Int($1)]]
        }!.number
        let rows = sealed.changeSet.context.frontier.rows
        var visibility = Visibility()
        lanes.see(lane, upTo: header.sequence - 1, &visibility)
        for row in rows { lanes.see(self.lane(row)!, upTo: row.sequence, &visibility) }
        let stamp = EntryStamp(
            number: Int64(appliedCount), lane: lane, sequence: header.sequence, id: sealed.id,
            market: sealed.market, timeMilliseconds: header.timeMilliseconds)
        for change in sealed.changeSet.changes {
            let kept = change.keeps.map { keep in
                let path = keep.row == 0 ? lane : self.lane(rows[keep.row - 1])!
                return KeptSibling(
                    unit: keep.unit, lane: lanes.holder(of: keep.sequence, on: path), sequence: keep.sequence)
            }
            states[change.record, default: RecordState()].apply(change, by: stamp, seeing: visibility, kept: kept)
        }
        sets[sealed.id] = sealed
        idByPlace[[lane, Int(header.sequence)]] = sealed.id
        lanes.advance(lane, to: header.sequence, id: sealed.id, context: [])
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
