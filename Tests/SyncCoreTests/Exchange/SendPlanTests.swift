// What a peer is sent: all that it lacks and can apply, in our order of application.

import Testing

@testable import SyncCore

@Suite("Send plan")
struct SendPlanTests {
    /// Walks the plan as a sender does.
    private static func sent(
        _ history: [VerifiedEntry], to frontier: Frontier, holding held: Set<Origin> = []
    ) -> [VerifiedEntry] {
        let mine = AppliedLog(history)
        var plan = SendPlan(
            lanes: mine.lanes, request: PullRequest(frontier: frontier, held: held), lane: mine.lane(of:))
        var sent: [VerifiedEntry] = []
        func place(_ entry: VerifiedEntry) -> SendPlan.Candidate {
            SendPlan.Candidate(lane: mine.lane(of: entry.row)!, sequence: entry.header.sequence)
        }
        let order = Dictionary(uniqueKeysWithValues: history.enumerated().map { (place($1), $0) })
        while let next = plan.candidates.min(by: { order[$0]! < order[$1]! }) {
            let entry = history[order[next]!]
            let remaining = plan.remaining
            let isSent = plan.take(next) {
                var seen = Visibility()
                mine.lanes.see(next.lane, upTo: next.sequence - 1, &seen)
                for row in (try? Context(decoding: entry.entry.context))?.frontier.rows ?? [] {
                    mine.lanes.see(mine.lane(of: row)!, upTo: row.sequence, &seen)
                }
                return seen
            }
            if isSent { sent.append(entry) }
            #expect(plan.remaining < remaining)
        }
        #expect(plan.isEmpty && plan.remaining == 0)
        return sent
    }

