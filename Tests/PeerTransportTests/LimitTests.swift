// The limits of a hostile or broken client, mostly with the `curl` and `openssl` commands, which send what ours never would.

import Foundation
import PeerTransport
import SyncCore
import Testing

@Suite("Requests that are too large, too slow, too many or nonsense", .timeLimit(.minutes(30))) struct LimitTests {
    private static let json = ["--header", "Content-Type: application/json"]
    private static let binary = ["--header", "Content-Type: application/vnd.yrd-techmarket.exchange.v1"]
    private static let yaml = ["--header", "Content-Type: application/yaml"]
    private static let chunked = ["--header", "Transfer-Encoding: chunked"]
    private static let body = ["--data-binary", "@-"]

    /// A hello of exactly `count` bytes: unknown fields are ignored, so one may fill the rest.
    private static func hello(bytes count: Int) -> [UInt8] {
        let plain = """
            {"protocol":[1],"federation":"yrd","market":"jiangsu","incarnation":"\(Samples.incarnation.hex)",\
            "root":{"version":0,"hash":"\(Digest.zero.hex)"},"catalog":"\(Digest.zero.hex)",\
            "frontier_hash":"\(Digest.zero.hex)","digest":"\(Digest.zero.hex)","software":"x","filler":"
            """
        return Array(plain.utf8) + Array(repeating: UInt8(ascii: "."), count: count - plain.utf8.count - 2)
            + Array("\"}".utf8)
    }

    @Test(arguments: [false, true])
    func `a hello of 4 KiB is taken, one byte more is 413`(isChunked: Bool) async throws {
        try await TestServer.run { server in
            let arguments = Self.json + Self.body + (isChunked ? Self.chunked : [])
            for (count, status) in [
                (Limits.helloBytes - 1, 200), (Limits.helloBytes, 200), (Limits.helloBytes + 1, 413),
            ] {
                let answer = try await server.curl("/v1/hello", arguments, input: Self.hello(bytes: count))
                #expect(answer.status == status, "\(count) bytes")
            }
        }
    }

    @Test(arguments: [false, true])
    func `descriptors of 1 MiB are taken, one byte more is 413`(isChunked: Bool) async throws {
        try await TestServer.run { server in
            let arguments = Self.yaml + Self.body + (isChunked ? Self.chunked : [])
            let limit = Limits.descriptorsBytes
            for (count, status) in [(limit - 1, 200), (limit, 200), (limit + 1, 413)] {
                let body = [UInt8](repeating: 120, count: count)
                let answer = try await server.curl("/v1/descriptors", arguments, input: body)
                #expect(answer.status == status, "\(count) bytes")
            }
        }
    }

    @Test func `a body over the limit is refused by its announced length, before it is sent`() async throws {
        let reached = Box(false)
        let service = RecordingService(onPush: { _, _ in
            reached.update { $0 = true }
            return PushReply(frontierHash: .zero, applied: 0, refused: [])
        })
        try await TestServer.run(service) { server in
            let head =
                "POST /v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.yrd-techmarket.exchange.v1\r\n"
            let answer = try await server.raw(head + "Content-Length: 99999999999\r\n\r\nonly this much")
            #expect(answer.hasPrefix("HTTP/1.1 413"))
            #expect(answer.contains(#""code":"too_large""#))
            #expect(!reached.value)
        }
    }

    @Test func `a batch frame over its limit is 400 and is not inflated`() async throws {
        try await TestServer.run { server in
            let frame = UInt32(ExchangeFrame.lengthMax + 1).bigEndianBytes + [1, 0, 0, 0, 0]
            let answer = try await server.curl("/v1/push", Self.binary + Self.body, input: frame)
            #expect(answer.status == 400 && answer.body.contains(#""code":"over_limit""#))
        }
    }

    @Test func `a GET with a body is refused`() async throws {
        try await TestServer.run { server in
            let answer = try await server.curl("/v1/root/1", ["--request", "GET"] + Self.body, input: [1])
            #expect(answer.status == 413)
            let chunked = try await server.curl(
                "/v1/root/1", ["--request", "GET"] + Self.chunked + Self.body, input: [1])
            #expect(chunked.status == 413)
        }
    }

    @Test func `a wrong or missing content type is 415`() async throws {
        try await TestServer.run { server in
            for type in ["text/plain", "application/jsonx", ""] {
                let answer = try await server.curl(
                    "/v1/hello", ["--header", "Content-Type: \(type)"] + Self.body, input: Self.hello(bytes: 1_000))
                #expect(answer.status == 415 && answer.body.contains(#""code":"unsupported_type""#), "\(type)")
            }
            let parameters = ["--header", "Content-Type: Application/JSON ; charset=utf-8"]
            let answer = try await server.curl("/v1/hello", parameters + Self.body, input: Self.hello(bytes: 1_000))
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"protocol":[1]}"#, "\u{FFFD}", #"{"protocol":"1"}"#,
        String(repeating: "[", count: 4_000),
    ])
    func `malformed JSON is 400`(text: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.curl("/v1/hello", Self.json + Self.body, input: Array(text.utf8))
            #expect(answer.status == 400 && answer.body.contains(#""code":"malformed""#), "\(answer)")
        }
    }

    @Test(arguments: ["heads", "pull", "push", "receipts"])
    func `malformed bytes are 400`(path: String) async throws {
        try await TestServer.run { server in
            for input in [[], [0], Samples.noise(50), Array(repeating: 0xFF, count: 100)] as [[UInt8]] {
                let answer = try await server.curl("/v1/\(path)", Self.binary + Self.body, input: input)
                #expect(answer.status == 400, "\(input.count) bytes: \(answer)")
            }
        }
    }

    @Test func `a batch frame and something more is 400`() async throws {
        try await TestServer.run { server in
            let frame = BatchCoding.frame(Samples.batch(1...3)).encoded()
            let one = try await server.curl("/v1/push", Self.binary + Self.body, input: frame)
            #expect(one.status == 200)
            let two = try await server.curl("/v1/push", Self.binary + Self.body, input: frame + frame)
            #expect(two.status == 400)
            let cut = try await server.curl("/v1/push", Self.binary + Self.body, input: Array(frame.dropLast()))
            #expect(cut.status == 400)
            let end = ExchangeFrame.end(more: false, frontier: .empty).encoded()
            let other = try await server.curl("/v1/push", Self.binary + Self.body, input: end)
            #expect(other.status == 400)
        }
    }

    @Test func `paths, methods and numbers that do not exist are refused by name`() async throws {
        let expected: [(String, [String], Int)] = [
            ("/", [], 404), ("/v1", [], 404), ("/v2/hello", [], 404), ("/v1/hello/", [], 404), ("/v1/nothing", [], 404),
            ("/v1/root", [], 404), ("/v1/root/1/2", [], 404), ("/v1/hello", [], 405), ("/v1/push", [], 405),
            ("/v1/root/1", ["--request", "POST"], 405), ("/v1/descriptors", ["--request", "DELETE"], 405),
            ("/v1/root/x", [], 400), ("/v1/root/-1", [], 400), ("/v1/root/+1", [], 400),
            ("/v1/root/9007199254740992", [], 400), ("/v1/root/9007199254740991", [], 200),
            ("/v1/entry/nobody/1", [], 400), ("/v1/entry/\(Samples.origin)/0", [], 400),
            ("/v1/entry/\(Samples.origin)/1?id=abc", [], 400), ("/v1/entry/\(Samples.origin)/1", [], 200),
            ("/v1/entry/\(Samples.origin)/1?id=\(Digest.zero.hex)", [], 200),
        ]
        try await TestServer.run { server in
            for (path, arguments, status) in expected {
                let answer = try await server.curl(path, arguments)
                #expect(answer.status == status, "\(arguments) \(path)")
            }
            let allowed = try await server.curl("/v1/push", ["--include"])
            #expect(allowed.body.lowercased().contains("allow: post"))
        }
    }

    @Test(arguments: [("0", 204), ("25", 204), ("26", 400), ("-1", 400), ("1.5", 400), ("", 400)])
    func `a pull waits 0 to 25 seconds`(wait: String, status: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.curl(
                "/v1/pull?wait=\(wait)", Self.binary + Self.body, input: Samples.pullRequest.encoded())
            #expect(answer.status == status)
        }
    }

    @Test func `a client that dribbles its header is cut`() async throws {
        var limits = ServerLimits()
        limits.headerTime = .milliseconds(200)
        try await TestServer.run(limits: limits) { server in
            let answer = try await server.raw("POST /v1/hello HTTP/1.1\r\nHost:")
            #expect(answer == "")
        }
    }

    @Test func `a client that dribbles its body is cut`() async throws {
        var limits = ServerLimits()
        limits.lowSpeedTime = .milliseconds(200)
        try await TestServer.run(limits: limits) { server in
            let head =
                "POST /v1/hello HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
            let answer = try await server.raw(head + "{")
            #expect(answer == "")
        }
    }

    @Test func `a connection without requests is cut`() async throws {
        var limits = ServerLimits()
        limits.idleTime = .milliseconds(200)
        try await TestServer.run(limits: limits) { server in
            let answer = try await server.raw("GET /v1/root/7 HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("root 7"))
        }
    }

    @Test func `a client whose idle connection was cut makes another`() async throws {
        var limits = ServerLimits()
        limits.idleTime = .milliseconds(100)
        try await TestServer.run(limits: limits) { server in
            let client = try server.client()
            for version in UInt64(1)...3 {
                let root = try await client.root(version)
                #expect(root == Array("root \(version)".utf8))
                try await Task.sleep(for: .milliseconds(300))
            }
        }
    }

    @Test func `waiting for us is not idle`() async throws {
        var limits = ServerLimits()
        limits.idleTime = .seconds(1)
        limits.lowSpeedTime = .seconds(1)
        let service = RecordingService(
            onPull: { _, _, _ in
                try await Task.sleep(for: .seconds(3))
                return PullStream([.end(more: false, frontier: .empty)])
            },
            onPush: { batch, _ in
                try await Task.sleep(for: .seconds(3))
                return PushReply(frontierHash: .zero, applied: batch.entries.count, refused: [])
            })
        try await TestServer.run(service, limits: limits) { server in
            let client = try server.client()
            let end = try await client.pull(Samples.pullRequest, waitSeconds: 5) { _ in true }
            #expect(end == .ended(more: false, frontier: .empty))
            let answer1 = try await client.push(Samples.batch(1...2)).applied
            #expect(answer1 == 2)
        }
    }

    @Test func `a client that does not read its answer is cut`() async throws {
        var limits = ServerLimits()
        limits.lowSpeedTime = .seconds(1)
        let produced = Box(0)
        let service = RecordingService(onPull: { _, _, _ in
            PullStream { _ in
                produced.update { $0 += 1 }
                return .forkProof(Samples.megabyte)
            }
        })
        try await TestServer.run(service, limits: limits) { server in
            let cut = Latch()
            let consumer = Task {
                try await server.client().pull(Samples.pullRequest) { _ in
                    await cut.wait()
                    return true
                }
            }
            // The stream stands still, and then the server gives up on it: nothing is produced any more, though the
            // consumer then takes all that is in the buffers.
            await eventually("frames are produced") { produced.value > 1 }
            var last = -1
            await eventually("the stream stands still", within: .seconds(30)) {
                defer { last = produced.value }
                try? await Task.sleep(for: .milliseconds(2_500))
                return produced.value == last
            }
            cut.open()
            let error = try await peerError { try await consumer.value }
            #expect(error.kind == .unreachable && error.code == "stream_cut", "\(error)")
        }
    }

    @Test func `requests beyond the allowance are 429 with Retry-After`() async throws {
        var limits = ServerLimits()
        // The third request leaves a debt of half a token: 50 seconds.
        limits.requestBucket = .init(capacity: 2.5, perSecond: 0.01)
        try await TestServer.run(limits: limits) { server in
            let client = try server.client(.jiangsu)
            for version in UInt64(0)..<3 { _ = try await client.root(version) }
            let error = try await peerError { try await client.root(9) }
            #expect(error.kind == .unreachable && error.code == "too_many_requests" && error.status == 429)
            #expect((1...100).contains(error.retryAfterSeconds ?? 0))
            // Another peer has its own allowance.
            let answer2 = try await server.client(.zhejiang).root(9)
            #expect(answer2 == Array("root 9".utf8))
        }
    }

    @Test func `entries and bytes have an allowance too`() async throws {
        var limits = ServerLimits()
        limits.entryBucket = .init(capacity: 5, perSecond: 0.01)
        try await TestServer.run(limits: limits) { server in
            let client = try server.client()
            let answer3 = try await client.push(Samples.batch(1...6)).applied
            #expect(answer3 == 6)
            let error = try await peerError { try await client.push(Samples.batch(7...7)) }
            #expect(error.status == 429)
        }
        limits = ServerLimits()
        limits.byteBucket = .init(capacity: 1_000, perSecond: 0.01)
        try await TestServer.run(limits: limits) { server in
            let client = try server.client()
            _ = try await client.descriptors(offering: Samples.noise(2_000))
            let error = try await peerError { try await client.root(1) }
            #expect(error.status == 429)
        }
    }

    @Test func `one batch a peer and two a node are taken at a time`() async throws {
        let (running, most) = (Box(0), Box(0))
        let proceed = Latch()
        let service = RecordingService(onPush: { batch, market in
            let now = running.update { count in
                count += 1
                return count
            }
            most.update { $0 = max($0, now) }
            await proceed.wait()
            running.update { $0 -= 1 }
            return PushReply(frontierHash: .zero, applied: batch.entries.count, refused: [])
        })
        let pins = [
            TestIdentity.jiangsu.pin: Samples.jiangsu, TestIdentity.zhejiang.pin: Samples.zhejiang,
            TestIdentity.stranger.pin: Market("anhui")!,
        ]
        try await TestServer.run(service, pins: pins) { server in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for identity in [TestIdentity.jiangsu, .jiangsu, .zhejiang, .zhejiang, .stranger, .stranger] {
                    group.addTask { try await server.client(identity).push(Samples.batch(1...2)).applied }
                }
                await eventually("two are under way") { running.value == 2 }
                proceed.open()
                for try await applied in group { #expect(applied == 2) }
            }
            #expect(most.value == 2)
        }
    }

    @Test func `a push that waits too long for its turn is 503`() async throws {
        var limits = ServerLimits()
        limits.batchWaitTime = .milliseconds(100)
        let (arrived, proceed) = (Latch(), Latch())
        let service = RecordingService(onPush: { batch, _ in
            arrived.open()
            await proceed.wait()
            return PushReply(frontierHash: .zero, applied: batch.entries.count, refused: [])
        })
        try await TestServer.run(service, limits: limits) { server in
            async let first = server.client().push(Samples.batch(1...2))
            await arrived.wait()
            let error = try await peerError { try await server.client().push(Samples.batch(1...2)) }
            #expect(error.kind == .unreachable && error.code == "busy" && error.status == 503)
            proceed.open()
            let answer4 = try await first.applied
            #expect(answer4 == 2)
        }
    }

    @Test func `connections beyond the limit are closed at once`() async throws {
        var limits = ServerLimits()
        limits.connections = 2
        limits.connectionsUnknown = 2
        try await TestServer.run(limits: limits) { server in
            var clients = [try server.client(), try server.client()]
            for client in clients { _ = try await client.root(1) }
            let error = try await peerError { try await server.client().root(1) }
            // At once, not when the client has had enough of waiting: until then the connection would take up a descriptor.
            #expect(error.kind == .unreachable && error.code == "handshake_cut", "\(error)")
            #expect(try await clients[0].root(2) == Array("root 2".utf8))
            clients = []
            await eventually("room is made") {
                (try? await server.client().root(3)) == Array("root 3".utf8)
            }
        }
    }
}
