// How refusals, errors and absences reach the caller: kind, code, status.

import PeerTransport
import SyncCore
import Testing

@Suite("How a no travels", .timeLimit(.minutes(30))) struct RefusalTests {
    @Test(arguments: [
        (ExchangeRefusal.Status.forbidden, PeerError.Kind.refused), (.conflict, .refused), (.notPinned, .refused),
        (.notFound, .failed), (.malformed, .failed), (.refusedEntries, .failed), (.tooManyRequests, .unreachable),
        (.unavailable, .unreachable), (.diskFull, .unreachable),
    ])
    func `the service's refusal arrives with its status, code and kind`(
        status: ExchangeRefusal.Status, kind: PeerError.Kind
    ) async throws {
        let refusal = ExchangeRefusal(status, code: "some_reason", detail: "why \u{202E}not", retryAfterSeconds: 9)
        let service = RecordingService(onRoot: { _, _ in throw refusal })
        try await TestServer.run(service) { server in
            let error = try await peerError { try await server.client().root(1) }
            #expect(error.kind == kind && error.code == "some_reason" && error.status == status.rawValue)
            #expect(error.retryAfterSeconds == 9)
            #expect(error.detail == "why \u{FFFD}not")
        }
    }

    @Test func `any other error is 500 and says nothing`() async throws {
        struct Private: Error { let secret = "record 42" }
        let service = RecordingService(onRoot: { _, _ in throw Private() })
        try await TestServer.run(service) { server in
            let error = try await peerError { try await server.client().root(1) }
            #expect(error.kind == .failed && error.code == "internal" && error.status == 500)
            #expect(!error.detail.contains("42"))
        }
    }

    @Test func `the connection goes on after a refusal whose request was read`() async throws {
        var limits = ServerLimits()
        limits.connectionsPerMarket = 1
        let service = RecordingService(onRoot: { version, _ in
            guard version > 1 else { throw ExchangeRefusal(.notFound, code: "no_root", detail: "") }
            return []
        })
        try await TestServer.run(service, limits: limits) { server in
            let client = try server.client()
            let error = try await peerError { try await client.root(1) }
            #expect(error.code == "no_root")
            let answer1 = try await client.root(2)
            #expect(answer1 == [])
        }
    }

    @Test func `a peer that is not there is unreachable`() async throws {
        let endpoint = try PeerEndpoint(
            market: Samples.shanghai, url: "https://127.0.0.1:1/", pins: [TestIdentity.shanghai.pin],
            certificatePEM: TestIdentity.jiangsu.certificatePEM, privateKeyPEM: TestIdentity.jiangsu.privateKeyPEM)
        let error = try await peerError { try await PeerClient(endpoint).hello(Samples.hello(Samples.jiangsu)) }
        #expect(error.kind == .unreachable && error.code == "connection_refused")
    }

    @Test func `a name that does not resolve is unreachable`() async throws {
        let endpoint = try PeerEndpoint(
            market: Samples.shanghai, url: "https://nowhere.invalid", pins: [TestIdentity.shanghai.pin],
            certificatePEM: TestIdentity.jiangsu.certificatePEM, privateKeyPEM: TestIdentity.jiangsu.privateKeyPEM)
        let error = try await peerError { try await PeerClient(endpoint).hello(Samples.hello(Samples.jiangsu)) }
        #expect(error.kind == .unreachable && error.code == "host_not_found")
    }

    @Test(arguments: [
        "http://a:1", "https://", "https://a/b", "https://u@a", "https://a?x", "https://a#x", "https://a b", "ftp://a",
        "a",
        "none", "https://a\r\nX: y", "https://a\\b",
    ])
    func `only a plain https URL is an endpoint`(url: String) {
        let error = #expect(throws: PeerError.self) {
            try PeerEndpoint(
                market: Samples.shanghai, url: url, pins: [.zero], certificatePEM: [], privateKeyPEM: [])
        }
        #expect(error?.code == "bad_endpoint")
    }

    @Test func `a hello without a common version is 404`() async throws {
        try await TestServer.run { server in
            var hello = Samples.hello(Samples.jiangsu)
            hello.protocols = [2, 3]
            let error = try await peerError { try await server.client().hello(hello) }
            #expect(error.kind == .failed && error.code == "no_common_version" && error.status == 404)
        }
    }

    @Test func `our own broken certificate is named as ours`() async throws {
        try await TestServer.run { server in
            let endpoint = try PeerEndpoint(
                market: Samples.shanghai, url: "https://127.0.0.1:\(server.port)", pins: [TestIdentity.shanghai.pin],
                certificatePEM: [1, 2, 3], privateKeyPEM: [4])
            let error = try await peerError { try await PeerClient(endpoint).hello(Samples.hello(Samples.jiangsu)) }
            #expect(error.kind == .failed && error.code == "own_certificate", "\(error)")
        }
    }

    @Test func `a server that answers nothing in time is a time-out`() async throws {
        var limits = ClientLimits()
        limits.requestMilliseconds = 300
        let proceed = Latch()
        let service = RecordingService(onRoot: { _, _ in
            await proceed.wait()
            return []
        })
        try await TestServer.run(service) { [limits] server in
            let error = try await peerError { try await server.client(limits: limits).root(1) }
            #expect(error.kind == .unreachable && error.code == "timeout")
            proceed.open()
        }
    }

    @Test func `an answer over its limit is not read to its end`() async throws {
        let service = RecordingService(
            onDescriptors: { _, _ in Samples.noise(Limits.descriptorsBytes + 1) },
            onRoot: { _, _ in Samples.noise(Limits.descriptorsBytes) })
        try await TestServer.run(service) { server in
            let client = try server.client()
            let error = try await peerError { try await client.descriptors() }
            #expect(error.kind == .failed && error.code == "reply_over_limit")
            let answer2 = try await client.root(1).count
            #expect(answer2 == Limits.descriptorsBytes)
        }
    }
}
