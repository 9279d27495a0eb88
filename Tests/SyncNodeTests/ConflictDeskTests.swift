// The desk from end to end, on real replicas with real keys.

import Foundation
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Conflict desk")
struct ConflictDeskTests {
    let federation: DeskFederation

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        try federation.makeAgency()
    }

    private func quarrel(over column: String = "website") throws -> ConflictReport {
        try federation.sql("shanghai", "UPDATE agency SET \(column) = 'https://shanghai.example'")
        try federation.sql("jiangsu", "UPDATE agency SET \(column) = 'https://jiangsu.example'")
        try federation.settle()
        return try #require(try federation.openConflicts(at: "zhejiang").first)
    }

    private func choice(_ text: String) throws -> ConflictChoice { .take(try ConflictChoice.SideName(text)) }

    private func website(at name: String) throws -> FieldValue? {
        try federation[name].replica.record(RecordID(type: "agency", key: "31-TTA-000001"))?.values["website"]
    }

    @Test func `a third market settles a conflict of two, for everyone`() throws {
        let report = try quarrel()
        let desk = ConflictDesk(federation["zhejiang"])
        let found = try desk.conflict(String(report.id.hex.prefix(8)))
        let resolved = try desk.resolve(found, try choice("jiangsu"), reason: "by telephone", author: "li")
        #expect(resolved.choice == .take)
        #expect(resolved.dot.origin.market == Market("zhejiang"))
        try federation.settle()
        for name in ["shanghai", "jiangsu", "zhejiang"] {
            #expect(try federation.openConflicts(at: name).isEmpty)
            #expect(try website(at: name) == .text("https://jiangsu.example"))
        }
    }

    @Test func `a settled conflict says who settled it`() throws {
        let report = try quarrel()
        let desk = ConflictDesk(federation["zhejiang"])
        _ = try desk.resolve(report, try choice("jiangsu"), reason: "by telephone", author: "li")
        let refusal = #expect(throws: DeskRefusal.self) { try desk.conflict(report.id.hex) }
        guard case .conflictClosed(report.id, let closure) = refusal else {
            Issue.record("not closed but \(String(describing: refusal))")
            return
        }
        #expect(closure.isResolution(of: report.id))
        #expect(closure.note?.author == "li")
        #expect(closure.dot.origin.market == Market("zhejiang"))
    }

    @Test func `an edit between looking and resolving refuses the resolution and names the new conflict`() throws {
        let report = try quarrel()
        try federation.sql("zhejiang", "UPDATE agency SET website = 'https://zhejiang.example'")
        let desk = ConflictDesk(federation["zhejiang"])
        let refusal = #expect(throws: DeskRefusal.self) {
            try desk.resolve(report, try choice("jiangsu"), reason: "late", author: nil)
        }
        let now = try federation.openConflicts(at: "zhejiang").map(\.id)
        #expect(refusal == .siblingsChanged(report.conflict.record, now: now))
        #expect(now.count == 1 && now != [report.id])
    }

    @Test func `the existence of a record is its home's to decide`() throws {
        try federation.sql("shanghai", "DELETE FROM agency")
        try federation.sql("jiangsu", "UPDATE agency SET website = 'https://jiangsu.example'")
        try federation.settle()
        let report = try #require(try federation.openConflicts(at: "jiangsu").first)
        #expect(report.conflict.unit == UnitRule.existence)
        #expect(throws: DeskRefusal.notAllowed(report.conflict.record, unit: "*existence*", home: Market("shanghai"))) {
            try ConflictDesk(federation["jiangsu"]).resolve(report, .keep, reason: "still there", author: nil)
        }
        _ = try ConflictDesk(federation["shanghai"]).resolve(report, .keep, reason: "still there", author: nil)
        try federation.settle()
        #expect(try federation.openConflicts(at: "jiangsu").isEmpty)
        #expect(try website(at: "jiangsu") == .text("https://jiangsu.example"))
    }

    @Test func `a value of one's own keeps what local writes keep`() throws {
        try federation.sql("shanghai", "UPDATE agency SET services = '[\"dev\"]'")
        try federation.sql("jiangsu", "UPDATE agency SET services = '[\"consult\"]'")
        try federation.settle()
        let report = try #require(try federation.openConflicts(at: "zhejiang").first)
        let desk = ConflictDesk(federation["zhejiang"])
        let refusal = #expect(throws: DeskRefusal.self) {
            try desk.resolve(
                report, try .value(#"services={"services":["dev","nonsense"]}"#), reason: "no", author: nil)
        }
        guard case .valueRefused(let fault, _) = refusal else {
            Issue.record("not refused but \(String(describing: refusal))")
            return
        }
        #expect(fault.code == "unknown_code")
        #expect(fault.column == "services")
        _ = try desk.resolve(
            report, try .value(#"services={"services":["dev","consult"]}"#), reason: "both", author: nil)
        try federation.settle()
        let record = try federation["shanghai"].replica.record(report.conflict.record)
        #expect(record?.values["services"] == .set(["consult", "dev"]))
    }

    @Test func `a market with several values is asked which`() throws {
        _ = try quarrel()
        // Jiangsu writes over the shown value, which is Shanghai's; its own earlier one stays.
        try federation.sql("jiangsu", "UPDATE agency SET website = 'https://third.example'")
        try federation.settle()
        let report = try #require(try federation.openConflicts(at: "zhejiang").first)
        let dots = report.conflict.sides.compactMap { report.dots[$0.stamp.id] }.sorted()
        let desk = ConflictDesk(federation["zhejiang"])
        #expect(throws: DeskRefusal.severalSides("jiangsu", dots)) {
            try desk.check(try choice("jiangsu"), for: report)
        }
        #expect(throws: DeskRefusal.noSuchSide("shanghai", sides: dots)) {
            try desk.check(try choice("shanghai"), for: report)
        }
        let first = try #require(report.conflict.sides.first { report.dots[$0.stamp.id] == dots[0] })
        #expect(try desk.check(try choice(DotPrefix.short(dots[0])), for: report) == .take(first.stamp.id))
    }

    @Test func `an undone resolution puts the sides side by side again, until someone has written since`() throws {
        let report = try quarrel()
        let desk = ConflictDesk(federation["zhejiang"])
        let prefix = String(report.id.hex.prefix(12))
        #expect(throws: DeskRefusal.notResolved(report.id, report.conflict.record)) {
            try desk.undo(prefix, reason: "early", author: nil)
        }
        _ = try desk.resolve(report, try choice("jiangsu"), reason: "by telephone", author: "li")
        let undone = try desk.undo(prefix, reason: "the wrong one", author: "li")
        let again = try #require(undone.reopened.first)
        #expect(Set(again.conflict.sides.map(\.value)) == Set(report.conflict.sides.map(\.value)))
        try federation.settle()
        #expect(try federation.openConflicts(at: "shanghai").map(\.id) == [again.id])
        _ = try desk.resolve(
            again, try choice(DotPrefix.short(again.dots[again.conflict.shown.id]!)), reason: "after all", author: "li")
        try federation.sql("zhejiang", "UPDATE agency SET website = 'https://new.example'")
        #expect(throws: DeskRefusal.writtenSince(again.id, report.conflict.record)) {
            try desk.undo(again.id.hex, reason: "too late", author: nil)
        }
    }

    @Test func `an id needs eight digits and must be known`() throws {
        let desk = ConflictDesk(federation["shanghai"])
        #expect(throws: DeskRefusal.badConflictID("1234567")) { try desk.conflict("1234567") }
        #expect(throws: DeskRefusal.badConflictID("1234567g")) { try desk.conflict("1234567g") }
        #expect(throws: DeskRefusal.noSuchConflict("12345678")) { try desk.conflict("12345678") }
    }

    @Test func `conditions choose among conflicts`() throws {
        let report = try quarrel()
        let node = federation["zhejiang"]
        let now = report.conflict.openedMilliseconds + 1_000
        func found(_ texts: String...) throws -> Int {
            try ConflictDesk(node).open(try ConflictConditions(texts, node.catalog), nowMilliseconds: now).count
        }
        #expect(try found() == 1)
        #expect(try found("type=agency", "key=31-TTA-000001", "unit=website", "market=jiangsu", "older=1s") == 1)
        #expect(try found("type=contract") == 0)
        #expect(try found("type=contract", "type=agency") == 1)
        #expect(try found("market=zhejiang") == 0)
        #expect(try found("older=2s") == 0)
        #expect(throws: DeskRefusal.unknownType("x", known: ["contract", "agency"])) { try found("type=x") }
        #expect(throws: DeskRefusal.badCondition("1=1 --", known: ConflictConditions.fieldNames)) {
            try found("1=1 --")
        }
        for text in ["older=7", "older=d", "older=-1d", "market=!", "unit=nonsense"] {
            #expect(throws: DeskRefusal.self) { try found(text) }
        }
    }

    // MARK: Beside a daemon

    /// Acts at Zhejiang's desk while its fence is held up, as by a slow disk; once that has `happened`, a daemon of the same
    /// node seals something else. Returns what the desk says to have written.
    private func besideADaemon(
        _ act: @escaping @Sendable (ConflictDesk) throws -> Dot, _ happened: () throws -> Bool
    ) async throws -> Dot {
        let directory = federation["zhejiang"].directory
        let (said, saying) = AsyncStream.makeStream(of: Result<Dot, any Error>.self)
        try FileLock.withExclusive(directory.fence + ".lock") {
            Thread.detachNewThread {
                saying.yield(Result { try act(ConflictDesk(try LocalNode(directory: directory))) })
            }
            let deadline = ContinuousClock.now + .seconds(60)
            while try !happened(), ContinuousClock.now < deadline { usleep(10_000) }
            try federation.sql("zhejiang", "UPDATE agency SET remark = remark || 'later'")
            _ = try federation["zhejiang"].replica.seal(federation["zhejiang"].signer)
        }
        var words = said.makeAsyncIterator()
        return try #require(await words.next()).get()
    }

    @Test func `the change set that is named carries it, whatever a daemon seals beside it`() async throws {
        try federation.sql("zhejiang", "UPDATE agency SET remark = ''")
        let report = try quarrel()
        let node = federation["zhejiang"]
        func choice(of dot: Dot) throws -> [ResolutionChoice?] {
            try ChangeSet(decoding: try #require(try node.replica.entry(at: dot)).entry).notes.map(\.choice)
        }
        let jiangsu = try self.choice("jiangsu")
        let resolution = try await besideADaemon(
            { try $0.resolve(report, jiangsu, reason: "r", author: nil).dot },
            { try node.replica.openConflicts().isEmpty })
        #expect(try choice(of: resolution) == [.take])
        let undo = try await besideADaemon(
            { try $0.undo(report.id.hex, reason: "r", author: nil).dot },
            { try !node.replica.openConflicts().isEmpty })
        #expect(try choice(of: undo) == [.undo])
    }
}
