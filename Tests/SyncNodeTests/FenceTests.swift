// The fence stands at our head before anyone is told, and a replica that was set back is noticed by it.

import Foundation
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

func expectFenceAtHead(_ node: LocalNode, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let head = try node.replica.ownHead()
    #expect(
        try Fence.read(node.directory.fence)
            == Fence(incarnation: head.origin.incarnation, sequence: head.sequence, id: head.id),
        sourceLocation: sourceLocation)
}

@Suite("The fence")
struct FenceTests: ThreeMarketStory {
    let federation: DeskFederation

    init() throws { federation = try Self.begun() }

    @Test func `the fence stands at our head after a seal, a batch, a resolution and one that was refused`() throws {
        func count() throws -> UInt64 { try shanghai.replica.ownHead().sequence }
        try federation.sql("shanghai", "UPDATE agency SET remark = '1'")
        var before = try count()
        try shanghai.seal()
        #expect(try count() == before + 1)
        try expectFenceAtHead(shanghai)

        try federation.sql("shanghai", "UPDATE agency SET website = 'https://shanghai.example'")
        before = try count()
        _ = try shanghai.apply(try write("jiangsu", "website"), from: jiangsu.market)
        #expect(try count() == before + 1, "what was pending is sealed with the batch")
        try expectFenceAtHead(shanghai)

        let report = try #require(try shanghai.replica.openConflicts().first)
        try federation.sql("shanghai", "UPDATE agency SET remark = '2'")
        before = try count()
        #expect(throws: ResolveRefusal.self) {
            try shanghai.resolve(conflict: .zero, of: Self.agency, .keep, reason: "r", author: nil)
        }
        #expect(try count() == before + 1, "what was pending stays sealed")
        try expectFenceAtHead(shanghai)
        try shanghai.resolve(
            conflict: report.id, of: Self.agency, .take(report.conflict.shown.id), reason: "r", author: nil)
        try expectFenceAtHead(shanghai)
        try shanghai.undo(resolution: report.id, of: Self.agency, reason: "r", author: nil)
        try expectFenceAtHead(shanghai)
    }

    @Test func `before anyone is told of what another process has sealed, the fence stands there`() throws {
        try shanghai.noticeCommits()
        try federation.sql("shanghai", "UPDATE agency SET remark = 'sealed beside'")
        let beside = try LocalNode(directory: shanghai.directory)
        _ = try beside.replica.seal(beside.signer)
        let seen = shanghai.realTime.advances.count(for: jiangsu.market)
        // While the fence cannot rise nobody is told; once it can, everybody is with the next tick, though nothing was
        // committed since.
        let fence = shanghai.directory.fence
        try FileManager.default.moveItem(atPath: fence, toPath: fence + ".away")
        try FileManager.default.createDirectory(atPath: fence, withIntermediateDirectories: false)
        #expect(throws: (any Error).self) { try shanghai.noticeCommits() }
        #expect(shanghai.realTime.advances.count(for: jiangsu.market) == seen)
        try FileManager.default.removeItem(atPath: fence)
        try FileManager.default.moveItem(atPath: fence + ".away", toPath: fence)
        try shanghai.seal()
        #expect(shanghai.realTime.advances.count(for: jiangsu.market) == seen + 1)
        try expectFenceAtHead(shanghai)
    }

    @Test func `a file of a former incarnation that is put back is noticed as that, and the fence does not follow it`()
        throws
    {
        let old = federation.folder + "/old.sqlite"
        try federation.sql("shanghai", "VACUUM INTO '\(old)'")
        let first = try shanghai.replica.ownOrigin()
        try shanghai.recover(because: "a test")
        let second = try shanghai.replica.ownOrigin()
        try shanghai.noticeCommits()
        try federation.sql("shanghai", ".restore '\(old)'")
        try shanghai.noticeCommits()
        let third = try shanghai.replica.ownOrigin()
        #expect(third != first && third != second)
        try expectFenceAtHead(shanghai)
    }

    @Test func `a node that was set back notices before it seals anything, whatever makes it seal`() throws {
        let (origin, news) = (try shanghai.replica.ownOrigin(), try write("jiangsu", "website"))
        for act in [
            { try $0.resolve(conflict: .zero, of: Self.agency, .keep, reason: "r", author: nil) },
            { try $0.undo(resolution: .zero, of: Self.agency, reason: "r", author: nil) },
            { _ = try $0.seal() },
            { _ = try $0.apply(news, from: nil) },
            { try $0.auditCapture() },
            { try $0.upgradeCatalog(from: "no such folder") },
        ] as [(LocalNode) throws -> Void] {
            let now = try shanghai.replica.ownOrigin()
            try Fence(incarnation: now.incarnation, sequence: 99, id: .zero).raise(shanghai.directory.fence)
            try? act(shanghai)
            #expect(try shanghai.replica.ownOrigin() != now)
        }
        #expect(try shanghai.replica.ownOrigin() != origin)
    }

    /// The head is there, and what it names is not: such a replica would number its next change set behind a hole.
    @Test func `a replica whose log lacks the entry that its head names was set back`() throws {
        try federation.sql("shanghai", "UPDATE agency SET remark = 'sealed'")
        try shanghai.seal()
        let head = try shanghai.replica.ownHead()
        #expect(try !shanghai.recoverIfRolledBack())
        try federation.sql("shanghai", "DELETE FROM yrd_entry WHERE number = (SELECT max(number) FROM yrd_entry)")
        #expect(try shanghai.replica.ownHead().id == head.id)
        #expect(try shanghai.recoverIfRolledBack())
        #expect(try shanghai.replica.ownOrigin() != head.origin)
    }

    /// `.restore` beside a running daemon, and a push before its next tick.
    @Test func `what is pending in a replica that was set back is not sealed with a batch under a used number`() throws
    {
        let old = federation.folder + "/old.sqlite"
        try federation.sql("shanghai", "VACUUM INTO '\(old)'")
        try federation.sql("shanghai", "UPDATE agency SET remark = 'lost'")
        try shanghai.seal()
        let lost = try shanghai.replica.ownHead()
        let batch = try write("jiangsu", "website")
        try federation.sql("shanghai", ".restore '\(old)'")
        try federation.sql("shanghai", "UPDATE agency SET remark = 'pending'")
        _ = try shanghai.apply(batch, from: jiangsu.market)
        let now = try shanghai.replica.ownHead()
        #expect(now.origin != lost.origin)
        #expect(try shanghai.replica.entry(at: Dot(origin: lost.origin, sequence: lost.sequence)) == nil)
    }
}
