// A real server on a real socket, and real clients of it, for the length of one test.

import ForeignPrograms
import Foundation
import Logging
import PeerTransport
import ServiceLifecycle
import SyncCore
import Testing

struct TestServer: Sendable {
    let port: Int
    let pins: PinTable
    let server: ExchangeServer
    let group: ServiceGroup

    static let usualPins = [TestIdentity.jiangsu.pin: Samples.jiangsu, TestIdentity.zhejiang.pin: Samples.zhejiang]

    /// Serves while `body` runs, then shuts down gracefully.
    static func run(
        _ service: RecordingService = RecordingService(), limits: ServerLimits = ServerLimits(),
        pins: [Digest: Market] = usualPins, changedPins: @escaping @Sendable () -> [Digest: Market]? = { nil },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let table = PinTable(pins, changed: changedPins)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = ProcessInfo.processInfo.environment["TRANSPORT_TEST_LOG"] == nil ? .critical : .trace
        let server = try ExchangeServer(
            host: "127.0.0.1", port: 0, identity: TestIdentity.shanghai.server, pins: table, hashing: SHA256.hashing,
            service: service, limits: limits, logger: logger, onListening: { _, port in listening.yield(port) })
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            do {
                try await body(TestServer(port: port, pins: table, server: server, group: group))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func client(
        _ identity: TestIdentity = .jiangsu, pins: [Digest] = [TestIdentity.shanghai.pin],
        limits: ClientLimits = ClientLimits(), proxy: String? = nil
    ) throws -> PeerClient {
        PeerClient(
            try PeerEndpoint(
                market: Samples.shanghai, url: "https://127.0.0.1:\(port)", pins: pins,
                certificatePEM: identity.certificatePEM, privateKeyPEM: identity.privateKeyPEM, proxy: proxy),
            limits: limits)
    }

    /// The `curl` command as a pinned client, for requests that our own client would never send. Answers status and body.
    func curl(
        _ path: String, _ arguments: [String] = [], identity: TestIdentity? = .jiangsu, input: [UInt8] = []
    ) async throws -> (status: Int, body: String) {
        var command = [
            "curl", "--silent", "--insecure", "--noproxy", "*", "--max-time", "20", "--write-out", "\n%{http_code}",
        ]
        if let identity { command += ["--cert", identity.certificatePath, "--key", identity.keyPath] }
        command += arguments + ["https://127.0.0.1:\(port)\(path)"]
        let outcome = try await Command.runAside(command, input: input)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        let status = try #require(Int(lines.last ?? ""))
        return (status, lines.dropLast().joined(separator: "\n"))
    }

    /// Raw bytes through TLS, then everything that comes back until the server ends the connection.
    func raw(_ bytes: String, _ arguments: [String] = []) async throws -> String {
        let identity = TestIdentity.jiangsu
        let outcome = try await Command.runAside(
            [
                "timeout", "30", "openssl", "s_client", "-quiet", "-ign_eof", "-connect", "127.0.0.1:\(port)",
                "-cert", identity.certificatePath, "-key", identity.keyPath,
            ] + arguments, input: Array(bytes.utf8))
        // 124: the server had not ended the connection by then.
        #expect(outcome.status != 124)
        return outcome.output
    }
}

/// Waits, within bounds, for something that happens soon.
func eventually(
    _ what: Comment, within time: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async rethrows {
    let end = ContinuousClock.now.advanced(by: time)
    while ContinuousClock.now < end {
        if try await condition() { return }
        try? await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// The `PeerError` that `body` throws.
func peerError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> some Any
) async throws -> PeerError {
    do {
        _ = try await body()
    } catch let error as PeerError {
        return error
    }
    Issue.record("no error", sourceLocation: sourceLocation)
    return PeerError(.failed, code: "no_error", detail: "")
}
