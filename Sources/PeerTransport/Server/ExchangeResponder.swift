// One request: every check in the protocol's order, then the service, then the answer.

import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SyncCore
import Synchronization

/// The order of checks is PROTOCOL.md section 6: pin → market · path, method, type, length, token buckets · the body.
struct ExchangeResponder: Sendable {
    private let service: any ExchangeService
    private let pins: PinTable
    private let connections: ConnectionTable
    private let budgets: PeerBudgets
    private let gate: BatchGate
    private let hashing: Hashing
    private let limits: ServerLimits
    private let logger: Logger

    init(
        service: any ExchangeService, pins: PinTable, connections: ConnectionTable, hashing: Hashing,
        limits: ServerLimits, logger: Logger
    ) {
        self.service = service
        self.pins = pins
        self.connections = connections
        self.hashing = hashing
        self.limits = limits
        self.logger = logger
        budgets = PeerBudgets(limits: limits)
        gate = BatchGate(slots: limits.batchesInMemory, waitTime: limits.batchWaitTime)
    }

    @concurrent
    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        guard let connection = connections.connection(of: channel) else { throw UnknownConnection() }
        let body = RequestBodyReader(request, connection)
        let answer = await answer(to: request, body, connection)
        let isEnding = answer.endsConnection || !body.isConsumed || Task.isShuttingDownGracefully
        try await AnswerWriter(channel: channel, isEnding: isEnding).write(answer, writer)
    }

    /// The answer, or the refusal as an answer: a request is never left without one.
    private func answer(
        to request: Request, _ body: RequestBodyReader, _ connection: PeerConnection
    ) async -> ExchangeAnswer {
        do {
            let market = try await market(of: connection)
            let route = try check(request, from: market)
            let answer = try await serve(route, body, from: market, connection)
            // Trust may have ended while the service worked.
            guard try await self.market(of: connection) == market else { throw Self.notPinned }
            return answer
        } catch let refusal as ExchangeRefusal {
            logger.debug(
                "request refused", metadata: ["status": "\(refusal.status.rawValue)", "code": "\(refusal.code)"])
            return .refusal(refusal)
        } catch let error as DecodeError {
            logger.debug("request malformed", metadata: ["code": "\(error.code)", "detail": "\(error.detail)"])
            return .refusal(ExchangeRefusal(.malformed, code: error.code, detail: error.detail))
        } catch {
            logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return .refusal(ExchangeRefusal(.failed, code: "internal", detail: "the server could not answer"))
        }
    }

    // MARK: Checks

    private static let notPinned = ExchangeRefusal(.notPinned, code: "not_pinned", detail: "no trusted key")

    /// Fails closed: no certificate, no pin, no market.
    private func market(of connection: PeerConnection) async throws -> Market {
        guard let pin = try? await connection.pin(hashing), let market = pins.market(for: pin) else {
            throw Self.notPinned
        }
        guard connections.claim(connection, for: market) else {
            throw ExchangeRefusal(
                .unavailable, code: "too_many_connections", detail: "too many connections of this market",
                retryAfterSeconds: 1)
        }
        return market
    }

    private func check(_ request: Request, from market: Market) throws -> ExchangeRoute {
        let route: ExchangeRoute
        switch ExchangeRoute.parse(method: request.method.rawValue, target: request.head.path ?? "") {
        case .route(let parsed): route = parsed
        case .unknownPath: throw ExchangeRefusal(.notFound, code: "unknown_path", detail: "no such request")
        case .methodNotAllowed(let allowed): throw ExchangeRefusal(methodNotAllowedExcept: allowed)
        case .malformed(let what): throw ExchangeRefusal(.malformed, code: "malformed", detail: what)
        }
        if let type = route.requestType, !type.matches(request.headers[.contentType]) {
            throw ExchangeRefusal(.unsupportedType, code: "unsupported_type", detail: "expected \(type.rawValue)")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > route.requestBytesMax {
            throw RequestBodyReader.tooLarge(route.requestBytesMax)
        }
        if let seconds = budgets.admitRequest(from: market, at: .now) {
            throw ExchangeRefusal(
                .tooManyRequests, code: "too_many_requests", detail: "the peer's allowance is used up",
                retryAfterSeconds: seconds)
        }
        return route
    }

    // MARK: Requests

    private func serve(
        _ route: ExchangeRoute, _ body: RequestBodyReader, from market: Market, _ connection: PeerConnection
    ) async throws -> ExchangeAnswer {
        if case .push = route { return try await servePush(body, from: market) }
        let bytes = try await body.read(upTo: route.requestBytesMax)
        budgets.charge(bytes: bytes.count, to: market, at: .now)
        if case .pull(let seconds) = route {
            return try await servePull(bytes, waitSeconds: seconds, from: market, connection)
        }
        let answer = try await serve(route, bytes, from: market)
        budgets.charge(bytes: answer.count, to: market, at: .now)
        return .body(route.responseType, answer)
    }

    private func serve(_ route: ExchangeRoute, _ bytes: [UInt8], from market: Market) async throws -> [UInt8] {
        switch route {
        case .hello: try await serveHello(bytes, from: market)
        case .heads: try await service.heads(Frontier(decoding: bytes), from: market).encoded()
        case .receipts: try await service.receipts(SignedStatement(decoding: bytes), from: market).encoded()
        case .compare: ExchangeJSON.encode(try await service.compare(ExchangeJSON.compareRequest(bytes), from: market))
        case .offerDescriptors: try await service.descriptors(bytes, from: market)
        case .descriptors: try await service.descriptors(nil, from: market)
        case .root(let version): try await service.root(version, from: market)
        case .entry(let dot, let id): try await service.entry(dot, id: id, from: market)
        case .pull, .push: preconditionFailure("pull and push are served by functions of their own")
        }
    }

    private func serveHello(_ bytes: [UInt8], from market: Market) async throws -> [UInt8] {
        let (hello, takesBriefAnswer) = try ExchangeJSON.helloRequest(bytes)
        guard hello.market == market else {
            throw ExchangeRefusal(.forbidden, code: "other_market", detail: "the key is another market's")
        }
        guard hello.protocols.contains(Hello.protocolVersion) else {
            throw ExchangeRefusal(.notFound, code: "no_common_version", detail: "this node speaks version 1")
        }
        let answer = try await service.hello(hello, from: market)
        return takesBriefAnswer ? ExchangeJSON.encode(answer, brieflyTo: hello) : ExchangeJSON.encode(answer)
    }

    private func servePush(_ body: RequestBodyReader, from market: Market) async throws -> ExchangeAnswer {
        guard await gate.enter(market) else {
            throw ExchangeRefusal(
                .unavailable, code: "busy", detail: "other batches are being applied", retryAfterSeconds: 2)
        }
        defer { gate.leave(market) }
        let bytes = try await body.read(upTo: ExchangeRoute.push.requestBytesMax)
        budgets.charge(bytes: bytes.count, to: market, at: .now)
        let batch = try BatchCoding.batch(fromPushBody: bytes)
        budgets.charge(entries: batch.entries.count, to: market, at: .now)
        let reply = try await service.push(batch, from: market)
        return .body(ExchangeRoute.push.responseType, ExchangeJSON.encode(reply))
    }

    private func servePull(
        _ bytes: [UInt8], waitSeconds: Int, from market: Market, _ connection: PeerConnection
    ) async throws -> ExchangeAnswer {
        let request = try PullRequest(decoding: bytes)
        guard let stream = try await wait(for: request, waitSeconds, from: market, connection) else { return .nothing }
        guard let first = try await stream.next(Task.isShuttingDownGracefully) else { return .nothing }
        let rest = checked(stream, from: market, connection)
        guard first.approximateBytes <= Self.smallBytes else { return .stream(first: first, rest: rest) }
        // Most likely a held pull, and one commit: then the end follows, and both go out as one.
        let second = await Result { try await rest(first.approximateBytes) }
        if case .success(.some(.end)) = second, let end = try second.get() {
            return .body(.exchange, first.encoded() + end.encoded())
        }
        let ahead = Mutex<Result<ExchangeFrame?, any Error>?>(second)
        return .stream(first: first) { bytesSent in
            if let second = ahead.withLock({ ahead in
                defer { ahead = nil }
                return ahead
            }) {
                return try second.get()
            }
            return try await rest(bytesSent)
        }
    }

    private static let smallBytes = 32 << 10

    /// The service's answer; nil if the caller goes away, loses our trust, or we stop while it waits.
    private func wait(
        for request: PullRequest, _ seconds: Int, from market: Market, _ connection: PeerConnection
    ) async throws -> PullStream? {
        let waiting = Task { try await service.pull(request, from: market, waitSeconds: seconds) }
        connection.onClose { waiting.cancel() }
        defer { connection.onClose(nil) }
        do {
            return try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await waiting.value
                } onGracefulShutdown: {
                    waiting.cancel()
                }
            } onCancel: {
                waiting.cancel()
            }
        } catch is CancellationError {
            return nil
        }
    }

    /// The stream with what the transport adds to it: trust is asked again before each frame, bytes are charged, and it is
    /// told to wind up after its time, its bytes, or when the server stops.
    private func checked(
        _ stream: PullStream, from market: Market, _ connection: PeerConnection
    ) -> @Sendable (_ bytesSent: Int) async throws -> ExchangeFrame? {
        let end = ContinuousClock.now.advanced(by: limits.pullTime)
        return { bytesSent in
            guard try await self.market(of: connection) == market else { throw Self.notPinned }
            let isLong = bytesSent >= limits.pullBytes || ContinuousClock.now >= end
            let frame = try await stream.next(isLong || Task.isShuttingDownGracefully)
            if let frame { budgets.charge(bytes: frame.approximateBytes, to: market, at: .now) }
            return frame
        }
    }
}

/// Programmer's mistake or a connection that has just ended: either way there is nobody to answer.
struct UnknownConnection: Error {}

extension ExchangeFrame {
    fileprivate var approximateBytes: Int {
        switch self {
        case .batch(_, let zstd): zstd.count
        case .forkProof(let bytes): bytes.count
        case .end: 0
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