    @Test(arguments: Seeds.run(300))
    func `what is sent is what the peer lacks, less what it holds back and what needs that`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let history = RandomLogs.history(&chance)
        let origins = Set(history.map(\.header.origin)).sorted()
        // The peer has applied part of the same history, in an order of its own; whole groups only.
        var theirs = AppliedLog()
        let stop = Dictionary(uniqueKeysWithValues: origins.map { ($0, UInt64(chance.below(history.count))) })
        let missed = Set(history.filter { _ in chance.oneIn(6) }.map(\.id))
        var group: [VerifiedEntry] = []
        for entry in history {
            group.append(entry)
            guard !entry.header.groupContinues else { continue }
            let fits =
                group.last!.header.sequence <= stop[entry.header.origin]! && !group.contains { missed.contains($0.id) }
            let admitted = Admission(of: group, knowledge: theirs.knowledge).admitted
            if fits { for entry in admitted { theirs.apply(entry) } }
            group = []
        }
        let held = Set(origins.filter { _ in chance.oneIn(4) })
        let sent = Self.sent(history, to: theirs.frontier, holding: held)
        #expect(sent == RandomLogs.slowlySent(history, to: theirs, holding: held))
        // And the peer can apply every one of them, at once.
        #expect(Admission(of: sent, knowledge: theirs.knowledge).admitted == sent)
    }

    @Test func `a peer that has nothing is sent everything, one that has everything nothing`() {
        var chance = SeededGenerator(seed: 1)
        let history = RandomLogs.history(&chance)
        #expect(Self.sent(history, to: .empty) == history)
        #expect(Self.sent(history, to: AppliedLog(history).frontier).isEmpty)
    }

    @Test func `origins that only the peer knows, and rows above ours, are nothing to send`() {
        var a = OriginLog("shanghai")
        a.append()
        let ahead = Row(origin: a.origin, sequence: Limits.counterMax, idPrefix: .zero)
        let stranger = Row(origin: OriginLog("anhui").origin, sequence: 3, idPrefix: .zero)
        #expect(Self.sent(a.entries, to: Frontier(rows: [ahead, stranger])).isEmpty)
    }

    @Test func `a held origin is left out, and what has seen the part that the peer lacks`() {
        var (a, b, c) = (OriginLog("shanghai"), OriginLog("jiangsu"), OriginLog("anhui"))
        a.append()
        b.append(seeing: [a.row(1)])
        a.append()
        c.append(seeing: [a.row(2)])
        let history = [a[1], b[1], a[2], c[1]]
        #expect(Self.sent(history, to: .empty, holding: [a.origin]).isEmpty)
    }

    /// Contexts name the latest of everyone: were a held origin poison from its first entry on, nobody's entries would
    /// reach the peer again until the held one is mended.
    @Test func `what has seen only the part of a held origin that the peer has is sent`() {
        var (a, b) = (OriginLog("shanghai"), OriginLog("jiangsu"))
        a.append()
        b.append(seeing: [a.row(1)])
        a.append()
        b.append(seeing: [a.row(2)])
        let history = [a[1], b[1], a[2], b[2]]
        let peer = AppliedLog([a[1]]).frontier
        #expect(Self.sent(history, to: peer, holding: [a.origin]).map(\.header.dot) == [b[1].header.dot])
    }

    @Test func `a group is left out whole`() {
        var (a, b) = (OriginLog("shanghai"), OriginLog("jiangsu"))
        a.append()
        b.append(seeing: [a.row(1)], continues: true)
        b.append(seeing: [a.row(1)])
        b.append()
        #expect(Self.sent([a[1]] + b.entries, to: .empty, holding: [a.origin]).isEmpty)
    }

    /// Two branches that left a trunk of 1 after its fifth entry, ours with eight entries and theirs with seven.
    private static func fork() -> (ours: OriginLog, theirs: OriginLog) {
        var ours = OriginLog("shanghai")
        for _ in 0..<5 { ours.append() }
        var theirs = ours.branch(after: 5)
        for _ in 0..<3 { ours.append(website: "ours") }
        for _ in 0..<2 { theirs.append(website: "theirs") }
        return (ours, theirs)
    }

    @Test func `a peer with another branch is sent ours from the highest row that both have`() {
        let (ours, theirs) = Self.fork()
        for shared in 1...5 {
            let frontier = Frontier(rows: [theirs.row(7), ours.row(shared)])
            #expect(Self.sent(ours.entries, to: frontier) == Array(ours.entries.dropFirst(shared)))
        }
        // One that names nothing below: nobody knows what it has, so it is sent all.
        #expect(Self.sent(ours.entries, to: Frontier(rows: [theirs.row(7)])) == ours.entries)
        // Of a fork at the first entry there is nothing below.
        var first = OriginLog("shanghai")
        first.append(website: "other")
        #expect(Self.sent(ours.entries, to: Frontier(rows: [first.row(1)])) == ours.entries)
    }

    @Test func `a peer that may be ahead on our branch is sent nothing of it, and what has seen it`() {
        var (ours, theirs) = Self.fork()
        for _ in 0..<2 { theirs.append(website: "theirs") }
        var b = OriginLog("jiangsu")
        b.append(seeing: [ours.row(8)])
        let frontier = Frontier(rows: [theirs.row(9)])
        #expect(Self.sent(ours.entries + b.entries, to: frontier) == b.entries)
        // Once it says what it has below, it is sent our branch.
        let marked = Frontier(rows: [theirs.row(9), ours.row(5)])
        #expect(Self.sent(ours.entries, to: marked) == Array(ours.entries.dropFirst(5)))
        ours.append()
        ours.append()
        #expect(Self.sent(ours.entries, to: frontier) == ours.entries)
    }

    @Test func `who has seen a part of a held origin's branch that the peer lacks waits with it`() {
        let (ours, theirs) = Self.fork()
        var (b, c) = (OriginLog("jiangsu"), OriginLog("anhui"))
        b.append(seeing: [theirs.row(7)])
        c.append(seeing: [ours.row(8)])
        let history = ours.entries + theirs.entries.dropFirst(5) + b.entries + c.entries
        let sent = Self.sent(history, to: Frontier(rows: [ours.row(8)]), holding: [ours.origin])
        #expect(sent == c.entries)
    }

    @Test func `an entry whose context does not decode depends on nothing`() {
        var (a, b) = (OriginLog("shanghai"), OriginLog("jiangsu"))
        a.append()
        b.append(context: [9])
        #expect(Self.sent([a[1], b[1]], to: .empty, holding: [a.origin]) == [b[1]])
    }
}
