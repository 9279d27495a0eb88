// A link of real time, with a peer that is honest, has nothing new, or lies: what a link sends, and when it rests.

import Foundation
import PeerTransport
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Links of real time", .timeLimit(.minutes(30)))
struct RealTimeLinkTests {
    private let story: LyingPeerStory
    private var federation: DeskFederation { story.federation }
    private var shanghai: LocalNode { story.shanghai }
    private var jiangsu: LocalNode { story.jiangsu }

    init() throws { story = try LyingPeerStory() }

    /// Shanghai's link of real time with Jiangsu, which lies: while `work` runs, and then long enough for the link to look
    /// again by itself.
    private func linked(
        _ lie: (inout LyingPeer) -> Void, _ work: (Replicator, PeerClient) async throws -> Void
    ) async throws {
        let (realTime, market) = (shanghai.realTime, jiangsu.market)
        try await story.dialling(lie) { replicator, visit, client in
            let link = RealTimeLink(
                replicator, realTime, visit: visit, peer: market, roundInterval: .seconds(3_600), log: { _ in })
            let (puller, pusher) = (try client(), try client())
            let holding = Task { try await link.hold(puller: puller, pusher: pusher) }
            try await work(replicator, client())
            try await Task.sleep(for: .seconds(7))
            holding.cancel()
            _ = await holding.result
        }
    }

    /// What came through its pull is news to others only.
    @Test func `a link does not send back what it has pulled`() async throws {
        let pushes = Pushes()
        let ours = try shanghai.replica.ownOrigin()
        let before = try jiangsu.replica.ownHead()
        try await linked { peer in
            let honest = peer.honest
            peer.onPush = { batch in
                _ = pushes.note(batch)
                return try await honest.push(batch, from: ours.market!)
            }
        } _: { replicator, client in
            while pushes.all.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            try federation.sql("jiangsu", "UPDATE agency SET remark = 'again'")
            // Seals it there, which the held pull is told of.
            _ = try await client.hello(try await replicator.run { node in try node.hello() })
            while try await replicator.run({ node in try node.replica.frontier().sequence(of: before.origin) })
                == before.sequence
            {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        #expect(pushes.all.joined().map(\.origin) == [ours])
    }

    /// As in a mesh: each neighbour brings what the author has told us itself a moment ago.
    @Test func `answers with what came another way meanwhile do not keep a link from asking again at once`()
        async throws
    {
        let zhejiang = federation["zhejiang"]
        let entries = try (1...12).map { number in
            try federation.sql("zhejiang", "UPDATE agency SET remark = '\(number)'")
            try zhejiang.seal()
            let head = try zhejiang.replica.ownHead()
            return try #require(try zhejiang.replica.entry(at: Dot(origin: head.origin, sequence: head.sequence))).entry
        }
        let (pulls, author) = (Count(), zhejiang.market)
        let beside = Replicator(try LocalNode(directory: shanghai.directory))
        try await linked { peer in
            peer.onPull = { _ in
                let batch = Batch(entries: [entries[min(pulls.next(), entries.count) - 1]])
                _ = try await beside.run { node in try node.apply(batch, from: author) }
                return batch
            }
        } _: { _, _ in
            for _ in 0..<1_200 where pulls.value < entries.count { try await Task.sleep(for: .milliseconds(50)) }
        }
        // Then the last one again and again, from which the link rests ever longer.
        #expect((entries.count...entries.count + 12).contains(pulls.value))
    }

    /// They were asked for, and are none: each time signed by nobody.
    @Test func `a link rests from a peer that answers with what is refused`() async throws {
        let zhejiang = federation["zhejiang"]
        try federation.sql("zhejiang", "UPDATE agency SET remark = 'never sent'")
        try zhejiang.seal()
        let head = try zhejiang.replica.ownHead()
        var lie = try #require(try zhejiang.replica.entry(at: Dot(origin: head.origin, sequence: head.sequence))).entry
        lie.signatures = lie.signatures.flipped
        let (pulls, batch) = (Count(), Batch(entries: [lie]))
        try await linked { peer in
            peer.onPull = { _ in
                _ = pulls.next()
                return batch
            }
        } _: { _, _ in
            while pulls.value == 0 { try await Task.sleep(for: .milliseconds(50)) }
        }
        // Some at once, and then after 4 to 8 seconds and more.
        #expect((1...8).contains(pulls.value))
    }

    /// In real time too: what it says it waits for, or where it says it stands, first so and then otherwise.
    @Test(arguments: [false, true])
    func `a link sends who only talks each batch once, until there is something new`(_ wavers: Bool) async throws {
        let (pushes, heads) = (Count(), Count())
        let made = EntryRefusal(
            origin: Origin(market: Market("anhui")!, incarnation: .zero), sequence: 1, id: nil, class: .waiting,
            code: "context_missing")
        try await linked {
            $0.onPush = { _ in
                _ = pushes.next()
                return PushReply(frontierHash: .zero, applied: 1, refused: [made])
            }
            $0.onHeads = { reply in
                guard wavers, heads.next() % 2 == 0 else { return reply }
                return HeadsReply(frontier: .empty, heads: reply.heads)
            }
        } _: { _, _ in
            while pushes.value == 0 { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(pushes.value == 1)
    }
}
