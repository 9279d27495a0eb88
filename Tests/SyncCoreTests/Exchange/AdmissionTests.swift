// Which entries of a batch are applied, in which order, and what the others wait for.

import Testing

@testable import SyncCore

@Suite("Admission")
struct AdmissionTests {
    private static func admit(_ batch: [VerifiedEntry], onto applied: [VerifiedEntry] = []) -> Admission {
        Admission(of: batch, knowledge: AppliedLog(applied).knowledge)
    }

    private static func log(_ market: String, _ count: Int) -> OriginLog {
        var log = OriginLog(market)
        for _ in 0..<count { log.append() }
        return log
    }

    private static func needs(_ admission: Admission) -> [Need] { admission.waiting.map(\.need) }

    @Test func `entries in order are admitted in order`() {
        let (a, b) = (Self.log("shanghai", 3), Self.log("jiangsu", 2))
        let batch = [a[1], b[1], a[2], b[2], a[3]]
        let admission = Self.admit(batch)
        #expect(admission.admitted == batch)
        #expect(admission.waiting.isEmpty && admission.knownAlready == 0)
    }

    @Test func `what is known already is nothing`() {
        let a = Self.log("shanghai", 3)
        let all = Self.admit([a[1], a[2], a[3]], onto: a.entries)
        #expect(all.admitted.isEmpty && all.waiting.isEmpty && all.knownAlready == 3)
        let some = Self.admit([a[2], a[3], a[3]], onto: [a[1], a[2]])
        #expect(some.admitted == [a[3]] && some.knownAlready == 2)
    }

    @Test func `an entry without its predecessor waits for it, and so do those after it`() {
        let a = Self.log("shanghai", 4)
        let admission = Self.admit([a[3], a[4]], onto: [a[1]])
        #expect(admission.admitted.isEmpty)
        #expect(Self.needs(admission) == [.predecessor(a[2].header.dot), .predecessor(a[3].header.dot)])
        #expect(Self.needs(Self.admit([a[1], a[3]])) == [.predecessor(a[2].header.dot)])
    }

    @Test func `an entry waits for what its context names, also inside the same batch`() {
        let b = Self.log("jiangsu", 2)
        var a = OriginLog("shanghai")
        a.append(seeing: [b.row(2)])
        #expect(Self.needs(Self.admit([a[1]], onto: [b[1]])) == [.context(b.row(2))])
        #expect(Self.needs(Self.admit([a[1]])) == [.context(b.row(2))])
        #expect(Self.admit([a[1]], onto: b.entries).admitted == [a[1]])
        #expect(Self.admit([b[1], b[2], a[1]]).admitted == [b[1], b[2], a[1]])
        // The order of the batch is the sender's order of application: what comes too early waits for another round.
        let early = Self.admit([b[1], a[1], b[2]])
        #expect(early.admitted == [b[1], b[2]] && Self.needs(early) == [.context(b.row(2))])
    }

    @Test func `a context that names another branch is not satisfied by ours`() {
        var trunk = OriginLog("jiangsu")
        trunk.append()
        var branch = trunk.branch(after: 1)
        trunk.append(website: "ours")
        branch.append(website: "theirs")
        var a = OriginLog("shanghai")
        a.append(seeing: [branch.row(2)])
        #expect(Self.needs(Self.admit([a[1]], onto: trunk.entries)) == [.context(branch.row(2))])
        #expect(Self.admit([a[1]], onto: trunk.entries + [branch[2]]).admitted == [a[1]])
    }

    @Test func `who waits for one origin does not hold up another`() {
        let (b, c) = (Self.log("jiangsu", 1), Self.log("anhui", 1))
        var a = OriginLog("shanghai")
        a.append(seeing: [b.row(1)])
        #expect(Self.admit([a[1], c[1]]).admitted == [c[1]])
    }

    /// Such a group is faulty. Nobody may apply it before what it names, all the same.
    @Test func `a group waits for what any of its contexts names`() {
        let b = Self.log("jiangsu", 1)
        var a = OriginLog("shanghai")
        a.append(continues: true)
        a.append(seeing: [b.row(1)])
        #expect(Self.needs(Self.admit(a.entries)) == [.context(b.row(1)), .context(b.row(1))])
        #expect(Self.admit(a.entries, onto: b.entries).admitted == a.entries)
    }

