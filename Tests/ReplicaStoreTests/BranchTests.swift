// Branches of a forked origin in the real store: where they may leave, what they see, how they are sent and called.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@testable import PeerTrust

@Suite("Branches")
struct BranchTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }
    private var zhejiang: TestNode { federation["zhejiang"] }
    private static let incarnation = ID16(Array(repeating: 7, count: 16))!

    init() throws {
        federation = try TestFederation(["shanghai", "jiangsu", "zhejiang"], catalog: try SmallCatalog.version1())
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title) VALUES ('31-0001', 'a')")
        try federation.settle()
    }

    private func context(_ rows: [Row] = []) throws -> Context {
        Context(
            catalogHash: shanghai.replica.catalog.hash,
            frontier: Frontier(
                rows: try rows + shanghai.replica.frontier().rows.filter { $0.origin.market == shanghai.market }))
    }

    /// Jiangsu's entry in an incarnation that only this test writes, after `previous`.
    private func entry(
        _ note: String, after previous: VerifiedEntry? = nil, seeing rows: [Row] = [], continues: Bool = false,
        by node: TestNode? = nil, incarnation: ID16 = incarnation, writing written: UnitValues? = nil
    ) throws -> VerifiedEntry {
        try (node ?? jiangsu).forge(
            incarnation: incarnation, sequence: (previous?.header.sequence ?? 0) + 1, previous: previous?.id ?? .zero,
            context: try context(rows),
            changes: [
                Change(
                    kind: .update, record: RecordID(type: "item", key: "31-0001"),
                    units: [written ?? UnitValues(unit: 32, values: [.text(Text(note))])])
            ], groupContinues: continues)
    }

    @discardableResult
    private func apply(_ entries: VerifiedEntry..., to nodes: [TestNode]? = nil) throws -> [String] {
        var codes: [String] = []
        for node in nodes ?? federation.nodes {
            codes = try node.apply(entries, from: zhejiang.market).refused.map(\.code)
        }
        return codes
    }

    private func heads(at node: TestNode) throws -> Set<Row> {
        Set(try node.replica.frontier().rows.filter { $0.origin.incarnation == Self.incarnation })
    }

    private func expectAsModel(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try federation.settle()
        try federation.expectAgreement()
        let model = try SlowModel(of: shanghai.replica)
        #expect(try shanghai.digest() == model.digest, sourceLocation: sourceLocation)
        #expect(
            try shanghai.replica.openConflicts().map(\.id).sorted() == model.conflicts, sourceLocation: sourceLocation)
    }

    @Test func `a fork at the first entry, in the middle, of a fork, and inside a group: every branch stands`() throws {
        let one = try entry("1")
        let other = try entry("other")
        let two = try entry("2", after: one)
        let branch = try entry("branch", after: one)
        let deeper = try entry("deeper", after: branch)
        let fork = try entry("fork of a fork", after: branch)
        let open = try entry("open", after: two, continues: true)
        let end = try entry("end", after: open)
        let otherEnd = try entry("other end", after: open)
        #expect(try apply(one, two, other, branch, deeper, fork, open, end, otherEnd) == [])
        #expect(try heads(at: jiangsu) == Set([other, deeper, fork, end, otherEnd].map(\.row)))
        let sides = Set(try shanghai.conflict().conflict.sides.map(\.stamp.id))
        #expect(sides == Set([other, deeper, fork, end, otherEnd].map(\.id)))
        try expectAsModel()
        // In other orders, and in other batches, the same.
        let late = try federation.copy(of: shanghai)
        for batch in [[other], [one, branch, fork], [two, open, otherEnd], [deeper], [open, end]] {
            _ = try late.apply(batch, from: nil)
        }
        #expect(try late.replica.position().digest == shanghai.replica.position().digest)
        #expect(try late.replica.frontier() == shanghai.replica.frontier())
    }

    @Test func `whoever has seen one branch replaces what that one wrote, and leaves the other`() throws {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        try apply(one, left, right)
        let witness = try entry("witness", seeing: [left.row], by: zhejiang)
        #expect(try apply(witness) == [])
        #expect(Set(try shanghai.conflict().conflict.sides.map(\.stamp.id)) == [right.id, witness.id])
        // An honest writer's context covers all of them; its plain write keeps what was not shown.
        try shanghai.client.run("UPDATE item SET note = 'seen'")
        try shanghai.seal()
        let kept = try shanghai.conflict().conflict.sides.count
        #expect(kept == 2)
        try shanghai.resolve(try shanghai.conflict(), .value([.text("settled")]))
        try expectAsModel()
        #expect(try zhejiang.replica.openConflicts().isEmpty)
    }

    @Test func `whoever has seen the head of a branch has seen what stands in the trunk before it`() throws {
        let one = try entry("of the trunk")
        // Whichever comes first goes on in the trunk's lane, so both are tried.
        let (left, right) = (
            try entry("", after: one, writing: UnitValues(unit: 33, values: [.integer(1)])),
            try entry("", after: one, writing: UnitValues(unit: 33, values: [.integer(2)]))
        )
        #expect(try apply(one, left, right) == [])
        for (number, branch) in [left, right].enumerated() {
            let witness = try entry(
                "witness", seeing: [branch.row], by: zhejiang,
                incarnation: ID16(Array(repeating: UInt8(number), count: 16))!)
            let copy = try federation.copy(of: shanghai)
            #expect(try copy.apply([witness], from: nil).refused.isEmpty)
            #expect(try copy.replica.openConflicts().isEmpty, "the note has one value, the witness's")
            #expect(try copy.client.value("SELECT note FROM item") == "witness")
        }
    }

    @Test func `a context that leaves one branch for another has fallen, whatever its numbers say`() throws {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        let further = try entry("further", after: right)
        try apply(one, left, right, further)
        let witness = try entry("witness", seeing: [left.row], by: zhejiang)
        let both = try entry("both", after: witness, seeing: [left.row, further.row], by: zhejiang)
        let other = try entry("other", after: witness, seeing: [further.row], by: zhejiang)
        #expect(try apply(witness) == [])
        #expect(try apply(both) == [])
        #expect(try apply(other) == ["context_fell"])
        try federation.expectAgreement()
    }

    @Test func `a context and a receipt name branches by ids, and another branch's number covers nothing`() throws {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        try apply(one, left)
        let witness = try entry("witness", seeing: [right.row], by: zhejiang)
        #expect(try apply(witness) == ["context_missing"])
        #expect(try shanghai.replica.summary().waiting.count == 1)
        #expect(try apply(right) == [])
        #expect(try apply(witness) == [])
        #expect(try shanghai.replica.summary().waiting.isEmpty)
        let (full, half) = (try shanghai.replica.frontier(), try jiangsu.replica.frontier())
        let without = Frontier(rows: full.rows.filter { $0 != right.row })
        #expect(try shanghai.replica.rowsFallen(from: half, to: without) == [right.row])
        #expect(try shanghai.replica.rowsFallen(from: without, to: full) == [])
    }

    @Test func `a newer catalog folds branches again as they stood`() throws {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        let open = try entry("open", after: left, continues: true)
        let end = try entry("end", after: open)
        let other = try entry("other end", after: open)
        try apply(one, left, right, open, end, other)
        try federation.settle()
        let before = try shanghai.replica.frontier()
        for node in federation.nodes { try node.replica.upgrade(to: try UpgradeTests.version2(), node.signer) }
        #expect(try shanghai.replica.frontier() == before)
        try shanghai.reopen()
        try expectAsModel()
    }

    @Test func `two that hold long branches send each other little of their common trunk`() throws {
        var trunk = [try entry("0")]
        for number in 1..<200 { trunk.append(try entry("\(number)", after: trunk.last)) }
        var (left, right) = (trunk, trunk)
        for number in 0..<3 { left.append(try entry("left \(number)", after: left.last)) }
        for number in 0..<5 { right.append(try entry("right \(number)", after: right.last)) }
        _ = try jiangsu.apply(left, from: nil)
        _ = try zhejiang.apply(right, from: nil)
        for (receiver, sender, branch) in [(jiangsu, zhejiang, 5), (zhejiang, jiangsu, 3)] {
            let frontier = try receiver.replica.frontier(comparedWith: sender.replica.frontier())
            var cursor = try sender.replica.sendCursor(for: PullRequest(frontier: frontier, held: []))
            let batch = try sender.replica.nextBatch(&cursor)
            #expect(cursor.isFinished)
            // Not more than four times what the receiver's branch is long, and the branch.
            #expect((branch...branch + 4 * 5).contains(batch.entries.count), "\(batch.entries.count)")
            #expect(try receiver.apply(batch.entries.map(TestFederation.verified), from: nil).applied == branch)
        }
        #expect(try heads(at: jiangsu) == [left.last!.row, right.last!.row])
        #expect(try heads(at: zhejiang) == heads(at: jiangsu))
        // Level ones name nothing but their heads.
        let frontier = try jiangsu.replica.frontier()
        #expect(try jiangsu.replica.frontier(comparedWith: zhejiang.replica.frontier()) == frontier)
    }

    @Test func `a branch over the limit waits, is named by another market in another batch, and comes in`() throws {
        let one = try entry("1")
        let branches = try (0...Limits.branchesOfMarket).map { try entry("branch \($0)", after: one) }
        let over = branches.last!
        _ = try shanghai.apply([one] + branches.dropLast(), from: nil)
        #expect(try apply(over, to: [shanghai]) == ["too_many_branches"])
        #expect(try shanghai.replica.summary().waiting.map(\.origin) == [one.header.origin])
        // Somebody else has taken it.
        let witness = try entry("witness", seeing: [over.row], by: zhejiang)
        #expect(try apply(witness, to: [shanghai]) == ["context_missing"])
        #expect(try apply(over, witness, to: [shanghai]) == [])
        #expect(try heads(at: shanghai).count == Limits.branchesOfMarket + 1 + 1)
        #expect(try shanghai.replica.summary().waiting.isEmpty)
        #expect(try shanghai.client.value("SELECT count(*) FROM yrd_named_branch") == "0")
    }

    @Test func `branches are called by their first entries, on every node alike, and their trunk has no such name`()
        throws
    {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        let further = try entry("further", after: left)
        let fork = try entry("fork of a fork", after: left)
        try apply(one, left, right, further, fork, to: [shanghai])
        try apply(one, right, left, fork, further, to: [jiangsu])
        func digits(_ entry: VerifiedEntry) -> String { String(entry.id.hex.prefix(8)) }
        for node in [shanghai, jiangsu] {
            let names = try node.replica.originNames()
            #expect(names.name(one.row).branch == nil)
            #expect(names.name(right.row).branch == digits(right))
            #expect(names.name(left.row).branch == digits(left))
            #expect(names.name(further.row).branch == digits(further))
            #expect(names.name(fork.row).branch == digits(fork))
            #expect(names.name(ofNumber: 2, onTheWayTo: fork.row) == names.name(left.row))
            #expect(names.name(ofNumber: 1, onTheWayTo: fork.row).branch == nil)
            #expect(names.name(right.row).description == "\(one.header.origin)~\(digits(right)):2")
            let items = try node.replica.logItems(matching: "\(one.header.origin):2")
            #expect(Set(items.map(\.stored.id)) == [left.id, right.id])
            let text = "\(one.header.origin)~\(digits(right).prefix(4)):2"
            #expect(try node.replica.logItems(matching: text).map(\.stored.id) == [right.id])
        }
    }

    @Test func `verify says of each forked origin that it forked, and of a lane that was cut that it was`() throws {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        try apply(one, left, right)
        #expect(try shanghai.findings(in: federation).map(\.code) == ["fork"])
        try shanghai.client.run("DELETE FROM yrd_entry WHERE number = (SELECT max(number) FROM yrd_entry)")
        let codes = try shanghai.findings(isDeep: false, in: federation).map(\.code)
        #expect(codes.contains("log_truncated"))
    }

    @Test func `a fork is settled as it stands, and one branch more is an alarm again`() throws {
        let one = try entry("1")
        let (left, right) = (try entry("left", after: one), try entry("right", after: one))
        try apply(one, left)
        let origin = one.header.origin
        #expect(try shanghai.replica.settleFork(of: origin, reason: "too early", author: nil) == nil)
        try apply(right)
        #expect(try shanghai.replica.forks().map(\.isSettled) == [false])
        #expect(try shanghai.replica.settleFork(of: origin, reason: "a snapshot", author: "李敏") == 2)
        #expect(try shanghai.replica.forks().map(\.isSettled) == [true])
        #expect(try shanghai.findings(in: federation) == [])
        #expect(try jiangsu.findings(in: federation).map(\.code) == ["fork"])
        // What goes on in a branch is no other one.
        try apply(try entry("further", after: left))
        #expect(try shanghai.replica.forks().map(\.isSettled) == [true])
        try apply(try entry("third", after: one))
        #expect(try shanghai.replica.forks().map(\.isSettled) == [false])
        #expect(try shanghai.findings(in: federation).map(\.code) == ["fork"])
        #expect(try shanghai.replica.settleFork(of: origin, reason: "again", author: nil) == 3)
        #expect(try shanghai.findings(in: federation) == [])
        try federation.expectAgreement()
    }
}
