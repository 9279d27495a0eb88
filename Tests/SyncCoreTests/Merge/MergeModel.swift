// The rules of DESIGN.md section 5, said slowly: no state that is carried forward, only the set of applied writes and
// what each of them has seen. A sibling stays unless some applied write replaces it.

@testable import SyncCore

/// One change to one record, with everything its author had seen spelled out.
struct ModelWrite {
    let index: Int
    let id: Digest
    let market: Market
    let time: Int64
    let kind: ChangeKind
    let record: RecordID
    let values: [UnitNumber: [FieldValue]]
    /// All change sets that this one has seen, spelled out.
    let sees: IndexSet
    /// Unit and change set of each write that is kept.
    let keeps: [UnitNumber: IndexSet]

    func overwrites(_ other: ModelWrite, of unit: UnitNumber) -> Bool {
        sees.contains(other.index) && keeps[unit]?.contains(other.index) != true
    }
}

/// A set of small numbers, in one word: the model asks "has it seen?" millions of times.
struct IndexSet: Hashable {
    static let capacity = 64
    private var bits: UInt64 = 0

    init(_ indices: some Sequence<Int> = []) {
        for index in indices { insert(index) }
    }

    var count: Int { bits.nonzeroBitCount }

    func contains(_ index: Int) -> Bool { bits >> UInt64(index) & 1 == 1 }

    mutating func insert(_ index: Int) {
        precondition(index < Self.capacity, "the model holds \(Self.capacity) change sets")
        bits |= 1 << UInt64(index)
    }
}

/// What the rules say of one record, given the writes to it that a replica has applied.
struct MergeModel {
    let record: RecordID
    let writtenUnits: [UnitNumber]
    let standingExistence: [ModelWrite]
    private let standingByUnit: [UnitNumber: [ModelWrite]]

    init(record: RecordID, writes all: [ModelWrite]) {
        self.record = record
        let writes = all.filter { $0.record == record }
        writtenUnits = Set(writes.flatMap(\.values.keys)).sorted()

        // Rule 6, existence: create and keep say present, delete says absent; each replaces what it sees and does not
        // keep.
        let speaking = writes.filter { $0.kind != .update }
        standingExistence = speaking.filter { one in !speaking.contains { $0.overwrites(one, of: 0) } }

        // Rules 1 and 2: a value stands unless a write of the same unit, or a create, saw it and did not keep it.
        var standing: [UnitNumber: [ModelWrite]] = [:]
        for unit in writtenUnits {
            let written = writes.filter { $0.values[unit] != nil }
            let replacing = writes.filter { $0.kind == .create || $0.values[unit] != nil }
            standing[unit] = written.filter { one in !replacing.contains { $0.overwrites(one, of: unit) } }
        }
        standingByUnit = standing
    }

    func standing(_ unit: UnitNumber) -> [ModelWrite] { standingByUnit[unit] ?? [] }

    func deletes(of write: ModelWrite, unit: UnitNumber) -> [ModelWrite] {
        standingExistence.filter { $0.kind == .delete && $0.overwrites(write, of: unit) }
    }

    var survivors: [ModelWrite] {
        writtenUnits.flatMap { unit in standing(unit).filter { deletes(of: $0, unit: unit).isEmpty } }
    }

    var state: PortableState {
        PortableState(
            existence: standingExistence.sorted { $0.id < $1.id }
                .map { PortableSibling(id: $0.id, values: [], isPresent: $0.kind != .delete) },
            units: writtenUnits.compactMap { unit in
                let siblings = standing(unit).sorted { $0.id < $1.id }
                guard !siblings.isEmpty else { return nil }
                return PortableUnit(
                    unit: unit,
                    siblings: siblings.map {
                        PortableSibling(
                            id: $0.id, values: $0.values[unit]!,
                            deletedBy: deletes(of: $0, unit: unit).map(\.id).sorted())
                    })
            })
    }
}

