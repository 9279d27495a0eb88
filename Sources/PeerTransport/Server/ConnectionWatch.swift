// The channel handlers that watch a connection's pace and end it when it must end.

import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes

/// Two handlers of one pipeline share this: one below TLS counts bytes, one above HTTP knows where requests begin and end.
/// Lives on the channel's event loop only.
final class ConnectionWatch {
    private var pace: ConnectionPace
    private var bytesWritten = 0
    private var ticks: RepeatedTask?
    private let connection: PeerConnection
    private let logger: Logger

    init(connection: PeerConnection, limits: ServerLimits, logger: Logger) {
        self.connection = connection
        self.logger = logger
        pace = ConnectionPace(limits: limits, connectedAt: .now)
    }

    func begin(_ context: ChannelHandlerContext) {
        let interval = TimeAmount.milliseconds(Int64(min(max(pace.checkSecondsMax, 0.02), 0.5) * 1_000))
        let bound = NIOLoopBound((watch: self, context: context), eventLoop: context.eventLoop)
        ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.watch.check(bound.value.context)
        }
    }

    func end() {
        ticks?.cancel()
        ticks = nil
    }

    func received(bytes: Int) {
        pace.received(bytes: bytes, at: .now)
    }

    func written(bytes: Int) {
        bytesWritten += bytes
    }

    func requestHeadReceived() {
        connection.isAnswering = true
        pace.requestHeadReceived()
    }

    func requestEndReceived() {
        pace.requestEndReceived()
    }

    /// Whether the connection ends now.
    func answerSent(closing: Bool) -> Bool {
        connection.isAnswering = false
        pace.answerSent(closing: closing, at: .now)
        return closing && pace.isRequestComplete
    }

    private func check(_ context: ChannelHandlerContext) {
        let buffered = (try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
        let cut = pace.check(
            at: .now, isReadingBody: connection.isReadingBody, bytesSent: bytesWritten - buffered,
            bytesBuffered: buffered)
        guard let cut else { return }
        logger.debug("connection cut", metadata: ["why": "\(cut.rawValue)"])
        end()
        context.channel.close(promise: nil)
    }
}

/// Below TLS: counts what really crosses the socket.
final class ByteMeter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let watch: ConnectionWatch

    init(_ watch: ConnectionWatch) {
        self.watch = watch
    }

    func handlerAdded(context: ChannelHandlerContext) {
        watch.begin(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch.end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        watch.received(bytes: Self.unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        watch.written(bytes: Self.unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }
}

/// Above HTTP: sees requests and answers, and ends the connection after an answer that says so.
final class PartMeter: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart

    private let watch: ConnectionWatch
    private var isClosingAnswer = false
    private var isClosed = false

    init(_ watch: ConnectionWatch) {
        self.watch = watch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head: watch.requestHeadReceived()
        case .body: break
        case .end:
            watch.requestEndReceived()
            if isClosed { context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head(let head):
            isClosingAnswer = head.headerFields[.connection] == "close"
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            isClosed = isClosingAnswer
            let endsNow = watch.answerSent(closing: isClosingAnswer)
            context.writeAndFlush(data, promise: promise)
            if endsNow { context.close(promise: nil) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A peer that stops sending has gone: nothing in this protocol is answered to a half-open connection.
        if case .some(.inputClosed) = event as? ChannelEvent {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }
}
