// What a peer is sent: all that it lacks and can apply, in our order of application.

import Testing

@testable import SyncCore

@Suite("Send plan")
struct SendPlanTests {
    /// Walks the plan as a sender does.
    private static func sent(
        _ history: [VerifiedEntry], to frontier: Frontier, holding held: Set<Origin> = []
    ) -> (sent: [VerifiedEntry], divergent: [Row]) {
        let mine = AppliedLog(history)
        let request = PullRequest(frontier: frontier, held: held)
        var plan = SendPlan(mine: mine.frontier, request: request, entryID: mine.knowledge.entryID)
        var sent: [VerifiedEntry] = []
        let order = Dictionary(uniqueKeysWithValues: history.enumerated().map { ($1.header.dot, $0) })
        while let next = plan.candidates.min(by: { order[$0]! < order[$1]! }) {
            let entry = history[order[next]!]
            let remaining = plan.remaining
            if plan.take(next, context: try? Context(decoding: entry.entry.context)) { sent.append(entry) }
            #expect(plan.remaining < remaining)
        }
        #expect(plan.isEmpty && plan.remaining == 0)
        return (sent, plan.divergent)
    }

    @Test(arguments: Seeds.run(300))
    func `what is sent is what the peer lacks, less what it holds back and what needs that`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let history = RandomLogs.history(&chance)
        let origins = Set(history.map(\.header.origin)).sorted()
        // The peer has applied part of the same history, in an order of its own; whole groups only.
        var theirs = AppliedLog()
        let stop = Dictionary(uniqueKeysWithValues: origins.map { ($0, UInt64(chance.below(history.count))) })
        var group: [VerifiedEntry] = []
        for entry in history {
            group.append(entry)
            guard !entry.header.groupContinues else { continue }
            let fits = group.last!.header.sequence <= stop[entry.header.origin]!
            let admitted = Admission(of: group, knowledge: theirs.knowledge).admitted
            if fits { for entry in admitted { theirs.apply(entry) } }
            group = []
        }
        let held = Set(origins.filter { _ in chance.oneIn(4) })
        let (sent, divergent) = Self.sent(history, to: theirs.frontier, holding: held)
        #expect(divergent.isEmpty)
        let expected = RandomLogs.slowlySent(history, to: theirs.frontier, holding: held)
        #expect(sent.map(\.header.dot) == expected.map(\.header.dot))
        // And the peer can apply every one of them, at once.
        #expect(Admission(of: sent, knowledge: theirs.knowledge).admitted == sent)
    }

    @Test func `a peer that has nothing is sent everything, one that has everything nothing`() {
        var chance = SeededGenerator(seed: 1)
        let history = RandomLogs.history(&chance)
        #expect(Self.sent(history, to: .empty).sent == history)
        #expect(Self.sent(history, to: AppliedLog(history).frontier).sent.isEmpty)
    }

    @Test func `origins that only the peer knows, and rows above ours, are nothing to send`() {
        var a = OriginLog("shanghai")
        a.append()
        let ahead = Row(origin: a.origin, sequence: Limits.counterMax, idPrefix: .zero)
        let stranger = Row(origin: OriginLog("anhui").origin, sequence: 3, idPrefix: .zero)
        let (sent, divergent) = Self.sent(a.entries, to: Frontier(rows: [ahead, stranger]))
        #expect(sent.isEmpty && divergent.isEmpty)
    }

    @Test func `a held origin is left out, and what has seen the part that the peer lacks`() {
        var (a, b, c) = (OriginLog("shanghai"), OriginLog("jiangsu"), OriginLog("anhui"))
        a.append()
        b.append(seeing: [a.row(1)])
        a.append()
        c.append(seeing: [a.row(2)])
        let history = [a[1], b[1], a[2], c[1]]
        #expect(Self.sent(history, to: .empty, holding: [a.origin]).sent.isEmpty)
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
        #expect(Self.sent(history, to: peer, holding: [a.origin]).sent.map(\.header.dot) == [b[1].header.dot])
    }

    @Test func `a group is left out whole`() {
        var (a, b) = (OriginLog("shanghai"), OriginLog("jiangsu"))
        a.append()
        b.append(seeing: [a.row(1)], continues: true)
        b.append(seeing: [a.row(1)])
        b.append()
        #expect(Self.sent([a[1]] + b.entries, to: .empty, holding: [a.origin]).sent.isEmpty)
    }

    @Test func `a row that names an entry we do not have there is divergent, and its origin is not sent`() {
        var a = OriginLog("shanghai")
        a.append()
        var other = a.branch(after: 1)
        a.append()
        a.append()
        other.append(website: "other")
        let (sent, divergent) = Self.sent(a.entries, to: Frontier(rows: [other.row(2)]))
        #expect(divergent == [other.row(2)])
        #expect(sent.isEmpty)
    }

    /// Where two branches part is not known from one row; but what has seen only entries below the peer's own row may
    /// stand on the common trunk, and a peer that cannot apply it lets it wait.
    @Test func `who has seen only what lies below a divergent row is sent all the same`() {
        var (a, b) = (OriginLog("shanghai"), OriginLog("jiangsu"))
        a.append()
        b.append(seeing: [a.row(1)])
        var other = a.branch(after: 1)
        a.append()
        other.append(website: "other")
        b.append(seeing: [a.row(2)])
        let history = [a[1], b[1], a[2], b[2]]
        let sent = Self.sent(history, to: Frontier(rows: [other.row(2)])).sent
        #expect(sent.map(\.header.dot) == [b[1].header.dot])
    }

    @Test func `an entry whose context does not decode depends on nothing`() {
        var (a, b) = (OriginLog("shanghai"), OriginLog("jiangsu"))
        a.append()
        b.append(context: [9])
        #expect(Self.sent([a[1], b[1]], to: .empty, holding: [a.origin]).sent == [b[1]])
    }
}
