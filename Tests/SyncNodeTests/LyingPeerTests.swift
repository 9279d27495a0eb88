// A trusted peer that lies in the middle of a round: what it only says changes nothing, and nobody is kept busy for ever.

import Foundation
import PeerTransport
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("A lying peer")
struct LyingPeerTests {
    private let story: LyingPeerStory
    private var federation: DeskFederation { story.federation }
    private var shanghai: LocalNode { story.shanghai }
    private var jiangsu: LocalNode { story.jiangsu }

    init() throws { story = try LyingPeerStory() }

    /// Shanghai's round with Jiangsu, which lies.
    private func round(
        batchRawBytes: Int = Limits.batchRawBytesSent, _ lie: (inout LyingPeer) -> Void
    ) async throws -> RoundOutcome {
        try await story.dialling(lie) { replicator, _, client in
            try await RoundRunner(replicator, try client(), batchRawBytes: batchRawBytes).run()
        }
    }

    /// Jiangsu says of one origin that another entry stands at its head, and hands over `entry` as that.
    private func round(showing entry: Entry) async throws -> RoundOutcome {
        let bytes = entry.encoded()
        let dot = entry.header.dot
        return try await round { peer in
            peer.onHeads = { reply in
                let rows = reply.frontier.rows.map { row in
                    row.origin == dot.origin ? Row(origin: dot.origin, sequence: dot.sequence, idPrefix: .zero) : row
                }
                return HeadsReply(frontier: Frontier(rows: rows), heads: reply.heads)
            }
            peer.onEntry = { _ in bytes }
        }
    }

    private func head(of node: LocalNode) throws -> Entry {
        let head = try node.replica.ownHead()
        return try #require(
            try jiangsu.replica.entry(at: Dot(origin: head.origin, sequence: node === shanghai ? 1 : head.sequence))
        ).entry
    }

    // MARK: Forks

    @Test(arguments: ["shanghai", "jiangsu"])
    func `an entry that nobody signed is no fork, of ours or of anyone`(_ name: String) async throws {
        let own = try shanghai.replica.ownOrigin()
        var lie = try head(of: federation[name])
        lie.signatures = lie.signatures.flipped
        let outcome = try await round(showing: lie)
        #expect(outcome.forkedOrigins.isEmpty && !outcome.recoveredFromRollback)
        #expect(try shanghai.replica.ownOrigin() == own)
        #expect(try shanghai.replica.quarantine().isEmpty)
    }

    @Test(arguments: ["shanghai", "jiangsu"])
    func `the very entry that stands here is no fork, whatever its row is said to be`(_ name: String) async throws {
        let own = try shanghai.replica.ownOrigin()
        let outcome = try await round(showing: try head(of: federation[name]))
        #expect(outcome.forkedOrigins.isEmpty && !outcome.recoveredFromRollback)
        #expect(try shanghai.replica.ownOrigin() == own)
        #expect(try shanghai.replica.quarantine().isEmpty)
    }

    @Test func `a second branch that was signed is a fork, and every round says so until a person settles it`()
        async throws
    {
        let origin = try jiangsu.replica.ownOrigin()
        let second = Batch(entries: [try jiangsu.forge(origin)])
        #expect(try shanghai.apply(second, from: jiangsu.market).applied == 1)
        #expect(try shanghai.apply(second, from: jiangsu.market).applied == 0)
        for _ in 0..<2 {
            let outcome = try await round { _ in }
            #expect(outcome.forkedOrigins == [origin] && !outcome.recoveredFromRollback)
            try federation.sql("shanghai", "UPDATE agency SET remark = remark || 'x'")
        }
        #expect(try shanghai.replica.quarantine().map(\.class) == ["fork"])
        #expect(try shanghai.replica.settleFork(of: origin, reason: "asked", author: nil) == 2)
        #expect(try await round { _ in }.forkedOrigins.isEmpty)
    }

    @Test func `a second branch of our own makes us go on in a new incarnation`() async throws {
        let own = try shanghai.replica.ownOrigin()
        let outcome = try await round(showing: try shanghai.forge(own))
        #expect(outcome.recoveredFromRollback)
        #expect(try shanghai.replica.ownOrigin() != own)
    }

    // MARK: Pushing

    /// An answer that makes no end: each batch waits for something that was never sent.
    @Test func `who waits for what we never sent gets each batch once`() async throws {
        let pushes = Count()
        let made = EntryRefusal(
            origin: Origin(market: Market("anhui")!, incarnation: .zero), sequence: 1, id: nil, class: .waiting,
            code: "context_missing")
        let outcome = try await round { peer in
            peer.onPush = { _ in
                guard pushes.next() < 10 else { throw ExchangeRefusal(.notFound, code: "enough", detail: "enough") }
                return PushReply(frontierHash: .zero, applied: 1, refused: [made])
            }
        }
        #expect(outcome.waiting == 1)
        #expect(pushes.next() == 2)
    }

    /// A batch is made while the peer takes the one before.
    @Test func `a backlog of many batches goes over in its order, each once`() async throws {
        for number in 1...6 {
            try federation.sql("shanghai", "UPDATE agency SET website = 'https://\(number).example'")
            try shanghai.seal()
        }
        let origin = try shanghai.replica.ownOrigin()
        let lacking = try jiangsu.replica.frontier().sequence(of: origin) + 1
        let last = try shanghai.replica.ownHead().sequence
        let pushes = Pushes()
        let market = shanghai.market
        let outcome = try await round(batchRawBytes: 1) { peer in
            let honest = peer.honest
            peer.onPush = { batch in
                _ = pushes.note(batch)
                return try await honest.push(batch, from: market)
            }
        }
        #expect(pushes.all == (lacking...last).map { [Dot(origin: origin, sequence: $0)] })
        #expect(outcome.sent == Int(last - lacking) + 1 && outcome.agrees == true)
    }

    @Test func `of an origin that the peer says waits, nothing is sent that was made before it said so`() async throws {
        let zhejiang = federation["zhejiang"]
        for text in ["1", "2"] {
            try federation.sql("zhejiang", "UPDATE agency SET remark = '\(text)'")
            try zhejiang.seal()
            let head = try zhejiang.replica.ownHead()
            let relayed = try zhejiang.replica.entry(at: Dot(origin: head.origin, sequence: head.sequence))
            #expect(try shanghai.apply(Batch(entries: [relayed!.entry]), from: zhejiang.market).applied == 1)
            try federation.sql("shanghai", "UPDATE agency SET website = 'https://\(text).example'")
            try shanghai.seal()
        }
        let (ours, theirs) = (try shanghai.replica.ownOrigin(), try zhejiang.replica.ownOrigin())
        let pushes = Pushes()
        _ = try await round(batchRawBytes: 1) { peer in
            peer.onPush = { batch in
                let isSecond = pushes.note(batch) == 2
                let waits = EntryRefusal(
                    origin: theirs, sequence: 1, id: nil, class: .waiting, code: "member_unknown")
                return PushReply(frontierHash: .zero, applied: 1, refused: isSecond ? [waits] : [])
            }
        }
        // What depends on it is not sent either.
        #expect(pushes.all.map { $0.map(\.origin) } == [[ours], [theirs], [ours]])
    }
}
