// The pipeline of one connection: byte meter, TLS, HTTP/1.1, part meter.

import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// HTTP/1.1 inside TLS with our watch around it. `TLSChannel` puts TLS below what this sets up.
struct ExchangeChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let http: HTTP1Channel
    private let connections: ConnectionTable
    private let limits: ServerLimits

    init(responder: ExchangeResponder, connections: ConnectionTable, limits: ServerLimits) {
        // Our requests have a handful of short header fields.
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64)
        http = HTTP1Channel(
            responder: { request, writer, channel in try await responder.respond(to: request, writer, channel) },
            configuration: .init(httpDecoderConfiguration: decoder))
        self.connections = connections
        self.limits = limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let value = watched(channel, logger)
        // NIO drops a channel whose setup fails, and leaves it open.
        value.whenFailure { _ in channel.close(promise: nil) }
        return value
    }

    private func watched(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Value> {
        guard let connection = connections.add(channel) else {
            logger.debug("connection refused: too many")
            return channel.eventLoop.makeFailedFuture(TooManyConnections())
        }
        channel.closeFuture.whenComplete { _ in connections.remove(connection) }
        return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let watch = ConnectionWatch(connection: connection, limits: limits, logger: logger)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteMeter(watch), position: .first)
            let state = try pipeline.handler(type: HTTPConnectionStateHandler.self)
            try pipeline.addHandler(PartMeter(watch), position: .before(state))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}

/// Ends a connection before it begins.
struct TooManyConnections: Error {}
