// A node that answers as each test tells it to, and remembers what it was asked.

import PeerTransport
import SyncCore
import Synchronization

/// Every closure may be replaced; the rest answer something plain.
struct RecordingService: ExchangeService {
    var onHello: @Sendable (Hello, Market) async throws -> Hello = { _, _ in Samples.hello(Samples.shanghai) }
    var onHeads: @Sendable (Frontier, Market) async throws -> HeadsReply = { frontier, _ in
        HeadsReply(frontier: frontier, heads: [])
    }
    var onPull: @Sendable (PullRequest, Market, Int) async throws -> PullStream? = { _, _, _ in nil }
    var onPush: @Sendable (Batch, Market) async throws -> PushReply = { batch, _ in
        PushReply(frontierHash: Samples.digest(8), applied: batch.entries.count, refused: [])
    }
    var onReceipts: @Sendable (SignedStatement, Market) async throws -> SignedStatement = { receipt, _ in
        receipt
    }
    var onCompare: @Sendable (CompareRequest, Market) async throws -> CompareReply = { _, _ in
        CompareReply(digest: Samples.digest(1), children: [])
    }
    var onDescriptors: @Sendable ([UInt8]?, Market) async throws -> [UInt8] = { offered, _ in offered ?? [] }
    var onRoot: @Sendable (UInt64, Market) async throws -> [UInt8] = { version, _ in Array("root \(version)".utf8) }
    var onEntry: @Sendable (Dot, ID16?, Market) async throws -> [UInt8] = { dot, id, _ in
        Array("\(dot) \(id?.hex ?? "-")".utf8)
    }

    func hello(_ hello: Hello, from market: Market) async throws -> Hello { try await onHello(hello, market) }
    func heads(_ frontier: Frontier, from market: Market) async throws -> HeadsReply {
        try await onHeads(frontier, market)
    }
    func pull(_ request: PullRequest, from market: Market, waitSeconds: Int) async throws -> PullStream? {
        try await onPull(request, market, waitSeconds)
    }
    func push(_ batch: Batch, from market: Market) async throws -> PushReply { try await onPush(batch, market) }
    func receipts(
        _ receipt: SignedStatement, from market: Market
    ) async throws -> SignedStatement { try await onReceipts(receipt, market) }
    func compare(_ request: CompareRequest, from market: Market) async throws -> CompareReply {
        try await onCompare(request, market)
    }
    func descriptors(_ offered: [UInt8]?, from market: Market) async throws -> [UInt8] {
        try await onDescriptors(offered, market)
    }
    func root(_ version: UInt64, from market: Market) async throws -> [UInt8] { try await onRoot(version, market) }
    func entry(_ dot: Dot, id: ID16?, from market: Market) async throws -> [UInt8] {
        try await onEntry(dot, id, market)
    }
}

extension PullStream {
    /// Frames that are there already; with `error`, the stream breaks after them.
    init(_ frames: [ExchangeFrame], thenThrowing error: (any Error)? = nil) {
        let rest = Box(frames)
        self.init { _ in
            if let frame = rest.update({ $0.isEmpty ? nil : $0.removeFirst() }) { return frame }
            if let error { throw error }
            return nil
        }
    }
}

/// A value that tests and the code under test share.
final class Box<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) {
        storage = Mutex(value)
    }

    var value: Value { storage.withLock { $0 } }

    @discardableResult
    func update<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        storage.withLock { value in
            body(&value)
        }
    }
}

/// A gate that tests open by hand.
final class Latch: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
