// A federation that lives from one seed: nodes edit what their tables show, resolve what is in conflict, and hear from
// each other in any causal order; and everything is written down for the model.

import Testing

@testable import SyncCore

struct RandomFederation {
    /// What the seed decides once.
    struct Character {
        /// Whether only those who may write a unit do: otherwise everyone creates and deletes, which a real federation
        /// sees only where one market has several incarnations.
        let keepsRights: Bool
        /// Some change sets name contexts and keeps that no honest sealer would write.
        let hasLiar: Bool
        /// Nodes are copied, and both copies go on under one origin until they hear of each other.
        let hasClones: Bool
        let steps: Int
    }

    private(set) var nodes: [TestReplica] = []
    private(set) var sets: [SealedSet] = []
    private(set) var applied: [IndexSet] = []
    /// For the model: the changes of `sets`, with what each has seen.
    private(set) var writes: [ModelWrite] = []
    let records: [RecordID]
    let character: Character

    private var chance: SeededGenerator
    private var skews: [Int64] = []
    private var now: Int64 = 1_000_000
    private var ledger = AnswerLedger()
    private var incarnations = 0

    init(seed: UInt64) {
        chance = SeededGenerator(seed: seed)
        records = chance.oneIn(2) ? [TestCatalog.record("SH-1")] : ["SH-1", "JS-1"].map { TestCatalog.record($0) }
        character = Character(
            keepsRights: chance.oneIn(3), hasLiar: chance.oneIn(5), hasClones: chance.oneIn(3),
            steps: 20 + chance.below(26))
        let olderCatalogs = chance.oneIn(2)
        for index in 0..<(2 + chance.below(5)) {
            let market = Market(chance.pick(["shanghai", "jiangsu", "zhejiang"]))!
            let rule = olderCatalogs && chance.oneIn(3) ? TestCatalog.older : TestCatalog.current
            nodes.append(TestReplica(market: market, incarnation: UInt8(index), rule: rule))
            skews.append(chance.pick([0, 0, 1, 300_000, -300_000, 3_600_000]))
            applied.append(IndexSet())
        }
    }

    // MARK: Steps

    /// Lives through all steps, then lets everyone hear everything; every step is compared with the model.
    mutating func run() {
        for _ in 0..<character.steps {
            now += Int64(chance.below(3))
            let node = chance.below(nodes.count)
            let changed: Set<RecordID>
            switch chance.below(20) {
            case 0..<8: changed = edit(node)
            case 8..<11: changed = resolve(node)
            case 11 where character.hasLiar: changed = lie(node)
            case 12 where character.hasClones: changed = clone(node)
            default: changed = hear(node, atMost: 1 + chance.below(6))
            }
            for record in changed { compare(node, record) }
        }
        for node in nodes.indices {
            while !hear(node, atMost: .max).isEmpty {}
            for record in records { compare(node, record) }
        }
        if !character.hasLiar { for node in nodes.indices { checkNothingIsLost(node) } }
    }

    /// A machine is copied, with all it has.
    private mutating func clone(_ node: Int) -> Set<RecordID> {
        guard nodes.count < 9 else { return [] }
        nodes.append(nodes[node])
        skews.append(skews[node])
        applied.append(applied[node])
        return []
    }

    private mutating func edit(_ node: Int) -> Set<RecordID> {
        let edited = records.count > 1 && chance.oneIn(4) ? records : [chance.pick(records)]
        let drafts = edited.compactMap { draft(node, $0) }
        return seal(node, drafts, isResolution: false)
    }

    private mutating func draft(_ node: Int, _ record: RecordID) -> LocalEdit.Draft? {
        let replica = nodes[node]
        let view = replica.view(record)
        let mayExist = may(node, 0, record)
        guard view.isShown else {
            guard mayExist else { return nil }
            var values: [UnitNumber: [FieldValue]] = [:]
            for unit in replica.rule.units where !chance.oneIn(3) { values[unit.number] = randomValues(unit) }
            return LocalEdit.draft(
                record: record, rule: replica.rule, view: view, content: .present(values))
        }
        if mayExist && chance.oneIn(5) {
            return LocalEdit.draft(record: record, rule: replica.rule, view: view, content: .absent)
        }
        var values = view.shown.mapValues(\.values)
        for _ in 0...chance.below(2) {
            let unit = chance.pick(replica.rule.units)
            guard may(node, unit.number, record) else { continue }
            values[unit.number] = randomValues(unit)
        }
        return LocalEdit.draft(
            record: record, rule: replica.rule, view: view, content: .present(values))
    }

    private func may(_ node: Int, _ unit: UnitNumber, _ record: RecordID) -> Bool {
        !character.keepsRights || nodes[node].rule.mayWrite(nodes[node].market, unit: unit, ofKey: record.key)
    }

    /// Few distinct values, so that equal ones meet; byte-wise different ones that Swift's strings call equal; NULL.
    private mutating func randomValues(_ unit: UnitRule) -> [FieldValue] {
        unit.columns.map { _ in
            chance.pick([.text("a"), .text("b"), .text("c"), .text("\u{E9}"), .text("e\u{301}"), .null])
        }
    }

