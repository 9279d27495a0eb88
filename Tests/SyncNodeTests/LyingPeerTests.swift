// A trusted peer that lies in the middle of a round, on a real socket: what it only says changes nothing, and nobody is
// kept busy for ever.

import Foundation
import Logging
import PeerTransport
import PeerTrust
import ReplicaStore
import SyncCore
import Synchronization
import Testing

@testable import SyncNode

/// Jiangsu's node, with answers of its own to what a test replaces.
private struct LyingPeer: ExchangeService {
    let honest: NodeExchange
    var onHeads: @Sendable (HeadsReply) -> HeadsReply = { $0 }
    var onEntry: (@Sendable (Dot) -> [UInt8])?
    var onPush: (@Sendable (Batch) async throws -> PushReply)?
    /// What answers a held pull instead, at once.
    var onPull: (@Sendable (PullRequest) async throws -> Batch)?

    func hello(_ hello: Hello, from market: Market) async throws -> Hello {
        try await honest.hello(hello, from: market)
    }
    func heads(_ frontier: Frontier, from market: Market) async throws -> HeadsReply {
        onHeads(try await honest.heads(frontier, from: market))
    }
    func pull(_ request: PullRequest, from market: Market, waitSeconds: Int) async throws -> PullStream? {
        guard let onPull, waitSeconds > 0 else {
            return try await honest.pull(request, from: market, waitSeconds: waitSeconds)
        }
        let frames = Frames([
            BatchCoding.frame(try await onPull(request)), .end(more: false, frontier: request.frontier),
        ])
        return PullStream { _ in frames.next() }
    }
    func push(_ batch: Batch, from market: Market) async throws -> PushReply {
        if let onPush { return try await onPush(batch) }
        return try await honest.push(batch, from: market)
    }
    func receipts(_ receipt: SignedStatement, from market: Market) async throws -> SignedStatement {
        try await honest.receipts(receipt, from: market)
    }
    func compare(_ request: CompareRequest, from market: Market) async throws -> CompareReply {
        try await honest.compare(request, from: market)
    }
    func descriptors(_ offered: [UInt8]?, from market: Market) async throws -> [UInt8] {
        try await honest.descriptors(offered, from: market)
    }
    func root(_ version: UInt64, from market: Market) async throws -> [UInt8] {
        try await honest.root(version, from: market)
    }
    func entry(_ dot: Dot, id: ID16?, from market: Market) async throws -> [UInt8] {
        if let onEntry { return onEntry(dot) }
        return try await honest.entry(dot, id: id, from: market)
    }
}

private final class Frames: Sendable {
    private let left: Mutex<[ExchangeFrame]>

    init(_ frames: [ExchangeFrame]) { left = Mutex(frames) }

    func next() -> ExchangeFrame? { left.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

private final class Count: Sendable {
    private let current = Mutex(0)

    var value: Int { current.withLock { $0 } }

    func next() -> Int {
        current.withLock { value in
            value += 1
            return value
        }
    }
}

@Suite("A lying peer")
struct LyingPeerTests {
    private let federation: DeskFederation
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        try federation.makeAgency()
        try federation.sql("jiangsu", "UPDATE agency SET remark = 'j'")
        try federation.settle()
        // A round between nodes that stand level ends at hello.
        try federation.sql("shanghai", "UPDATE agency SET website = 'https://new.example'")
        try shanghai.seal()
    }

    /// Shanghai's round with Jiangsu, which lies.
    private func round(
        batchRawBytes: Int = Limits.batchRawBytesSent, _ lie: (inout LyingPeer) -> Void
    ) async throws -> RoundOutcome {
        try await dialling(lie) { replicator, _, client in
            try await RoundRunner(replicator, try client(), batchRawBytes: batchRawBytes).run()
        }
    }

    /// What Shanghai does as a client of Jiangsu, which lies.
    private func dialling<Value: Sendable>(
        _ lie: (inout LyingPeer) -> Void,
        _ work: (Replicator, PeerVisit, () throws -> PeerClient) async throws -> Value
    ) async throws -> Value {
        let theirs = try LocalNode(directory: jiangsu.directory)
        var peer = LyingPeer(
            honest: NodeExchange(
                Replicator(theirs), advances: theirs.advances, pulse: LinkPulse(jiangsu.directory)))
        lie(&peer)
        let pins = Dictionary(uniqueKeysWithValues: try shanghai.trust().own.tlsPins.map { ($0, shanghai.market) })
        var logger = Logger(label: "a lying peer")
        logger.logLevel = .critical
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = try ExchangeServer(
            host: "127.0.0.1", port: 0, identity: try NodeIdentity.read(jiangsu.directory), pins: PinTable(pins),
            hashing: OpenSSLHashing.hashing, service: peer, logger: logger,
            onListening: { _, port in listening.yield(port) })
        let identity = try NodeIdentity.read(shanghai.directory)
        let theirPins = try jiangsu.trust().own.tlsPins
        let replicator = Replicator(try LocalNode(directory: shanghai.directory))
        let market = jiangsu.market
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            defer { tasks.cancelAll() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            return try await work(replicator, PeerVisit(replicator, identity: identity)) {
                PeerClient(
                    try PeerEndpoint(
                        market: market, url: "https://127.0.0.1:\(port)", pins: theirPins,
                        certificatePEM: identity.certificatePEM, privateKeyPEM: identity.privateKeyPEM))
            }
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

    private final class Pushes: Sendable {
        private let entries = Mutex<[[Dot]]>([])

        /// The number of the push, from 1.
        func note(_ batch: Batch) -> Int {
            entries.withLock { entries in
                entries.append(batch.entries.map(\.header.dot))
                return entries.count
            }
        }

        var all: [[Dot]] { entries.withLock { $0 } }
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

    /// Shanghai's link of real time with Jiangsu, which lies: while `work` runs, and then long enough for the link to look
    /// again by itself.
    private func linked(
        _ lie: (inout LyingPeer) -> Void, _ work: (Replicator, PeerClient) async throws -> Void
    ) async throws {
        let (advances, market, pulse) = (shanghai.advances, jiangsu.market, LinkPulse(shanghai.directory))
        try await dialling(lie) { replicator, visit, client in
            let link = RealTimeLink(
                replicator, advances: advances, visit: visit, peer: market, roundInterval: .seconds(3_600),
                pulse: pulse, log: { _ in })
            let (puller, pusher) = (try client(), try client())
            let holding = Task { try await link.hold(puller: puller, pusher: pusher) }
            try await work(replicator, client())
            try await Task.sleep(for: .seconds(7))
            holding.cancel()
            _ = await holding.result
        }
    }

    /// What came through its pull is news to others only.
    @Test(.timeLimit(.minutes(30)))
    func `a link does not send back what it has pulled`() async throws {
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
    @Test(.timeLimit(.minutes(30)))
    func `answers with what came another way meanwhile do not keep a link from asking again at once`() async throws {
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
    @Test(.timeLimit(.minutes(30)))
    func `a link rests from a peer that answers with what is refused`() async throws {
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
    @Test(.timeLimit(.minutes(30)), arguments: [false, true])
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