    @Test func `a group is admitted whole`() {
        var a = OriginLog("shanghai")
        for index in 0..<3 { a.append(continues: index < 2) }
        #expect(Self.admit(a.entries).admitted == a.entries)
        let cut = Self.admit([a[1], a[2]])
        #expect(cut.admitted.isEmpty)
        #expect(Self.needs(cut) == [.groupEnd(a[2].header.dot), .groupEnd(a[2].header.dot)])
        #expect(Self.needs(Self.admit([a[3]])) == [.predecessor(a[2].header.dot)])
        #expect(Self.needs(Self.admit([a[2], a[3]])) == [.predecessor(a[1].header.dot)].flatMap { [$0, $0] })
    }

    @Test func `a group with a hole, or out of order, waits whole`() {
        var a = OriginLog("shanghai")
        for index in 0..<3 { a.append(continues: index < 2) }
        for batch in [[a[1], a[3]], [a[2], a[1], a[3]], [a[1], a[1], a[2], a[3]]] {
            let admission = Self.admit(batch)
            #expect(admission.admitted.isEmpty)
            #expect(admission.waiting.map(\.entry) == batch)
        }
    }

    /// Two branches of one origin, mixed: the numbers run on, and still it is no chain.
    @Test func `a group whose entries do not name each other waits whole`() {
        var a = OriginLog("shanghai")
        a.append(continues: true)
        var other = OriginLog("shanghai")
        other.append(continues: true, website: "other")
        other.append(website: "other")
        let admission = Self.admit([a[1], other[2]])
        #expect(admission.admitted.isEmpty)
        #expect(Self.needs(admission) == [.predecessor(a[1].header.dot), .predecessor(a[1].header.dot)])
        #expect(Self.admit([a[1], other[2]], onto: other.entries).admitted.isEmpty)
    }

    /// Anyone may relay, and put what they like in what order: half a group must not pass because a known entry that
    /// ends a group of its own stands behind it.
    @Test func `a known entry does not end a group that goes on`() {
        var a = Self.log("shanghai", 2)
        a.append(continues: true)
        a.append()
        let admission = Self.admit([a[3], a[1]], onto: [a[1], a[2]])
        #expect(admission.admitted.isEmpty)
        #expect(admission.waiting.map(\.entry) == [a[3]])
        #expect(Self.admit([a[3], a[1], a[3], a[4]], onto: [a[1], a[2]]).admitted == [a[3], a[4]])
    }

    @Test func `another origin inside a group breaks it, and is itself admitted`() {
        var a = OriginLog("shanghai")
        for index in 0..<2 { a.append(continues: index < 1) }
        let b = Self.log("jiangsu", 1)
        let admission = Self.admit([a[1], b[1], a[2]])
        #expect(admission.admitted == [b[1]])
        #expect(admission.waiting.map(\.entry) == [a[1], a[2]])
        #expect(Self.needs(admission) == [.groupEnd(a[1].header.dot), .predecessor(a[1].header.dot)])
    }

    @Test func `a group that waits for its context waits whole`() {
        let b = Self.log("jiangsu", 1)
        var a = OriginLog("shanghai")
        a.append(seeing: [b.row(1)], continues: true)
        a.append(seeing: [b.row(1)])
        let admission = Self.admit(a.entries)
        #expect(admission.waiting.map(\.entry) == a.entries)
        #expect(Self.needs(admission) == [.context(b.row(1)), .context(b.row(1))])
    }

    @Test func `a second entry at a place that is taken begins a branch, and is admitted like any other`() {
        var a = Self.log("shanghai", 2)
        var other = a.branch(after: 1)
        a.append()
        other.append(website: "other")
        other.append(website: "other")
        #expect(Self.admit([other[2]], onto: a.entries).admitted == [other[2]])
        #expect(Self.admit([other[2], other[3]], onto: a.entries).admitted == [other[2], other[3]])
        // In one batch, too, and both go on.
        let mixed = [a[1], a[2], other[2], a[3], other[3]]
        #expect(Self.admit(mixed).admitted == mixed)
        // At the very first entry.
        var stranger = OriginLog("shanghai")
        stranger.append(website: "stranger")
        #expect(Self.admit([stranger[1]], onto: a.entries).admitted == [stranger[1]])
        // A fork of a fork.
        var third = other.branch(after: 2)
        third.append(website: "third")
        let both = a.entries + [other[2], other[3]]
        #expect(Self.admit([third[3]], onto: both).admitted == [third[3]])
        #expect(Self.admit([third[3]], onto: both + [third[3]]).knownAlready == 1)
    }