    private mutating func resolve(_ node: Int) -> Set<RecordID> {
        let record = chance.pick(records)
        let replica = nodes[node]
        let conflicts = replica.view(record).conflicts
        guard !conflicts.isEmpty else { return [] }
        // Existence stands first, and is the rarer one.
        let conflict = chance.oneIn(2) ? conflicts[0] : chance.pick(conflicts)
        let request: ResolutionRequest
        if conflict.unit == 0 {
            request = chance.pick([.keep, .delete, .take(chance.pick(conflict.sides).stamp.id)])
        } else {
            let own = ResolutionRequest.value(randomValues(replica.rule.unit(conflict.unit)!))
            request = chance.pick([own, .take(chance.pick(conflict.sides).stamp.id)])
        }
        let market = character.keepsRights ? replica.market : replica.rule.home(ofKey: record.key)!
        guard let draft = try? Resolution.draft(request, of: conflict, rule: replica.rule, by: market) else {
            return []
        }
        return seal(node, [draft], isResolution: true)
    }

    /// A change set that names less than its author knows, keeps what it likes, and changes what is not shown.
    private mutating func lie(_ node: Int) -> Set<RecordID> {
        guard sets.count < IndexSet.capacity else { return [] }
        let full = nodes[node].frontier.without(nodes[node].origin)
        let before = nodes[node].lastContext
        var rows: [Row] = []
        for row in full.rows {
            let floor = before.sequence(of: row.origin)
            // Of a forked origin all or, if it was never named, nothing.
            let isForked = full.rows(of: row.origin).count > 1 || before.rows(of: row.origin).count > 1
            let sequence =
                chance.oneIn(2) || (isForked && floor > 0)
                ? row.sequence
                : isForked ? 0 : floor + UInt64(chance.below(Int(row.sequence - floor) + 1))
            if let place = ancestor(of: index(of: row), at: sequence) { rows.append(sets[place].row) }
        }
        let context = Context(catalogHash: .zero, frontier: Frontier(rows: rows))
        let sequence = nodes[node].nextSequence
        let record = chance.pick(records)
        var change = chance.change(record, notes: 0, sequence: sequence, rows: context.frontier.rows)
        let units =
            change.units.isEmpty
            ? []
            : [TestCatalog.website, TestCatalog.level].map { unit in
                UnitValues(unit: unit, values: [chance.pick([.text("x"), .text("y"), .null])])
            }
        let keeps = Set(change.keeps.map { Keep(unit: chance.pick([0, 34, 36]), row: $0.row, sequence: $0.sequence) })
        change = Change(kind: change.kind, record: record, units: units, keeps: Array(keeps))
        let sealed = nodes[node].seal([change], under: context, wall: now + skews[node])
        var sees = IndexSet()
        for row in context.frontier.rows { addAncestry(of: index(of: row), to: &sees) }
        if let before = sets.firstIndex(where: { $0.id == sealed.header.previous }) {
            addAncestry(of: before, to: &sees)
        }
        note(sealed, node, sees: sees)
        return [record]
    }

    private mutating func seal(_ node: Int, _ drafts: [LocalEdit.Draft], isResolution: Bool) -> Set<RecordID> {
        guard !drafts.isEmpty, sets.count < IndexSet.capacity else { return [] }
        let before = drafts.map { MergeModel(record: $0.record, writes: known(to: node)) }
        let sees = applied[node]
        let sealed = nodes[node].seal(drafts, isResolution: isResolution, wall: now + skews[node])
        note(sealed, node, sees: sees)
        for model in before where !character.hasLiar {
            let view = ModelView(of: model, rule: nodes[node].rule)
            let write = writes.last { $0.record == model.record }!
            ledger.enter(write, isResolution: isResolution, before: model, view: view, rule: nodes[node].rule)
        }
        return Set(drafts.map(\.record))
    }

    private mutating func note(_ sealed: SealedSet, _ node: Int, sees: IndexSet) {
        let index = sets.count
        sets.append(sealed)
        applied[node].insert(index)
        let rows = sealed.changeSet.context.frontier.rows
        for change in sealed.changeSet.changes {
            var keeps: [UnitNumber: IndexSet] = [:]
            for keep in change.keeps {
                let path = keep.row == 0 ? index : self.index(of: rows[keep.row - 1])
                keeps[keep.unit, default: IndexSet()].insert(ancestor(of: path, at: keep.sequence)!)
            }
            writes.append(
                ModelWrite(
                    index: index, id: sealed.id, market: sealed.market, time: sealed.header.timeMilliseconds,
                    kind: change.kind, record: change.record,
                    values: Dictionary(uniqueKeysWithValues: change.units.map { ($0.unit, $0.values) }), sees: sees,
                    keeps: keeps))
        }
    }

