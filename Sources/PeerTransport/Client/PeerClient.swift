// The requests of the exchange, as a node makes them of one peer.

package import SyncCore

/// A client of one peer: one thread, one kept connection, requests one after another in the order they were asked for.
///
/// A node that holds a long poll open and pushes at the same time has two clients of that peer. Every method throws
/// `PeerError`, or `CancellationError` when its task was cancelled; nothing here blocks the cooperative pool.
package final class PeerClient: Sendable {
    /// How a pull ended.
    package enum PullEnd: Hashable, Sendable {
        /// 204: the wait ended with nothing to send.
        case nothing
        /// The sender's frontier; `more`: pull again at once.
        case ended(more: Bool, frontier: Frontier)
        /// The consumer wanted no more.
        case stopped
    }

    package let market: Market
    private let thread: CurlThread

    package init(_ endpoint: PeerEndpoint, limits: ClientLimits = ClientLimits()) {
        market = endpoint.market
        thread = CurlThread(endpoint: endpoint, limits: limits)
        thread.start()
    }

    deinit {
        thread.stop()
    }

    /// The certificate (PEM) that the peer showed on the last connection that was made; nil before the first.
    package var peerCertificate: [UInt8]? { thread.leafCertificate }

    /// The first request of a round, and the one whose failure tells whether the two sides trust each other.
    package func hello(_ hello: Hello) async throws -> Hello {
        let reply: Hello
        do {
            reply = try await decoded(.hello, ExchangeJSON.encodeAskingBriefly(hello)) { bytes throws(DecodeError) in
                try ExchangeJSON.hello(bytes, answering: hello)
            }
        } catch let error as PeerError where error.status == 404 {
            throw PeerError(
                .failed, code: "no_common_version", detail: "\(market) speaks no version of the exchange that we speak",
                status: 404)
        }
        guard reply.market == market else {
            throw PeerError(
                .refused, code: "other_market", detail: "\(market)'s key answered as \(reply.market)")
        }
        return reply
    }

    package func heads(_ frontier: Frontier) async throws -> HeadsReply {
        try await decoded(.heads, frontier.encoded()) { bytes throws(DecodeError) in
            try HeadsReply(decoding: bytes)
        }
    }

    /// Streams what the peer has and we lack. `onFrame` gets each batch and fork proof, one at a time; the next is not read
    /// off the socket before it returns. It answers whether to go on.
    ///
    /// A stream that was cut throws `stream_cut` after every whole frame has been delivered: go on from there.
    package func pull(
        _ request: PullRequest, waitSeconds: Int = 0, onFrame: (ExchangeFrame) async throws -> Bool
    ) async throws -> PullEnd {
        precondition(
            (0...Limits.longPollSecondsMax).contains(waitSeconds), "a pull waits 0 to 25 s, not \(waitSeconds)")
        var end: PullEnd?
        let outcome = try await run(.pull(waitSeconds: waitSeconds), request.encoded()) { frame in
            guard end == nil else { throw Self.malformedReply("a frame after the end") }
            if case .end(let more, let frontier) = frame {
                end = .ended(more: more, frontier: frontier)
                return true
            }
            return try await onFrame(frame)
        }
        switch outcome {
        case .none: return .stopped
        case .success(let reply) where reply.status == 204: return .nothing
        case .success(let reply):
            try Self.check(reply, .pull(waitSeconds: waitSeconds))
            guard let end else { throw Self.cut("no end frame") }
            return end
        case .failure(let error):
            // The end frame has arrived: whatever happened to the connection afterwards changes nothing.
            if let end { return end }
            throw error
        }
    }

    package func push(_ batch: Batch) async throws -> PushReply {
        try await push(BatchCoding.frame(batch))
    }

    /// For a frame that was made before, to send the same batch to several peers.
    package func push(_ frame: ExchangeFrame) async throws -> PushReply {
        try await decoded(.push, frame.encoded(), ExchangeJSON.pushReply)
    }

    package func receipts(_ receipt: SignedStatement) async throws -> SignedStatement {
        try await decoded(.receipts, receipt.encoded()) { bytes throws(DecodeError) in
            try SignedStatement(decoding: bytes)
        }
    }

    package func compare(_ request: CompareRequest) async throws -> CompareReply {
        try await decoded(.compare, ExchangeJSON.encode(request), ExchangeJSON.compareReply)
    }

    /// The peer's descriptors, as YAML documents; `offered` are ours, nil to offer none.
    package func descriptors(offering offered: [UInt8]? = nil) async throws -> [UInt8] {
        try await bytes(offered == nil ? .descriptors : .offerDescriptors, offered)
    }

    package func root(_ version: UInt64) async throws -> [UInt8] {
        try await bytes(.root(version), nil)
    }

    /// The stored entry's bytes.
    package func entry(_ dot: Dot, id: ID16? = nil) async throws -> [UInt8] {
        try await bytes(.entry(dot, id: id), nil)
    }

    // MARK: Transfers

    private func decoded<Value>(
        _ route: ExchangeRoute, _ body: [UInt8], _ decode: ([UInt8]) throws(DecodeError) -> Value
    ) async throws -> Value {
        let reply = try await bytes(route, body)
        do {
            return try decode(reply)
        } catch {
            throw Self.malformedReply(error.detail)
        }
    }

    private func bytes(_ route: ExchangeRoute, _ body: [UInt8]?) async throws -> [UInt8] {
        let outcome = try await run(route, body) { _ in true }
        guard let reply = try outcome?.get() else { throw CancellationError() }
        try Self.check(reply, route)
        return reply.body
    }

    /// Nil if `onFrame` wanted no more. The result is separate from what `onFrame` and cancellation throw, since a pull has
    /// to look at what arrived before a failure.
    private func run(
        _ route: ExchangeRoute, _ body: [UInt8]?, onFrame: (ExchangeFrame) async throws -> Bool
    ) async throws -> Result<TransferReply, PeerError>? {
        let transfer = Transfer(route, body: body)
        thread.submit(transfer)
        return try await withTaskCancellationHandler {
            while true {
                switch await transfer.next() {
                case .frame(let frame):
                    guard try await consume(frame, of: transfer, onFrame) else { return nil }
                case .ended(.success(let reply)):
                    return .success(reply)
                case .ended(.failure(.cancelled)):
                    throw CancellationError()
                case .ended(.failure(let end)):
                    return .failure(Self.error(end, route))
                }
            }
        } onCancel: {
            transfer.cancel()
            thread.wake()
        }
    }

    /// False if the consumer wants no more; then, and when it throws, the transfer is over before this returns.
    private func consume(
        _ frame: ExchangeFrame, of transfer: Transfer, _ onFrame: (ExchangeFrame) async throws -> Bool
    ) async throws -> Bool {
        do {
            if try await onFrame(frame) {
                transfer.acknowledge()
                thread.wake()
                return true
            }
            await abandon(transfer)
            return false
        } catch {
            await abandon(transfer)
            throw error
        }
    }

    private func abandon(_ transfer: Transfer) async {
        transfer.cancel()
        thread.wake()
        while case .frame = await transfer.next() {}
    }

    // MARK: Errors

    private static func error(_ end: TransferEnd, _ route: ExchangeRoute) -> PeerError {
        switch end {
        case .failure(let failure):
            let error = PeerError(failure)
            // Frames have arrived before: that was a stream.
            guard case .pull = route, error.kind == .unreachable, failure.bytesReceived > 0 else { return error }
            return cut(error.detail)
        case .overLimit:
            return PeerError(.failed, code: "reply_over_limit", detail: "the answer to \(route.name) is too long")
        case .malformed(let error):
            return malformedReply(error.detail)
        case .cancelled:
            preconditionFailure("a cancellation is no peer's error")
        }
    }

    private static func cut(_ detail: String) -> PeerError {
        PeerError(.unreachable, code: "stream_cut", detail: detail)
    }

    private static func malformedReply(_ detail: String) -> PeerError {
        PeerError(.failed, code: "malformed_reply", detail: detail)
    }

    private static func check(_ reply: TransferReply, _ route: ExchangeRoute) throws(PeerError) {
        guard reply.status == 200 else {
            throw .status(reply.status, body: reply.body, retryAfterSeconds: reply.retryAfterSeconds)
        }
        guard route.responseType.matches(reply.contentType) else {
            throw PeerError(.failed, code: "unsupported_type", detail: "the answer to \(route.name) has another type")
        }
    }
}
