// Pulls that are held open: answered by what is news, with nothing when their time is up, and bounded in number.

import Foundation
import PeerTransport
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Held pulls", .timeLimit(.minutes(30)))
struct HeldPullTests {
    private let federation: DeskFederation
    private let realTime: RealTime
    private var advances: FrontierAdvances { realTime.advances }
    private let replicator: Replicator
    private let exchange: NodeExchange
    private static let jiangsu = Market("jiangsu")!
    private static let zhejiang = Market("zhejiang")!

    /// Shanghai serves; the others are what it hears from.
    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        try federation.makeAgency()
        let directory = federation["shanghai"].directory
        let node = try LocalNode(directory: directory)
        try node.noticeCommits()
        realTime = node.realTime
        replicator = Replicator(node)
        exchange = NodeExchange(replicator, realTime)
    }

    private func level() async throws -> PullRequest {
        PullRequest(frontier: try await replicator.run { try $0.replica.frontier() }, held: [])
    }

    private func held(_ request: PullRequest, by market: Market = jiangsu, seconds: Int = 25) async -> Task<
        [ExchangeFrame]?, any Error
    > {
        let before = advances.waiting
        let exchange = exchange
        let task = Task { () -> [ExchangeFrame]? in
            guard let stream = try await exchange.pull(request, from: market, waitSeconds: seconds) else { return nil }
            var frames: [ExchangeFrame] = []
            while let frame = try await stream.next(false) { frames.append(frame) }
            return frames
        }
        for _ in 0..<3_000 where advances.waiting <= before { try? await Task.sleep(for: .milliseconds(10)) }
        return task
    }

    private func entries(_ frames: [ExchangeFrame]?) throws -> [Entry] {
        try #require(frames).flatMap { frame -> [Entry] in
            guard case .batch = frame else { return [] }
            return try BatchCoding.batch(from: frame).entries
        }
    }

    /// A local client's write, noticed as the daemon notices it.
    private func write(_ number: Int) async throws {
        try federation.sql(
            "shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00010\(number)', '\(number)')")
        _ = try await replicator.run { try $0.noticeCommits() }
    }

    @Test func `a commit answers everyone who waits, with the change set and where we stand then`() async throws {
        let request = try await level()
        let pulls = [await held(request), await held(request, by: Self.zhejiang)]
        try await write(1)
        let now = try await level().frontier
        for pull in pulls {
            let frames = try await pull.value
            #expect(try entries(frames).count == 1)
            #expect(frames?.last == .end(more: false, frontier: now))
        }
    }

    @Test func `what the caller lacks already is sent at once`() async throws {
        let request = try await level()
        try await write(1)
        let stream = try await exchange.pull(request, from: Self.jiangsu, waitSeconds: 25)
        #expect(stream != nil)
        #expect(advances.waiting == 0)
    }

    @Test func `a pull whose time is up is answered with nothing`() async throws {
        let pull = await held(try await level(), seconds: 1)
        #expect(try await pull.value == nil)
    }

    @Test func `what the caller itself gave us does not come back to it, and goes to the others`() async throws {
        let request = try await level()
        let author = await held(request, seconds: 3)
        let other = await held(request, by: Self.zhejiang)
        try federation.sql("jiangsu", "UPDATE agency SET website = 'https://jiangsu.example'")
        try federation["jiangsu"].seal()
        var cursor = try federation["jiangsu"].replica.sendCursor(for: request)
        let batch = try federation["jiangsu"].replica.nextBatch(&cursor)
        _ = try await exchange.push(batch, from: Self.jiangsu)
        #expect(try entries(try await other.value).map(\.header.dot) == batch.entries.map(\.header.dot))
        #expect(try await author.value == nil)
    }

    @Test func `what a caller has come to have by another way meanwhile is not sent to it`() async throws {
        let request = try await level()
        let pull = await held(request, by: Self.zhejiang)
        try federation.sql("jiangsu", "UPDATE agency SET website = 'https://jiangsu.example'")
        try federation["jiangsu"].seal()
        var cursor = try federation["jiangsu"].replica.sendCursor(for: request)
        let batch = try federation["jiangsu"].replica.nextBatch(&cursor)
        realTime.words.note(try federation["jiangsu"].replica.frontier(), of: Self.zhejiang)
        let seen = advances.count(for: Self.zhejiang)
        _ = try await exchange.push(batch, from: Self.jiangsu)
        for _ in 0..<3_000 where advances.count(for: Self.zhejiang) == seen {
            try await Task.sleep(for: .milliseconds(10))
        }
        // It was told of, and the pull looked again; then of our own change set, and that alone is sent.
        for _ in 0..<3_000 where advances.waiting == 0 { try await Task.sleep(for: .milliseconds(10)) }
        try await write(1)
        #expect(try entries(try await pull.value).map(\.header.origin.market?.name) == ["shanghai"])
    }

    @Test func `a word that says less than the request is passed over`() async throws {
        try await write(1)
        let request = try await level()
        let pull = await held(request)
        realTime.words.note(.empty, of: Self.jiangsu)
        try await write(2)
        #expect(try entries(try await pull.value).count == 1)
    }

    @Test func `a word from before a pull says nothing of who asks`() async throws {
        let request = try await level()
        realTime.words.note(request.frontier, of: Self.jiangsu)
        let stream = try #require(
            try await exchange.pull(PullRequest(frontier: .empty, held: []), from: Self.jiangsu, waitSeconds: 25))
        var frames: [ExchangeFrame] = []
        while let frame = try await stream.next(false) { frames.append(frame) }
        #expect(try !entries(frames).isEmpty)
    }

    @Test func `what is sealed together with a peer's gift is news to that peer`() async throws {
        let request = try await level()
        let pull = await held(request)
        try federation.sql("jiangsu", "UPDATE agency SET website = 'https://jiangsu.example'")
        try federation["jiangsu"].seal()
        var cursor = try federation["jiangsu"].replica.sendCursor(for: request)
        let batch = try federation["jiangsu"].replica.nextBatch(&cursor)
        try federation.sql("shanghai", "UPDATE agency SET remark = 'ours'")
        _ = try await exchange.push(batch, from: Self.jiangsu)
        let sent = try entries(try await pull.value)
        #expect(sent.contains { $0.header.origin.market?.name == "shanghai" })
    }

    @Test func `a pull that holds back all there is to send is no answer without end`() async throws {
        let request = try await level()
        let own = try await replicator.run { try $0.replica.ownOrigin() }
        let pull = await held(PullRequest(frontier: request.frontier, held: [own]), seconds: 2)
        try await write(1)
        #expect(try await pull.value == nil)
    }

    @Test func `one more than may wait is told to come back later`() async throws {
        let request = try await level()
        var waits: [Task<FrontierAdvances.Wake, any Error>] = []
        for number in 0..<Limits.waitingPulls {
            let market = Market("m\(number / Limits.waitingPullsPerPeer)")!
            let advances = advances
            let count = advances.count(for: market)
            waits.append(
                Task { try await advances.wait(for: market, since: count, until: .now + .seconds(3_600)) })
            for _ in 0..<3_000 where advances.waiting <= number { try await Task.sleep(for: .milliseconds(10)) }
        }
        let refusal = await #expect(throws: ExchangeRefusal.self) {
            try await exchange.pull(request, from: Self.jiangsu, waitSeconds: 25)
        }
        #expect(refusal?.status == .unavailable && refusal?.code == "too_many_waiting")
        #expect(refusal?.retryAfterSeconds != nil)
        // One that does not wait is served as ever.
        #expect(try await exchange.pull(request, from: Self.jiangsu, waitSeconds: 0) != nil)
        for wait in waits { wait.cancel() }
        for wait in waits { _ = try? await wait.value }
        #expect(advances.waiting == 0)
    }

    @Test func `a caller that goes away leaves nothing behind`() async throws {
        let pull = await held(try await level())
        pull.cancel()
        await #expect(throws: CancellationError.self) { try await pull.value }
        #expect(advances.waiting == 0)
    }
}
