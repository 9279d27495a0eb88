// What goes back to the caller, and how it is written without outrunning the socket.

import HTTPTypes
import HummingbirdCore
import NIOCore
import SyncCore

enum ExchangeAnswer: Sendable {
    case body(MediaType, [UInt8])
    /// `rest` is asked for one frame at a time; it is told how many bytes have gone.
    case stream(first: ExchangeFrame, rest: @Sendable (_ bytesSent: Int) async throws -> ExchangeFrame?)
    /// 204
    case nothing
    case refusal(ExchangeRefusal)

    /// Nothing that a distrusted or overcrowding peer sends on this connection is of interest.
    var endsConnection: Bool {
        guard case .refusal(let refusal) = self else { return false }
        switch refusal.status {
        case .notPinned, .tooLarge: return true
        case .unavailable: return refusal.code == "too_many_connections"
        default: return false
        }
    }
}

/// Concurrent throughout, as Hummingbird's writers are: they belong to nobody's isolation.
struct AnswerWriter {
    /// Small enough that "less than 1 KiB/s for 30 s" is seen in the buffer of a slow reader.
    private static let chunkBytes = 64 << 10

    let channel: any Channel
    let isEnding: Bool

    @concurrent
    func write(_ answer: ExchangeAnswer, _ writer: consuming ResponseWriter) async throws {
        switch answer {
        case .body(let type, let bytes):
            try await write(bytes, head: head(200, type, length: bytes.count), writer)
        case .nothing:
            try await writer.writeResponse(head(204, nil, length: nil))
        case .refusal(let refusal):
            let body = ExchangeJSON.encode(errorCode: refusal.code, detail: refusal.detail)
            var head = head(refusal.status.rawValue, .json, length: body.count)
            head.headerFields[.retryAfter] = refusal.retryAfterSeconds.map { "\($0)" }
            head.headerFields[.allow] = refusal.allowedMethods
            try await write(body, head: head, writer)
        case .stream(let first, let rest):
            try await write(first, rest, writer)
        }
    }

    @concurrent
    private func write(
        _ bytes: [UInt8], head: HTTPResponse, _ writer: consuming ResponseWriter
    ) async throws {
        guard bytes.count > Self.chunkBytes else {
            return try await writer.write(
                response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        var body = try await writer.writeHead(head)
        try await write(bytes, to: &body)
        try await body.finish(nil)
    }

    @concurrent
    private func write(
        _ first: ExchangeFrame, _ rest: @Sendable (Int) async throws -> ExchangeFrame?,
        _ writer: consuming ResponseWriter
    ) async throws {
        var body = try await writer.writeHead(head(200, .exchange, length: nil))
        var bytesSent = 0
        var next: ExchangeFrame? = first
        while let frame = next {
            let bytes = frame.encoded()
            try await write(bytes, to: &body)
            bytesSent += bytes.count
            next = try await rest(bytesSent)
        }
        try await body.finish(nil)
    }

    /// Chunk by chunk. The hop to the event loop is what makes a slow reader hold us back: `write` alone returns before the
    /// loop has noticed that the socket is full (STACK.md, section A).
    @concurrent
    private func write(_ bytes: [UInt8], to body: inout some ResponseBodyWriter) async throws {
        for start in stride(from: 0, to: bytes.count, by: Self.chunkBytes) {
            let chunk = bytes[start..<min(start + Self.chunkBytes, bytes.count)]
            try await body.write(ByteBuffer(bytes: chunk))
            try await channel.eventLoop.submit {}.get()
        }
    }

    private func head(_ status: Int, _ type: MediaType?, length: Int?) -> HTTPResponse {
        var head = HTTPResponse(status: .init(code: status))
        head.headerFields[.contentType] = type?.rawValue
        head.headerFields[.contentLength] = length.map { "\($0)" }
        if isEnding { head.headerFields[.connection] = "close" }
        return head
    }
}