    @Test func `what continues an unknown branch waits for that branch's first entry`() {
        let a = Self.log("shanghai", 2)
        var other = a.branch(after: 1)
        other.append(website: "other")
        other.append(website: "other")
        let admission = Self.admit([other[3]], onto: a.entries)
        #expect(Self.needs(admission) == [.predecessor(a[2].header.dot)])
    }

    @Test func `a branch may leave inside a group, and brings its own end of it`() {
        var a = OriginLog("shanghai")
        a.append(continues: true)
        var other = a.branch(after: 1)
        a.append()
        other.append(continues: true, website: "other")
        other.append(website: "other")
        let admission = Self.admit(other.entries, onto: a.entries)
        #expect(admission.admitted == [other[2], other[3]] && admission.knownAlready == 1)
        // A sender leaves out what the peer has: the rest of the group is enough.
        #expect(Self.admit([other[2], other[3]], onto: a.entries).admitted == [other[2], other[3]])
        #expect(Self.needs(Self.admit([other[2]], onto: a.entries)) == [.groupEnd(other[2].header.dot)])
    }

    // MARK: Too many branches

    /// A trunk of one entry, and so many entries that follow it.
    private static func fan(_ count: Int) -> (trunk: OriginLog, branches: [OriginLog]) {
        let trunk = log("shanghai", 1)
        return (
            trunk,
            (0..<count).map { number in
                var branch = trunk.branch(after: 1)
                branch.append(website: "branch \(number)")
                branch.append(website: "branch \(number)")
                return branch
            }
        )
    }

    @Test(arguments: [Limits.branchesOfMarket - 1, Limits.branchesOfMarket, Limits.branchesOfMarket + 1])
    func `so many branches of a market are admitted, one more waits, and stops nobody else`(_ count: Int) {
        let (trunk, branches) = Self.fan(count)
        let other = Self.log("jiangsu", 1)
        let taken = min(count, Limits.branchesOfMarket)
        let admission = Self.admit(trunk.entries + branches.map { $0[2] } + other.entries)
        #expect(admission.admitted == trunk.entries + branches.prefix(taken).map { $0[2] } + other.entries)
        #expect(Self.needs(admission) == branches.dropFirst(taken).map { .branchOverLimit($0[2].header.dot) })
        // Branches that are applied go on, whatever their number.
        let applied = trunk.entries + branches.prefix(taken).map { $0[2] }
        #expect(Self.admit(branches.map { $0[3] }, onto: applied).admitted.count == taken)
        // One after the other is no other thing than all at once.
        let last = branches.last!
        let later = Self.admit([last[2]], onto: trunk.entries + branches.dropLast().map { $0[2] }.prefix(taken))
        #expect(later.admitted == (count <= Limits.branchesOfMarket ? [last[2]] : []))
    }

