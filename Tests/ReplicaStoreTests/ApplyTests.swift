// Every entry has an outcome, and none stops the others.

import ForeignSQL
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@Suite("Applying")
struct ApplyTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }
    private static let record = RecordID(type: "item", key: "31-0001")
    private static let incarnation = ID16(Array(repeating: 5, count: 16))!

    init() throws {
        federation = try TestFederation(["shanghai", "jiangsu", "zhejiang"], catalog: try SmallCatalog.version1())
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n')")
        try federation.settle()
    }

    private func context(_ frontier: Frontier? = nil) throws -> Context {
        Context(catalogHash: federation.catalog.hash, frontier: try frontier ?? shanghai.replica.frontier())
    }

    private func noting(_ text: Text, keeps: [Keep] = []) -> Change {
        Change(
            kind: .update, record: Self.record, units: [UnitValues(unit: 32, values: [.text(text)])], keeps: keeps)
    }

    /// Applied at every node; each must give the same answer.
    private func applyEverywhere(_ entries: [VerifiedEntry]) throws -> [String] {
        let answers = try federation.nodes.map { node in
            try node.replica.apply(entries, from: jiangsu.market, node.signer).refused.map(\.code)
        }
        #expect(Set(answers).count == 1)
        return answers[0]
    }

    // MARK: Faulty

    @Test func `a poison entry is kept and listed, its chain goes on, and so does everyone else`() throws {
        let poison = try jiangsu.forge(
            incarnation: Self.incarnation, context: try context(), rawChanges: [[2, 255, 255, 1]])
        let next = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: poison.id, context: try context(),
            changes: [noting("after")])
        let codes = try applyEverywhere([poison])
        #expect(codes.count == 1 && codes[0].hasPrefix("undecodable_"))
        #expect(try shanghai.replica.quarantine().map { "\($0.class) \($0.code)" } == ["faulty \(codes[0])"])
        #expect(try applyEverywhere([next]) == [])
        #expect(try jiangsu.client.value("SELECT note FROM item") == "after")
        try shanghai.client.run("UPDATE item SET title = 'b'")
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT title FROM item") == "b")
        try federation.expectAgreement()
        // It is relayed like any other.
        let late = try TestNode(
            "anhui", folder: federation.folder, clock: federation.clock, catalog: federation.catalog)
        try federation.pull(late, from: federation["zhejiang"])
        #expect(try late.replica.position().digest == shanghai.replica.position().digest)
        #expect(try late.replica.quarantine().map(\.id) == [poison.id])
    }

    @Test func `contexts that fall, split a group, or differ in one are faults, and bound nothing`() throws {
        let full = try context()
        let one = try jiangsu.forge(
            incarnation: Self.incarnation, context: full, changes: [noting("1")])
        let fell = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: one.id, context: try context(.empty),
            changes: [noting("2")])
        let again = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 3, previous: fell.id, context: full, changes: [noting("3")],
            groupContinues: true)
        let differs = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 4, previous: again.id, context: try context(.empty),
            changes: [noting("4")])
        #expect(try applyEverywhere([one, fell]) == ["context_fell"])
        #expect(try applyEverywhere([again, differs]) == ["group_context_differs"])
        let inside = Frontier(
            rows: try shanghai.replica.frontier().rows.filter { $0.origin.incarnation != Self.incarnation } + [
                Row(origin: one.header.origin, sequence: 3, idPrefix: again.id.prefix)
            ])
        let splits = try jiangsu.forge(
            incarnation: ID16(Array(repeating: 6, count: 16))!, context: try context(inside), changes: [noting("5")])
        #expect(try applyEverywhere([splits]) == ["context_splits_group"])
        #expect(try jiangsu.client.value("SELECT note FROM item") == "3")
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `the context of a faulty entry is no bound for the next one`() throws {
        let one = try jiangsu.forge(
            incarnation: Self.incarnation, context: try context(.empty),
            changes: [
                Change(
                    kind: .create, record: RecordID(type: "item", key: "32-0007"),
                    units: [UnitValues(unit: 1, values: [.text("mine")])])
            ])
        let faulty = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: one.id, context: try context(),
            rawChanges: [[255]])
        let next = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 3, previous: faulty.id, context: try context(.empty),
            changes: [
                Change(
                    kind: .update, record: RecordID(type: "item", key: "32-0007"),
                    units: [UnitValues(unit: 32, values: [.text("goes on")])])
            ])
        #expect(try applyEverywhere([one, faulty, next]).count == 1)
        #expect(try shanghai.client.value("SELECT note FROM item WHERE item_no = '32-0007'") == "goes on")
        try federation.expectAgreement()
    }

    @Test func `a trust root version that falls, a context of its own, and a value that does not fit are faults`()
        throws
    {
        let one = try jiangsu.forge(
            incarnation: Self.incarnation, context: try context(), changes: [noting("1")], trustRootVersion: 2)
        let two = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: one.id, context: try context(),
            changes: [noting("2")], trustRootVersion: 1)
        let own = Frontier(rows: [Row(origin: one.header.origin, sequence: 1, idPrefix: one.id.prefix)])
        let three = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 3, previous: two.id, context: try context(own),
            changes: [noting("3")], trustRootVersion: 2)
        let four = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 4, previous: three.id, context: try context(),
            changes: [
                Change(kind: .update, record: Self.record, units: [UnitValues(unit: 32, values: [.integer(1)])])
            ], trustRootVersion: 2)
        let five = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 5, previous: four.id, context: try context(),
            changes: [noting("5", keeps: [Keep(unit: 32, row: 0, sequence: 5)])], trustRootVersion: 2)
        #expect(
            try applyEverywhere([one, two, three, four, five]) == [
                "trust_root_version_fell", "context_names_own_origin", "value_does_not_fit", "keep_not_seen",
            ])
        #expect(try jiangsu.client.value("SELECT note FROM item") == "1")
        try federation.expectAgreement()
    }

    // MARK: The clock

    /// Also in a later transaction, and after the process has ended: else an edit would be shown as older than what its
    /// author saw.
    @Test func `what is sealed comes after everything that was applied before`() throws {
        let seen = try context()
        let ahead = federation.clock.now + 5 * 60_000
        let entry = try jiangsu.forge(
            incarnation: Self.incarnation, context: seen, changes: [noting("ahead")], time: ahead)
        #expect(try applyEverywhere([entry]) == [])
        try shanghai.reopen()
        try shanghai.client.run("UPDATE item SET note = 'after'")
        try shanghai.seal()
        func time() throws -> Int64 {
            let head = try shanghai.replica.ownHead()
            let stored = try shanghai.replica.entry(at: Dot(origin: head.origin, sequence: head.sequence))
            return try #require(stored).entry.header.timeMilliseconds
        }
        #expect(try time() == ahead + 1)
        // One that is too far ahead is taken, and advances nothing.
        let far = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: entry.id, context: seen,
            changes: [noting("far")], time: federation.clock.now + 60 * 60_000)
        #expect(try applyEverywhere([far]) == [])
        try shanghai.client.run("UPDATE item SET note = 'still'")
        try shanghai.seal()
        #expect(try time() == ahead + 2)
        try federation.settle()
        try federation.expectAgreement()
    }

    // MARK: Forbidden and parked

    @Test func `a forbidden change is without effect, the others of its entry are not`() throws {
        let entry = try jiangsu.forge(
            incarnation: Self.incarnation, context: try context(),
            changes: [
                Change(kind: .delete, record: Self.record, units: []),
                Change(
                    kind: .create, record: RecordID(type: "item", key: "32-0007"),
                    units: [UnitValues(unit: 1, values: [.text("mine")])]),
                Change(
                    kind: .create, record: RecordID(type: "item", key: "99-0007"),
                    units: [UnitValues(unit: 1, values: [.text("nobody's")])]),
            ])
        // Delivered by the one who might have written it, too.
        let copy = try federation.copy(of: jiangsu)
        let refused = try copy.apply([entry], from: shanghai.market).refused
        #expect(refused.map(\.code) == ["not_allowed_to_write", "not_allowed_to_write"])
        #expect(try copy.replica.quarantine().map(\.key) == ["31-0001", "99-0007"])
        #expect(try applyEverywhere([entry]) == ["not_allowed_to_write", "not_allowed_to_write"])
        #expect(try shanghai.client.rows("SELECT item_no FROM item ORDER BY 1") == ["31-0001", "32-0007"])
        #expect(try shanghai.replica.quarantine().map(\.key) == ["31-0001", "99-0007"])
        try federation.expectAgreement()
    }

    /// An entry of nothing but creates goes a short way; the rights are those of each record all the same.
    @Test func `of an entry that only creates, each record is judged by its own home`() throws {
        func create(_ key: Text) -> Change {
            Change(
                kind: .create, record: RecordID(type: "item", key: key),
                units: [UnitValues(unit: 1, values: [.text("new")])])
        }
        let mixed = try jiangsu.forge(
            incarnation: Self.incarnation, context: try context(),
            changes: [create("31-0008"), create("32-0008"), create("33-0008")])
        let foreign = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: mixed.id, context: try context(),
            changes: [create("31-0009")])
        #expect(try applyEverywhere([mixed, foreign]) == Array(repeating: "not_allowed_to_write", count: 3))
        #expect(try shanghai.replica.quarantine().map(\.key) == ["31-0008", "33-0008", "31-0009"])
        #expect(try shanghai.client.rows("SELECT item_no FROM item ORDER BY 1") == ["31-0001", "32-0008"])
        try federation.expectAgreement()
    }

    @Test func `unknown units and types are parked, kept and relayed`() throws {
        let entry = try jiangsu.forge(
            incarnation: Self.incarnation, context: try context(),
            changes: [
                Change(
                    kind: .update, record: Self.record,
                    units: [
                        UnitValues(unit: 32, values: [.text("known")]),
                        UnitValues(unit: 60, values: [.text("later"), .integer(1)]),
                    ]),
                Change(
                    kind: .create, record: RecordID(type: "parcel", key: "x"),
                    units: [UnitValues(unit: 1, values: [.null])]),
            ])
        #expect(try applyEverywhere([entry]) == [])
        #expect(try shanghai.client.value("SELECT note FROM item") == "known")
        #expect(try shanghai.replica.summary().parked == 3)
        #expect(try shanghai.replica.record(RecordID(type: "parcel", key: "x")) == nil)
        #expect(try shanghai.replica.history(of: RecordID(type: "parcel", key: "x")).count == 1)
        try shanghai.client.run("DELETE FROM item")
        try federation.settle()
        try federation.expectAgreement()
    }

    // MARK: Waiting, forks, rollbacks

    @Test func `an entry waits for its predecessor and its context, and is named until they come`() throws {
        let one = try jiangsu.forge(incarnation: Self.incarnation, context: try context(), changes: [noting("1")])
        let two = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 2, previous: one.id, context: try context(),
            changes: [noting("2")])
        let other = ID16(Array(repeating: 6, count: 16))!
        let three = try jiangsu.forge(
            incarnation: other,
            context: try context(
                Frontier(
                    rows: try shanghai.replica.frontier().rows + [
                        Row(origin: two.header.origin, sequence: 2, idPrefix: two.id.prefix)
                    ])),
            changes: [noting("3")])
        #expect(try applyEverywhere([three, two]) == ["context_missing", "predecessor_missing"])
        let waiting = try shanghai.replica.summary().waiting
        #expect(waiting.count == 2)
        #expect(waiting.contains { $0.needs.hasSuffix(":1") && $0.sequence == 2 })
        #expect(try applyEverywhere([one, two, three]) == [])
        #expect(try shanghai.replica.summary().waiting.isEmpty)
        #expect(try applyEverywhere([one, three]) == [])
        try federation.expectAgreement()
    }

    @Test func `the second branch of a fork is applied, and the proof is kept`() throws {
        let one = try jiangsu.forge(incarnation: Self.incarnation, context: try context(), changes: [noting("1")])
        let other = try jiangsu.forge(incarnation: Self.incarnation, context: try context(), changes: [noting("2")])
        #expect(try applyEverywhere([one]) == [])
        #expect(try applyEverywhere([other]) == [])
        #expect(try applyEverywhere([other]) == [])
        #expect(try shanghai.replica.quarantine().map(\.class) == ["fork"])
        // Found once, however often it is sent.
        #expect(try shanghai.replica.findings().map(\.code) == ["fork"])
        let sides = try shanghai.conflict().conflict.sides.map(\.stamp.id)
        #expect(Set(sides) == [one.id, other.id])
        let evidence = try shanghai.client.value("SELECT length(evidence) > 600 FROM yrd_quarantine")
        #expect(evidence == "1")
        try federation.expectAgreement()
    }

    @Test func `a replica that was rolled back notices, changes nothing, and goes on in a new incarnation`() throws {
        let old = try federation.copy(of: shanghai)
        try shanghai.client.run("UPDATE item SET title = 'after the copy'")
        try federation.settle()
        try old.client.run("UPDATE item SET note = 'pending at the copy'")
        let shown = #expect(throws: RolledBack.self) { try federation.pullUnsealed(old, from: jiangsu) }
        #expect(shown?.own == 1 && shown?.shown.sequence == 2)
        #expect(try old.replica.summary().pending == 1)
        let before = try old.replica.ownOrigin()
        try old.replica.beginIncarnation(ID16(Array(repeating: 8, count: 16))!, because: "rolled back")
        #expect(try old.seal().changes == 1)
        #expect(try old.replica.findings().map(\.code) == ["new_incarnation"])
        // Its first change set says which incarnation it follows.
        let first = try #require(try old.replica.entry(at: Dot(origin: try old.replica.ownOrigin(), sequence: 1)))
        let notes = try ChangeSet(decoding: first.entry).notes
        #expect(notes.first?.predecessor?.origin == before && notes.first?.predecessor?.sequence == 1)
        try federation.pull(old, from: jiangsu)
        try federation.pull(jiangsu, from: old)
        try federation.settle()
        #expect(try shanghai.client.value("SELECT title, note FROM item") == "after the copy|pending at the copy")
        #expect(try old.replica.position().digest == shanghai.replica.position().digest)
        try old.client.run("UPDATE item SET note = 'again'")
        try old.seal()
        let second = try #require(try old.replica.entry(at: Dot(origin: try old.replica.ownOrigin(), sequence: 2)))
        #expect(try ChangeSet(decoding: second.entry).notes.isEmpty)
        try federation.expectAgreement()
    }

    // MARK: Sending

    @Test func `what is held back, and what depends on it, is not sent`() throws {
        let zhejiang = federation["zhejiang"]
        try jiangsu.client.run("UPDATE item SET note = 'j'")
        try federation.pull(zhejiang, from: jiangsu)
        try zhejiang.client.run("UPDATE item SET first = 'z'")
        try zhejiang.seal()
        var cursor = try zhejiang.replica.sendCursor(
            for: PullRequest(
                frontier: try shanghai.replica.frontier(), held: [try jiangsu.replica.ownOrigin()]))
        #expect(try zhejiang.replica.nextBatch(&cursor).entries.isEmpty)
        #expect(cursor.isFinished)
    }

    @Test func `batches are whole groups in order, and resume where they stopped`() throws {
        for index in 0..<5 {
            try shanghai.client.run("UPDATE item SET title = 't\(index)'")
            try shanghai.seal()
        }
        var cursor = try shanghai.replica.sendCursor(
            for: PullRequest(frontier: try jiangsu.replica.frontier(), held: []))
        #expect(cursor.remaining == 5)
        var sequences: [UInt64] = []
        while !cursor.isFinished {
            let batch = try shanghai.replica.nextBatch(&cursor, rawBytesMax: 1)
            #expect(batch.entries.count == 1)
            sequences += batch.entries.map(\.header.sequence)
        }
        #expect(sequences == [2, 3, 4, 5, 6])
        #expect(try shanghai.replica.nextBatch(&cursor).entries.isEmpty)
    }

    @Test func `a client that writes while we apply loses nothing`() throws {
        let client = try ForeignClient(shanghai.path)
        try jiangsu.client.run("UPDATE item SET note = 'j'")
        try jiangsu.seal()
        var cursor = try jiangsu.replica.sendCursor(
            for: PullRequest(frontier: try shanghai.replica.frontier(), held: []))
        let batch = try jiangsu.replica.nextBatch(&cursor)
        try client.run("UPDATE item SET note = 's'")
        _ = try shanghai.replica.apply(batch.entries.map(TestFederation.verified), from: nil, shanghai.signer)
        #expect(try shanghai.replica.summary().pending == 0)
        #expect(try shanghai.conflict().conflict.sides.count == 2)
        try federation.settle()
        try federation.expectAgreement()
    }

    /// Also where the batch touches other records: what an entry says that it has seen, its author had before them.
    @Test func `what was written before a batch came is sealed before it, with the context it truly had`() throws {
        try jiangsu.client.run("INSERT INTO item (item_no, title) VALUES ('32-0002', 'j')")
        try jiangsu.seal()
        var cursor = try jiangsu.replica.sendCursor(
            for: PullRequest(frontier: try shanghai.replica.frontier(), held: []))
        let batch = try jiangsu.replica.nextBatch(&cursor)
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no = '31-0001'")
        let before = try shanghai.replica.frontier()
        let report = try shanghai.replica.apply(
            batch.entries.map(TestFederation.verified), from: nil, shanghai.signer)
        #expect(report.applied == 1)
        #expect(try shanghai.replica.summary().pending == 0)
        let head = try shanghai.replica.ownHead()
        let own = try #require(try shanghai.replica.entry(at: Dot(origin: head.origin, sequence: head.sequence)))
        #expect(head.sequence == 2)
        #expect(try ChangeSet(decoding: own.entry).context.frontier == before.without(head.origin))
        try federation.settle()
        try federation.expectAgreement()
    }
}