/// Rules 3 to 6 again: what a table with this catalog shows.
struct ModelView: Hashable {
    struct OpenConflict: Hashable {
        let unit: UnitNumber
        let id: Digest
        let shown: Digest
        let sides: [Digest]
    }

    var isShown = false
    var shown: [UnitNumber: [FieldValue]] = [:]
    var conflicts: [OpenConflict] = []
    /// Units with several distinct values that the policy joined.
    var joinedByPolicy: Set<UnitNumber> = []

    init(of model: MergeModel, rule: RecordRule) {
        let home = rule.home(ofKey: model.record.key)
        let existence = model.standingExistence
        let presents = existence.filter { $0.kind != .delete }
        let absents = existence.filter { $0.kind == .delete }
        let survivors = model.survivors
        isShown = absents.isEmpty ? !presents.isEmpty : !(presents.isEmpty && survivors.isEmpty)
        for unit in rule.units {
            let siblings = model.standing(unit.number)
            guard !siblings.isEmpty else { continue }
            let ofHome = siblings.filter { $0.market == home }
            func distinct(_ writes: [ModelWrite]) -> Int { Set(writes.map { $0.values[unit.number]! }).count }
            var isConflict = distinct(siblings) > 1
            if isConflict {
                switch unit.merge {
                case .manual: break
                case .home: isConflict = distinct(ofHome) != 1
                case .latest: isConflict = false
                }
                if !isConflict { joinedByPolicy.insert(unit.number) }
            }
            let candidates = unit.merge == .latest || ofHome.isEmpty ? siblings : ofHome
            let pick = Self.latest(candidates)
            shown[unit.number] = pick.values[unit.number]!
            if isShown && isConflict {
                conflicts.append(Self.conflict(model.record, unit.number, siblings, siblings.map(\.id), pick))
            }
        }
        if isShown && !absents.isEmpty {
            let speaking = presents.isEmpty ? survivors : presents
            let ofHome = speaking.filter { $0.market == home }
            let covered = existence.map(\.id) + model.writtenUnits.flatMap { model.standing($0).map(\.id) }
            conflicts.insert(
                Self.conflict(
                    model.record, 0, existence + (presents.isEmpty ? survivors : []), covered,
                    Self.latest(ofHome.isEmpty ? speaking : ofHome)), at: 0)
        }
    }

    /// The highest (time, market, id).
    private static func latest(_ writes: [ModelWrite]) -> ModelWrite {
        writes.sorted { ($0.time, $0.market.name, $0.id) < ($1.time, $1.market.name, $1.id) }.last!
    }

    /// PROTOCOL.md section 7, spelled out byte by byte.
    private static func conflict(
        _ record: RecordID, _ unit: UnitNumber, _ sides: [ModelWrite], _ covered: [Digest], _ shown: ModelWrite
    ) -> OpenConflict {
        let entries = Set(covered).sorted()
        var bytes = Array("yrd.conflict.v1".utf8) + [0]
        for text in [record.type, record.key] { bytes += [UInt8(text.utf8.count)] + Array(text.utf8) }
        bytes += [unit] + UInt32(entries.count).bigEndianBytes + entries.flatMap(\.bytes)
        return OpenConflict(
            unit: unit, id: Hashing.forTests.sha256(bytes), shown: shown.id, sides: Set(sides.map(\.id)).sorted())
    }

    /// The real view in the model's words.
    init(_ view: RecordView) {
        isShown = view.isShown
        shown = view.shown.mapValues(\.values)
        conflicts = view.conflicts.map { conflict in
            OpenConflict(
                unit: conflict.unit, id: conflict.id(.forTests), shown: conflict.shown.id,
                sides: conflict.sides.map(\.stamp.id))
        }
    }

    func says(_ other: ModelView) -> Bool {
        isShown == other.isShown && shown == other.shown && conflicts == other.conflicts
    }
}
