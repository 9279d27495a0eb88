// Two nodes on a real socket, of which one is trusted and lies.

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
struct LyingPeer: ExchangeService {
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

/// Counts what a test replaced.
final class Count: Sendable {
    private let current = Mutex(0)

    var value: Int { current.withLock { $0 } }

    func next() -> Int {
        current.withLock { value in
            value += 1
            return value
        }
    }
}

/// What came in each push.
final class Pushes: Sendable {
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

/// Shanghai dials Jiangsu, which lies.
struct LyingPeerStory: ThreeMarketStory {
    let federation: DeskFederation

    init() throws {
        federation = try Self.begun()
        try federation.sql("jiangsu", "UPDATE agency SET remark = 'j'")
        try federation.settle()
        // A round between nodes that stand level ends at hello.
        try federation.sql("shanghai", "UPDATE agency SET website = 'https://new.example'")
        try shanghai.seal()
    }

    /// What Shanghai does as a client of Jiangsu, which lies.
    func dialling<Value: Sendable>(
        _ lie: (inout LyingPeer) -> Void,
        _ work: (Replicator, PeerVisit, () throws -> PeerClient) async throws -> Value
    ) async throws -> Value {
        let theirs = try LocalNode(directory: jiangsu.directory)
        let theirRealTime = theirs.realTime
        var peer = LyingPeer(honest: NodeExchange(Replicator(theirs), theirRealTime))
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
}