    /// Applies change sets in a random causal order; answers with the records that changed.
    private mutating func hear(_ node: Int, atMost count: Int) -> Set<RecordID> {
        var changed: Set<RecordID> = []
        var heard = 0
        while heard < count {
            let possible = sets.indices.filter { !applied[node].contains($0) && nodes[node].canApply(sets[$0]) }
            guard !possible.isEmpty else { break }
            let index = chance.pick(possible)
            if nodes[node].isShownItself(by: sets[index]) {
                incarnations += 1
                nodes[node].begin(incarnation: UInt8(100 + incarnations))
            }
            nodes[node].apply(sets[index], wall: now + skews[node])
            applied[node].insert(index)
            changed.formUnion(sets[index].changeSet.changes.map(\.record))
            heard += 1
        }
        return changed
    }

    // MARK: What rows name, by the definition

    private func index(of row: Row) -> Int { sets.firstIndex { $0.row == row }! }

    /// The change set of a number among those that lead to another one; nil for number 0.
    private func ancestor(of index: Int, at sequence: UInt64) -> Int? {
        guard sequence > 0 else { return nil }
        var place = index
        while sets[place].header.sequence > sequence {
            place = sets.firstIndex { $0.id == sets[place].header.previous }!
        }
        return place
    }

    private func addAncestry(of index: Int, to set: inout IndexSet) {
        for sequence in 1...sets[index].header.sequence { set.insert(ancestor(of: index, at: sequence)!) }
    }

    // MARK: Checks

    private func known(to node: Int) -> [ModelWrite] { writes.filter { applied[node].contains($0.index) } }

    private func compare(_ node: Int, _ record: RecordID) {
        let replica = nodes[node]
        let model = MergeModel(record: record, writes: known(to: node))
        let state = replica.state(record)
        #expect(state.portable == model.state, "siblings of \(record.key) at node \(node)")
        let view = ModelView(replica.view(record))
        let modelView = ModelView(of: model, rule: replica.rule)
        #expect(view.says(modelView), "view of \(record.key) at node \(node): \(view) is not \(modelView)")
        for other in nodes.indices where other != node && applied[other] == applied[node] {
            let twin = nodes[other]
            #expect(twin.frontier == replica.frontier)
            #expect(twin.state(record).portable == state.portable, "nodes \(node) and \(other) at one frontier")
            guard twin.rule == replica.rule else { continue }
            #expect(ModelView(twin.view(record)) == view)
            let digests = [state, twin.state(record)].map {
                RecordDigest.digest(of: $0, record: record, rule: replica.rule, .forTests)
            }
            #expect(digests[0] == digests[1])
        }
    }

    /// Every value ever written is a sibling that is shown, in conflict, or joined by policy; or somebody answered it.
    private func checkNothingIsLost(_ node: Int) {
        let replica = nodes[node]
        for record in records {
            let (state, view) = (replica.state(record), replica.view(record))
            let joined = ModelView(of: MergeModel(record: record, writes: writes), rule: replica.rule).joinedByPolicy
            for write in writes where write.record == record {
                for (unit, values) in write.values {
                    let stands = state.siblings(of: unit).contains { $0.stamp.id == write.id }
                    let isSeen =
                        view.shown[unit]?.values == values || joined.contains(unit)
                        || view.conflict(of: unit)?.sides.contains { $0.stamp.id == write.id } == true
                        || replica.rule.unit(unit) == nil
                    #expect(
                        stands && view.isShown && isSeen || ledger.isAnswered(write, unit),
                        "the value of unit \(unit) by \(write.market) (change set \(write.index)) is lost at node \(node)"
                    )
                }
            }
        }
    }
}

/// Who answered which value: at the moment of writing, what a change makes go away must have been shown to its author,
/// or joined by policy, or be covered by a resolution.
struct AnswerLedger {
    private struct Value: Hashable {
        let write: Int
        let record: RecordID
        let unit: UnitNumber
    }

    private var answered: Set<Value> = []

    func isAnswered(_ write: ModelWrite, _ unit: UnitNumber) -> Bool {
        answered.contains(Value(write: write.index, record: write.record, unit: unit))
    }

    mutating func enter(
        _ write: ModelWrite, isResolution: Bool, before: MergeModel, view: ModelView, rule: RecordRule
    ) {
        for unit in before.writtenUnits where write.kind != .keep {
            guard write.kind != .update || write.values[unit] != nil else { continue }
            for sibling in before.standing(unit) where write.overwrites(sibling, of: unit) {
                let isJustified =
                    switch write.kind {
                    // It was not shown: then somebody deleted it who was shown it.
                    case .create: isAnswered(sibling, unit)
                    // Rule 1 knows no other way for units that this catalog does not show; see RuleHolesTests.
                    case .delete where rule.unit(unit) == nil: true
                    default:
                        isResolution || view.shown[unit] == sibling.values[unit] || view.joinedByPolicy.contains(unit)
                    }
                #expect(isJustified, "change set \(write.index) destroys unit \(unit) of \(sibling.index), unseen")
                answered.insert(Value(write: sibling.index, record: sibling.record, unit: unit))
            }
        }
        guard write.kind != .update else { return }
        for sibling in before.standingExistence where write.overwrites(sibling, of: 0) {
            #expect(
                isResolution || view.isShown == (sibling.kind != .delete),
                "change set \(write.index) overrules \(sibling.index) about the record's existence, unseen")
        }
    }
}