    @Test func `the limit is a market's, in all of its origins together`() {
        let (trunk, branches) = Self.fan(Limits.branchesOfMarket - 1)
        let applied = trunk.entries + branches.map { $0[2] }
        var second = OriginLog("shanghai", incarnation: 7)
        second.append()
        var fork = OriginLog("shanghai", incarnation: 7)
        fork.append(website: "fork")
        // A second origin is none, its fork makes two of it.
        #expect(Self.admit(second.entries, onto: applied).admitted == second.entries)
        #expect(
            Self.needs(Self.admit(fork.entries, onto: applied + second.entries))
                == [.branchOverLimit(fork[1].header.dot)])
        // Another market's forks are its own.
        var jiangsu = OriginLog("jiangsu")
        jiangsu.append()
        var jiangsuFork = OriginLog("jiangsu")
        jiangsuFork.append(website: "fork")
        #expect(Self.admit(jiangsuFork.entries, onto: applied + jiangsu.entries).admitted == jiangsuFork.entries)
    }

    @Test func `a branch over the limit is taken once an entry of another market names it or what follows it`() {
        let (trunk, branches) = Self.fan(Limits.branchesOfMarket + 2)
        let applied = trunk.entries + branches.prefix(Limits.branchesOfMarket).map { $0[2] }
        let (over, other) = (branches[Limits.branchesOfMarket], branches[Limits.branchesOfMarket + 1])
        var witness = OriginLog("jiangsu")
        witness.append(seeing: [over.row(3)])
        // In one batch: the branch, and not the one beside it.
        let batch = [over[2], other[2], over[3], witness[1]]
        let admission = Self.admit(batch, onto: applied)
        #expect(admission.admitted == [over[2], over[3], witness[1]])
        #expect(Self.needs(admission) == [.branchOverLimit(other[2].header.dot)])
        // Named before, in another batch.
        var remembering = AppliedLog(applied)
        remembering.namedRows = [over.row(3)]
        let again = Admission(of: [over[2], other[2], over[3]], knowledge: remembering.knowledge)
        #expect(again.admitted == [over[2], over[3]])
        // Its own market's word counts for nothing, in whatever incarnation.
        var accomplice = OriginLog("shanghai", incarnation: 9)
        accomplice.append(seeing: [over.row(3)])
        let alone = Self.admit([over[2], over[3], accomplice[1]], onto: applied)
        #expect(alone.admitted.isEmpty && alone.waiting.count == 3)
    }

    @Test func `a context that does not decode names nothing: the poison entry is admitted, and everyone goes on`() {
        var a = OriginLog("shanghai")
        a.append()
        a.append(context: [9, 9, 9])
        a.append()
        #expect(Self.admit(a.entries).admitted == a.entries)
    }

    @Test func `a row of its own origin is no reason to wait: the entry is faulty, not late`() {
        var a = OriginLog("shanghai")
        a.append()
        var far = OriginLog("shanghai")
        for _ in 0..<9 { far.append(website: "far") }
        a.append(seeing: [far.row(9)])
        #expect(Self.admit(a.entries).admitted == a.entries)
    }

    @Test func `the highest sequence there is waits like any other`() {
        let market = Market("shanghai")!
        let origin = Origin(market: market, incarnation: .zero)
        let last = Entry.forTests(
            origin: origin, sequence: Limits.counterMax, previous: Digest(words: (1, 1, 1, 1)),
            context: Context(catalogHash: .zero, frontier: .empty), changes: [])
        let before = Dot(origin: origin, sequence: Limits.counterMax - 1)
        #expect(Self.needs(Self.admit([last.verified])) == [.predecessor(before)])
        // And a context may name it.
        var a = OriginLog("jiangsu")
        let row = Row(origin: origin, sequence: Limits.counterMax, idPrefix: .zero)
        a.append(seeing: [row])
        #expect(Self.needs(Self.admit(a.entries)) == [.context(row)])
    }

    @Test func `an empty batch is nothing`() {
        let admission = Self.admit([])
        #expect(admission.admitted.isEmpty && admission.waiting.isEmpty)
    }

    @Test func `every need says what it is in words`() {
        let dot = Dot(origin: OriginLog("shanghai").origin, sequence: 7)
        for need in [
            Need.predecessor(dot), .context(Row(origin: dot.origin, sequence: 7, idPrefix: .zero)), .groupEnd(dot),
            .earlierEntry(dot), .keySpan(dot), .branchOverLimit(dot),
        ] {
            #expect(need.text.contains("shanghai."))
            #expect(need.text.contains(":7"))
        }
        #expect(Need.member("suzhou").text == "a trusted descriptor of suzhou")
    }

    /// Random logs, batches that are shuffled, cut and doubled: what is admitted is exactly what the slow rule admits.
    @Test(arguments: Seeds.run(300))
    func `admission takes what the rule takes, in the order it came`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let history = RandomLogs.history(&chance)
        let known = history.prefix(chance.below(history.count + 1))
        // A replica never holds half a group.
        let groupEnd = known.lastIndex { !$0.header.groupContinues }.map { $0 + 1 } ?? 0
        var batch = Array(history.dropFirst(max(0, groupEnd - 2)))
        for _ in 0..<chance.below(4) where batch.count > 1 {
            switch chance.below(3) {
            case 0: batch.remove(at: chance.below(batch.count))
            case 1: batch.swapAt(chance.below(batch.count), chance.below(batch.count))
            default: batch.append(chance.pick(batch))
            }
        }
        let applied = AppliedLog(Array(known.prefix(groupEnd)))
        let admission = Admission(of: batch, knowledge: applied.knowledge)
        #expect(admission.admitted == RandomLogs.slowlyAdmitted(batch, onto: applied))
        // Every entry that is new is admitted or waits; applying again what was admitted is nothing.
        let known2 = Set(applied.order.map(\.id)).union(admission.admitted.map(\.id))
        #expect(Set(batch.map(\.id)).subtracting(known2).isSubset(of: admission.waiting.map(\.entry.id)))
        var after = applied
        for entry in admission.admitted { after.apply(entry) }
        let again = Admission(of: admission.admitted, knowledge: after.knowledge)
        #expect(again.admitted.isEmpty && again.knownAlready == admission.admitted.count)
    }
}
