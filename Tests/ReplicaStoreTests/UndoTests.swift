// An undone resolution leaves what was there before it: the same values side by side, each with its provenance.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Undo of a resolution")
struct UndoTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }
    private var zhejiang: TestNode { federation["zhejiang"] }
    private static let record = RecordID(type: "item", key: "31-0001")

    init() throws {
        federation = try TestFederation(["shanghai", "jiangsu", "zhejiang"], catalog: try SmallCatalog.version1())
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n')")
        try federation.settle()
    }

    private func undo(_ id: Digest, at node: TestNode) throws {
        try node.replica.undo(resolution: id, of: Self.record, reason: "误判", author: "李敏", node.signer)
    }

    private func values(_ report: ConflictReport) -> Set<String> {
        Set(report.conflict.sides.map { "\($0.value)" })
    }

    /// Three markets write the note apart.
    private func noteConflict() throws -> ConflictReport {
        try shanghai.client.run("UPDATE item SET note = 's'")
        try jiangsu.client.run("UPDATE item SET note = 'j'")
        try zhejiang.client.run("UPDATE item SET note = 'z'")
        try federation.settle()
        return try shanghai.conflict()
    }

    @Test func `all values of a unit come back, what was shown is shown again`() throws {
        let report = try noteConflict()
        try zhejiang.resolve(report, .value([.text("v")]))
        try federation.settle()
        try undo(report.id, at: jiangsu)
        #expect(try jiangsu.findings(in: federation) == [])
        try federation.settle()
        let again = try shanghai.conflict()
        #expect(values(again) == values(report))
        #expect(again.follows == report.id)
        for node in federation.nodes { #expect(try node.client.value("SELECT note FROM item") == "s") }
        // Each names the entry that it restores.
        let undone = Set(again.notes.values.compactMap(\.undoneEntry))
        #expect(undone == Set(report.conflict.sides.map(\.stamp.id)))
        #expect(again.notes.values.allSatisfy { $0.choice == .undo && $0.author == "李敏" })
        try federation.expectAgreement()
        // And it is one group.
        let origin = try jiangsu.replica.ownOrigin()
        let flags = try (2...4).map {
            try jiangsu.replica.entry(at: Dot(origin: origin, sequence: $0))?.entry.header.groupContinues
        }
        #expect(flags == [true, true, false])
    }

    @Test func `equal values come back once`() throws {
        try shanghai.client.run("UPDATE item SET note = 's'")
        try jiangsu.client.run("UPDATE item SET note = 's'")
        try zhejiang.client.run("UPDATE item SET note = 'z'")
        try federation.settle()
        let report = try shanghai.conflict()
        try shanghai.resolve(report, .value([.null]))
        try federation.settle()
        try undo(report.id, at: shanghai)
        try federation.settle()
        #expect(try jiangsu.conflict().conflict.sides.count == 2)
        try federation.expectAgreement()
    }

    @Test func `two equal resolutions are undone together`() throws {
        let report = try noteConflict()
        try shanghai.resolve(report, .value([.text("v")]))
        try zhejiang.resolve(report, .value([.text("v")]))
        try federation.settle()
        try undo(report.id, at: jiangsu)
        try federation.settle()
        let again = try zhejiang.conflict()
        #expect(values(again) == values(report))
        try federation.expectAgreement()
    }

    @Test func `an undo is refused if the unit was written since, if it is open, and if it is unknown`() throws {
        let report = try noteConflict()
        #expect(throws: ResolveRefusal.notResolved) { try undo(report.id, at: shanghai) }
        #expect(throws: ResolveRefusal.notResolved) { try undo(.zero, at: shanghai) }
        try shanghai.resolve(report, .value([.text("v")]))
        try federation.settle()
        try zhejiang.client.run("UPDATE item SET note = 'later'")
        #expect(throws: ResolveRefusal.writtenSince) { try undo(report.id, at: zhejiang) }
        #expect(try zhejiang.client.value("SELECT note FROM item") == "later")
        // The other's write has not arrived here: the undo stands beside it.
        try undo(report.id, at: jiangsu)
        try federation.settle()
        #expect(try shanghai.conflict().conflict.sides.count == 4)
        try federation.expectAgreement()
    }

    /// Anyone may sign a note that names a conflict; there must have been one.
    @Test func `a resolution of a conflict that its author never had is nothing to undo`() throws {
        let origin = try shanghai.replica.ownOrigin()
        let create = try #require(try shanghai.replica.entry(at: Dot(origin: origin, sequence: 1)))
        let never = Digest(words: (1, 2, 3, 4))
        let claim = try jiangsu.forge(
            incarnation: ID16(Array(repeating: 5, count: 16))!,
            context: Context(
                catalogHash: .zero,
                frontier: Frontier(rows: [Row(origin: origin, sequence: 1, idPrefix: create.id.prefix)])),
            notes: [Note(author: "x", reason: "r", conflictID: never, choice: .take)],
            changes: [
                Change(
                    kind: .update, record: Self.record, note: 1, units: [UnitValues(unit: 32, values: [.text("c")])])
            ])
        for node in federation.nodes { _ = try node.replica.apply([claim], from: nil, node.signer) }
        #expect(try shanghai.client.value("SELECT note FROM item") == "c")
        #expect(throws: ResolveRefusal.notResolved) { try undo(never, at: shanghai) }
        #expect(try shanghai.client.value("SELECT note FROM item") == "c")
        try federation.expectAgreement()
    }

    @Test func `an undo is not undone by a second one, a resolution of what it opened can be`() throws {
        let report = try noteConflict()
        try shanghai.resolve(report, .value([.text("v")]))
        try undo(report.id, at: shanghai)
        #expect(throws: ResolveRefusal.writtenSince) { try undo(report.id, at: shanghai) }
        let second = try shanghai.conflict()
        try shanghai.resolve(second, .value([.text("w")]))
        try undo(second.id, at: shanghai)
        let third = try shanghai.conflict()
        #expect(values(third) == values(report))
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `writes to other units do not stand in the way`() throws {
        let report = try noteConflict()
        try shanghai.resolve(report, .value([.text("v")]))
        try shanghai.client.run("UPDATE item SET amount = 4")
        try undo(report.id, at: shanghai)
        try federation.settle()
        #expect(try jiangsu.client.value("SELECT amount, note FROM item") == "4|s")
        try federation.expectAgreement()
    }

    @Test(arguments: [ResolutionRequest.keep, .delete])
    func `an existence conflict comes back`(_ request: ResolutionRequest) throws {
        try shanghai.client.run("DELETE FROM item")
        try jiangsu.client.run("UPDATE item SET note = 'j'")
        try federation.settle()
        let report = try shanghai.conflict()
        try shanghai.resolve(report, request)
        try federation.settle()
        #expect(throws: ResolveRefusal.refused(.notAllowed(home: shanghai.market))) { try undo(report.id, at: jiangsu) }
        try undo(report.id, at: shanghai)
        try federation.settle()
        let again = try zhejiang.conflict()
        #expect(again.conflict.unit == UnitRule.existence)
        #expect(values(again) == ["absent", "present"])
        #expect(try zhejiang.client.value("SELECT title, note FROM item") == "a|j")
        try federation.expectAgreement()
        // Settled the other way it ends for good.
        try shanghai.resolve(try shanghai.conflict(), .delete)
        try federation.settle()
        #expect(try zhejiang.client.value("SELECT count(*) FROM item") == "0")
        try federation.expectAgreement()
    }

    @Test func `a record that comes back is in the same conflict as before`() throws {
        let report = try noteConflict()
        // A plain delete keeps what it was not shown; only the resolution ends the record.
        try shanghai.client.run("DELETE FROM item")
        try federation.settle()
        let existence = try #require(
            try shanghai.replica.openConflicts().first { $0.conflict.unit == UnitRule.existence })
        try shanghai.resolve(existence, .delete)
        try federation.settle()
        for node in federation.nodes { #expect(try node.replica.openConflicts().isEmpty) }
        try undo(existence.id, at: shanghai)
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.replica.openConflicts().map(\.id).contains(report.id), "\(node.path)")
        }
        try federation.expectAgreement()
    }

    @Test func `deletes and a creation at once come back all`() throws {
        let twin = try federation.addTwin(of: "shanghai")
        try shanghai.client.run("DELETE FROM item")
        try twin.client.run("DELETE FROM item")
        try twin.seal()
        try twin.client.run("INSERT INTO item (item_no, title) VALUES ('31-0001', 'new')")
        try jiangsu.client.run("UPDATE item SET note = 'j'")
        try federation.settle()
        let report = try #require(
            try shanghai.replica.openConflicts().first { $0.conflict.unit == UnitRule.existence })
        let before = try shanghai.tables()
        for request in [ResolutionRequest.delete, .keep] {
            let now = try #require(
                try shanghai.replica.openConflicts().first { $0.conflict.unit == UnitRule.existence })
            try shanghai.resolve(now, request)
            try undo(now.id, at: shanghai)
        }
        try federation.settle()
        let again = try #require(
            try jiangsu.replica.openConflicts().first { $0.conflict.unit == UnitRule.existence })
        #expect(again.conflict.sides.count == report.conflict.sides.count)
        #expect(try jiangsu.tables() == before)
        try federation.expectAgreement()
    }

    @Test func `an existence resolution is not undone over a later write`() throws {
        try shanghai.client.run("DELETE FROM item")
        try jiangsu.client.run("UPDATE item SET note = 'j'")
        try federation.settle()
        let report = try shanghai.conflict()
        try shanghai.resolve(report, .keep)
        try shanghai.client.run("UPDATE item SET first = 'later'")
        #expect(throws: ResolveRefusal.writtenSince) { try undo(report.id, at: shanghai) }
    }

    @Test func `an undo that fails half way leaves nothing, in the file or in memory`() throws {
        struct Refused: Error {}
        let report = try noteConflict()
        try shanghai.resolve(report, .value([.text("v")]))
        let (signer, calls) = (shanghai.signer, NSLockedValue(0))
        let failing = EntrySigner(
            federation: signer.federation, suite: signer.suite, keyIDs: signer.keyIDs, trustRootVersion: 0,
            sign: { header in
                guard
                    calls.withLock({
                        $0 += 1; return $0 < 3
                    })
                else { throw Refused() }
                return try signer.sign(header)
            })
        #expect(throws: Refused.self) {
            try shanghai.replica.undo(resolution: report.id, of: Self.record, reason: "误判", author: nil, failing)
        }
        #expect(try shanghai.replica.openConflicts().isEmpty)
        // The numbers of the entries that never were are given to others.
        for text in ["one", "two", "three"] {
            try shanghai.client.run("UPDATE item SET note = '\(text)'")
            try shanghai.seal()
        }
        let written = try shanghai.replica.history(of: Self.record).suffix(3).map(\.change.units)
        #expect(written == ["one", "two", "three"].map { [UnitValues(unit: 32, values: [.text($0)])] })
        try federation.settle()
        try federation.expectAgreement()
    }

    @Test func `a reason that others could not read is refused before it is signed`() throws {
        let report = try noteConflict()
        let long = Text(String(repeating: "长", count: 683))
        #expect(throws: ResolveRefusal.refused(.valueDoesNotFit)) {
            try shanghai.resolve(report, .value([.null]), reason: long)
        }
        try shanghai.resolve(report, .value([.null]), reason: Text(String(repeating: "a", count: Limits.reasonBytes)))
        #expect(throws: ResolveRefusal.refused(.valueDoesNotFit)) {
            try shanghai.replica.undo(
                resolution: report.id, of: Self.record, reason: long, author: nil, shanghai.signer)
        }
        try federation.settle()
        #expect(try jiangsu.replica.quarantine().isEmpty)
    }
}
