// Who gets in and who does not: pins on both sides, TLS versions, trust that ends, identities that change.

import PeerTransport
import SyncCore
import Testing

@Suite("Only pinned keys talk", .timeLimit(.minutes(30))) struct TrustTests {
    private let ours = Samples.hello(Samples.jiangsu)

    @Test func `a server with another key is refused before a byte is sent`() async throws {
        let asked = Box(0)
        let service = RecordingService(onHello: { hello, _ in
            asked.update { $0 += 1 }
            return hello
        })
        try await TestServer.run(service) { server in
            let client = try server.client(pins: [TestIdentity.stranger.pin])
            let error = try await peerError { try await client.hello(ours) }
            #expect(error.kind == .refused && error.code == "wrong_pin")
            #expect(asked.value == 0)
        }
    }

    @Test func `either of two pins is enough`() async throws {
        try await TestServer.run { server in
            let client = try server.client(pins: [TestIdentity.stranger.pin, TestIdentity.shanghai.pin])
            let answer1 = try await client.hello(ours).market
            #expect(answer1 == Samples.shanghai)
        }
    }

    @Test(arguments: ["EC", "ED25519", "RSA"])
    func `keys of every kind that TLS 1_3 signs with are taken, on both sides`(algorithm: String) async throws {
        let identity = TestIdentity.make("kind-\(algorithm)", algorithm: algorithm)
        try await TestServer.run(pins: [identity.pin: Samples.jiangsu]) { server in
            try server.server.replaceIdentity(identity.server)
            let reply = try await server.client(identity, pins: [identity.pin]).hello(ours)
            #expect(reply.market == Samples.shanghai)
        }
    }

    @Test func `no pin at all makes no client`() throws {
        let error = #expect(throws: PeerError.self) {
            try PeerEndpoint(
                market: Samples.shanghai, url: "https://127.0.0.1:1", pins: [], certificatePEM: [], privateKeyPEM: [])
        }
        #expect(error?.kind == .refused && error?.code == "no_pin")
    }

    @Test(arguments: 0..<10)
    func `a key that the server does not know is refused in the handshake`(_: Int) async throws {
        try await TestServer.run { server in
            let error = try await peerError { try await server.client(.stranger).hello(ours) }
            #expect(error.kind == .refused && error.code == "handshake_refused", "\(error)")
        }
    }

    @Test func `a client without a certificate is refused in the handshake`() async throws {
        try await TestServer.run { server in
            let outcome = try await server.curl("/v1/descriptors", identity: nil)
            #expect(outcome.status == 0)
            let known = try await server.curl("/v1/descriptors")
            #expect(known.status == 200)
        }
    }

    @Test func `TLS 1_2 is refused in the handshake`() async throws {
        try await TestServer.run { server in
            let old = try await server.curl("/v1/descriptors", ["--tls-max", "1.2"])
            #expect(old.status == 0)
            let new = try await server.curl("/v1/descriptors", ["--tlsv1.3"])
            #expect(new.status == 200)
        }
    }

    @Test func `hello in another market's name is 403`() async throws {
        try await TestServer.run { server in
            let error = try await peerError { try await server.client().hello(Samples.hello(Samples.zhejiang)) }
            #expect(error.kind == .refused && error.code == "other_market" && error.status == 403)
        }
    }

    @Test func `a peer that answers hello as another market is refused`() async throws {
        let service = RecordingService(onHello: { _, _ in Samples.hello(Samples.zhejiang) })
        try await TestServer.run(service) { server in
            let error = try await peerError { try await server.client().hello(ours) }
            #expect(error.kind == .refused && error.code == "other_market" && error.status == nil)
        }
    }

    @Test func `the service is told the market of the key`() async throws {
        let service = RecordingService(onRoot: { _, market in Array(market.name.utf8) })
        try await TestServer.run(service) { server in
            let answer2 = try await server.client(.jiangsu).root(1)
            #expect(answer2 == Array("jiangsu".utf8))
            let answer3 = try await server.client(.zhejiang).root(1)
            #expect(answer3 == Array("zhejiang".utf8))
        }
    }

    @Test func `removing a pin ends its idle connections and nobody else's`() async throws {
        try await TestServer.run { server in
            let client = try server.client(.jiangsu)
            let other = try server.client(.zhejiang)
            _ = try await client.root(1)
            _ = try await other.root(1)
            server.pins.replace(with: [TestIdentity.zhejiang.pin: Samples.zhejiang])
            let error = try await peerError { try await client.hello(ours) }
            // Not 401: the old connection has gone, and the new one is refused in the handshake.
            #expect(error.kind == .refused && error.code == "handshake_refused", "\(error)")
            let answer4 = try await other.root(2)
            #expect(answer4 == Array("root 2".utf8))
        }
    }

    /// The daemon's tick replaces the table before any request has asked what changed in `peers/`.
    @Test func `trust that changed on disk is taken up in the middle of a replacement`() async throws {
        let remaining = [TestIdentity.zhejiang.pin: Samples.zhejiang]
        let onDisk = Box<[Digest: Market]?>(nil)
        let takeChange: @Sendable () -> [Digest: Market]? = {
            onDisk.update { change in
                defer { change = nil }
                return change
            }
        }
        try await TestServer.run(changedPins: takeChange) { server in
            let client = try server.client(.jiangsu)
            _ = try await client.root(1)
            onDisk.update { $0 = remaining }
            server.pins.replace(with: remaining)
            let error = try await peerError { try await client.hello(ours) }
            #expect(error.code == "handshake_refused", "\(error)")
        }
    }

    @Test func `a request under way when its pin goes is answered 401 and its connection ends`() async throws {
        let (arrived, proceed) = (Latch(), Latch())
        let service = RecordingService(onRoot: { _, _ in
            arrived.open()
            await proceed.wait()
            return Array("secret".utf8)
        })
        try await TestServer.run(service) { server in
            async let answer = server.curl("/v1/root/1", ["--write-out", "\n%{http_code}", "--include"])
            await arrived.wait()
            server.pins.replace(with: [:])
            proceed.open()
            let (status, body) = try await answer
            #expect(status == 401)
            #expect(body.contains(#""code":"not_pinned""#) && !body.contains("secret"))
            #expect(body.lowercased().contains("connection: close"))
        }
    }

    /// A resumed session skips the handshake's callback: only the check of each request stands between an old ticket and us.
    @Test func `a resumed session is asked for its pin again`() async throws {
        try await TestServer.run { server in
            let ticket = TestIdentity.jiangsu.keyPath + ".ticket"
            let first = try await server.raw(
                "GET /v1/root/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", ["-sess_out", ticket])
            #expect(first.hasPrefix("HTTP/1.1 200"))
            server.pins.replace(with: [:])
            let second = try await server.raw("GET /v1/root/1 HTTP/1.1\r\nHost: x\r\n\r\n", ["-sess_in", ticket])
            #expect(second.hasPrefix("HTTP/1.1 401"), "\(second)")
        }
    }

    @Test func `a stream under way when its pin goes is cut`() async throws {
        let streams = Box(0)
        let service = RecordingService(onPull: { _, _, _ in
            PullStream { _ in
                streams.update { $0 += 1 }
                return .forkProof(Samples.noise(100))
            }
        })
        try await TestServer.run(service) { server in
            let error = try await peerError {
                try await server.client().pull(Samples.pullRequest) { _ in
                    server.pins.replace(with: [:])
                    return true
                }
            }
            #expect(error.kind == .unreachable && error.code == "stream_cut", "\(error)")
        }
    }

    @Test func `a pin that comes to mean another market ends the connection too`() async throws {
        let service = RecordingService(onRoot: { _, market in Array(market.name.utf8) })
        try await TestServer.run(service) { server in
            let client = try server.client(.jiangsu)
            _ = try await client.root(1)
            server.pins.replace(with: [TestIdentity.jiangsu.pin: Samples.zhejiang])
            let answer5 = try await client.root(1)
            #expect(answer5 == Array("zhejiang".utf8))
        }
    }

    @Test func `a waiting pull ends when its pin goes`() async throws {
        let waiting = Latch()
        let service = RecordingService(onPull: { _, _, _ in
            waiting.open()
            try await Task.sleep(for: .seconds(600))
            return nil
        })
        try await TestServer.run(service) { server in
            async let error = peerError {
                try await server.client().pull(Samples.pullRequest, waitSeconds: 25) { _ in true }
            }
            await waiting.wait()
            server.pins.replace(with: [:])
            let answer6 = try await error.status
            #expect(answer6 == 401)
        }
    }

    @Test func `the identity rotates while connections stand`() async throws {
        try await TestServer.run { server in
            let standing = try server.client(pins: [TestIdentity.shanghai.pin])
            _ = try await standing.root(1)
            try server.server.replaceIdentity(TestIdentity.shanghaiNext.server)
            let answer7 = try await standing.root(2)
            #expect(answer7 == Array("root 2".utf8))
            let old = try await peerError { try await server.client(pins: [TestIdentity.shanghai.pin]).hello(ours) }
            #expect(old.code == "wrong_pin")
            let answer8 = try await server.client(pins: [TestIdentity.shanghaiNext.pin]).hello(ours).market
            #expect(answer8 == Samples.shanghai)
        }
    }

    @Test func `an identity whose parts do not fit is not taken`() async throws {
        try await TestServer.run { server in
            let broken = ServerIdentity(
                certificatePEM: TestIdentity.shanghaiNext.certificatePEM,
                privateKeyPEM: TestIdentity.stranger.privateKeyPEM)
            #expect(throws: (any Error).self) { try server.server.replaceIdentity(broken) }
            #expect(throws: (any Error).self) {
                try server.server.replaceIdentity(ServerIdentity(certificatePEM: [1], privateKeyPEM: [2]))
            }
            let answer9 = try await server.client().hello(ours).market
            #expect(answer9 == Samples.shanghai)
        }
    }

    @Test func `a proxy in the environment is not asked`() async throws {
        try await TestServer.run { server in
            let configured = try await peerError {
                try await server.client(proxy: "http://127.0.0.1:1").hello(ours)
            }
            #expect(configured.kind == .unreachable)
            let answer10 = try await server.client().hello(ours).market
            #expect(answer10 == Samples.shanghai)
        }
    }
}
