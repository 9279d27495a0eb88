// Streams with slow consumers, cuts, cancellations and shutdowns.

import PeerTransport
import ServiceLifecycle
import SyncCore
import Testing

@Suite("Streams, ends and interruptions", .timeLimit(.minutes(30))) struct StreamTests {
    private struct Broken: Error {}

    private static func frames(_ count: Int) -> [ExchangeFrame] {
        (0..<UInt64(count)).map { index in
            let first = index * 10 + 1
            return BatchCoding.frame(Samples.batch(first...(first + 9)))
        }
    }

    @Test func `a slow consumer holds the producer back`() async throws {
        let produced = Box(0)
        let service = RecordingService(onPull: { _, _, _ in
            PullStream { windUp in
                let count = produced.update { count in
                    count += 1
                    return count
                }
                if windUp || count > 60 { return count == 62 ? nil : .end(more: false, frontier: .empty) }
                return .forkProof(Samples.megabyte)
            }
        })
        try await TestServer.run(service) { server in
            let (proceed, received) = (Latch(), Box(0))
            let pull = Task {
                try await server.client().pull(Samples.pullRequest) { frame in
                    guard case .forkProof(let bytes) = frame, bytes == Samples.megabyte else { return false }
                    received.update { $0 += 1 }
                    await proceed.wait()
                    return true
                }
            }
            await eventually("the first frame arrives") { received.value == 1 }
            var last = -1
            await eventually("the producer stands still") {
                defer { last = produced.value }
                try? await Task.sleep(for: .milliseconds(500))
                return produced.value == last
            }
            // What fits into the socket buffers of loopback, and far from the 60.
            #expect(produced.value < 25, "\(produced.value) frames of 1 MiB ahead")
            #expect(received.value == 1)
            proceed.open()
            let answer1 = try await pull.value
            #expect(answer1 == .ended(more: false, frontier: .empty))
            #expect(received.value == 60)
        }
    }

    @Test func `one small batch and its end go out as one, with their length`() async throws {
        let frames = Self.frames(1) + [.end(more: false, frontier: .empty)]
        let service = RecordingService(onPull: { _, _, _ in PullStream(frames) })
        try await TestServer.run(service) { server in
            let answer = try await server.curl(
                "/v1/pull",
                [
                    "--include", "--header", "Content-Type: application/vnd.yrd-techmarket.exchange.v1",
                    "--data-binary", "@-",
                ], input: Samples.pullRequest.encoded())
            let length = frames.reduce(0) { $0 + $1.encoded().count }
            #expect(answer.body.lowercased().contains("content-length: \(length)"))
            let received = Box<[ExchangeFrame]>([])
            let end = try await server.client().pull(Samples.pullRequest) { frame in
                received.update { $0.append(frame) }
                return true
            }
            #expect(received.value == Self.frames(1))
            #expect(end == .ended(more: false, frontier: .empty))
        }
    }

    @Test func `a stream that breaks after its only frame delivers it first`() async throws {
        let frames = Self.frames(1)
        let service = RecordingService(onPull: { _, _, _ in PullStream(frames, thenThrowing: Broken()) })
        try await TestServer.run(service) { server in
            let received = Box<[ExchangeFrame]>([])
            let error = try await peerError {
                try await server.client().pull(Samples.pullRequest) { frame in
                    received.update { $0.append(frame) }
                    return true
                }
            }
            #expect(error.code == "stream_cut", "\(error)")
            #expect(received.value == frames)
        }
    }

    @Test func `a cut stream delivers its whole frames first`() async throws {
        let frames = Self.frames(5)
        let service = RecordingService(onPull: { _, _, _ in PullStream(frames, thenThrowing: Broken()) })
        try await TestServer.run(service) { server in
            var received: [ExchangeFrame] = []
            let client = try server.client()
            let error = try await peerError {
                try await client.pull(Samples.pullRequest) { frame in
                    received.append(frame)
                    return true
                }
            }
            #expect(error.kind == .unreachable && error.code == "stream_cut", "\(error)")
            #expect(received == frames)
            let answer2 = try await client.root(1)
            #expect(answer2 == Array("root 1".utf8))
        }
    }

    @Test func `a stream that ends without an end frame was cut`() async throws {
        let service = RecordingService(onPull: { _, _, _ in PullStream(Self.frames(2)) })
        try await TestServer.run(service) { server in
            var count = 0
            let error = try await peerError {
                try await server.client().pull(Samples.pullRequest) { _ in
                    count += 1
                    return true
                }
            }
            #expect(error.code == "stream_cut" && count == 2)
        }
    }

    @Test func `a frame after the end is malformed`() async throws {
        let frames = [ExchangeFrame.end(more: false, frontier: .empty)] + Self.frames(1)
        let service = RecordingService(onPull: { _, _, _ in PullStream(frames) })
        try await TestServer.run(service) { server in
            let error = try await peerError { try await server.client().pull(Samples.pullRequest) { _ in true } }
            #expect(error.kind == .failed && error.code == "malformed_reply")
        }
    }

    @Test func `a consumer may stop, and its error comes through`() async throws {
        let service = RecordingService(onPull: { _, _, _ in
            PullStream { _ in BatchCoding.frame(Samples.batch(1...500)) }
        })
        try await TestServer.run(service) { server in
            let client = try server.client()
            var count = 0
            let end = try await client.pull(Samples.pullRequest) { _ in
                count += 1
                return count < 3
            }
            #expect(end == .stopped && count == 3)
            await #expect(throws: Broken.self) {
                _ = try await client.pull(Samples.pullRequest) { _ in throw Broken() }
            }
            let answer3 = try await client.root(1)
            #expect(answer3 == Array("root 1".utf8))
        }
    }

    /// Both arrive together, and the transfer is over before the batch is: the client's thread must not take "done with the
    /// batch" for "done with all that arrived", whenever the word comes.
    @Test func `the end that arrived with a batch is never lost, however soon the batch is done with`() async throws {
        let frames = Self.frames(1) + [.end(more: false, frontier: Samples.frontier)]
        let service = RecordingService(onPull: { _, _, _ in PullStream(frames) })
        try await TestServer.run(service) { server in
            let client = try server.client()
            for turn in 0..<1_500 {
                let end = try await client.pull(Samples.pullRequest) { _ in
                    let done = ContinuousClock.now + .microseconds(turn % 50 * 4)
                    while ContinuousClock.now < done {}
                    return true
                }
                #expect(end == .ended(more: false, frontier: Samples.frontier))
            }
        }
    }

    @Test func `a pull winds up after its bytes`() async throws {
        var limits = ServerLimits()
        limits.pullBytes = 5_000
        let service = RecordingService(onPull: { _, _, _ in
            let isEnded = Box(false)
            return PullStream { windUp in
                guard !isEnded.value else { return nil }
                guard windUp else { return .forkProof(Samples.noise(2_000)) }
                isEnded.update { $0 = true }
                return .end(more: true, frontier: Samples.frontier)
            }
        })
        try await TestServer.run(service, limits: limits) { server in
            var count = 0
            let end = try await server.client().pull(Samples.pullRequest) { _ in
                count += 1
                return true
            }
            #expect(end == .ended(more: true, frontier: Samples.frontier) && count == 3)
        }
    }

    @Test func `cancelling ends a waiting pull, and the next request goes on`() async throws {
        let (waiting, isCancelled) = (Latch(), Latch())
        let service = RecordingService(onPull: { _, _, _ in
            waiting.open()
            do { try await Task.sleep(for: .seconds(600)) } catch { isCancelled.open() }
            return nil
        })
        try await TestServer.run(service) { server in
            let client = try server.client()
            let pull = Task { try await client.pull(Samples.pullRequest, waitSeconds: 25) { _ in true } }
            await waiting.wait()
            pull.cancel()
            await #expect(throws: CancellationError.self) { _ = try await pull.value }
            let answer4 = try await client.root(1)
            #expect(answer4 == Array("root 1".utf8))
            // The server notices that nobody waits any more.
            await isCancelled.wait()
        }
    }

    @Test func `a request cancelled in the queue does not wait for the one before it`() async throws {
        let waiting = Latch()
        let service = RecordingService(onPull: { _, _, _ in
            waiting.open()
            try await Task.sleep(for: .seconds(600))
            return nil
        })
        try await TestServer.run(service) { server in
            let client = try server.client()
            let pull = Task { try await client.pull(Samples.pullRequest, waitSeconds: 25) { _ in true } }
            await waiting.wait()
            let queued = Task { try await client.root(1) }
            try await Task.sleep(for: .milliseconds(50))
            queued.cancel()
            await #expect(throws: CancellationError.self) { _ = try await queued.value }
            pull.cancel()
            await #expect(throws: CancellationError.self) { _ = try await pull.value }
        }
    }

    @Test func `shutting down finishes the request under way`() async throws {
        let (arrived, proceed) = (Latch(), Latch())
        let service = RecordingService(onRoot: { _, _ in
            arrived.open()
            await proceed.wait()
            return Array("done".utf8)
        })
        try await TestServer.run(service) { server in
            async let answer = server.client().root(1)
            await arrived.wait()
            await server.group.triggerGracefulShutdown()
            try await Task.sleep(for: .milliseconds(100))
            proceed.open()
            let answer5 = try await answer
            #expect(answer5 == Array("done".utf8))
            let late = try await peerError { try await server.client().root(2) }
            #expect(late.kind == .unreachable)
        }
    }

    @Test func `shutting down winds a stream up and ends a wait`() async throws {
        let waiting = Latch()
        let service = RecordingService(onPull: { _, _, wait in
            if wait > 0 {
                waiting.open()
                try await Task.sleep(for: .seconds(600))
            }
            let isEnded = Box(false)
            return PullStream { windUp in
                guard !isEnded.value else { return nil }
                guard windUp else { return .forkProof([1]) }
                isEnded.update { $0 = true }
                return .end(more: true, frontier: .empty)
            }
        })
        var limits = ServerLimits()
        limits.pullTime = .seconds(3_600)
        try await TestServer.run(service, limits: limits) { server in
            async let idle = server.client(.zhejiang).pull(Samples.pullRequest, waitSeconds: 25) { _ in true }
            await waiting.wait()
            let (first, received) = (Latch(), Box(0))
            async let busy = server.client().pull(Samples.pullRequest) { _ in
                received.update { $0 += 1 }
                first.open()
                return true
            }
            await first.wait()
            await server.group.triggerGracefulShutdown()
            let answer6 = try await busy
            #expect(answer6 == .ended(more: true, frontier: .empty))
            let answer7 = try await idle
            #expect(answer7 == .nothing)
            #expect(received.value > 0)
        }
    }
}
