// A request's body, counted while it arrives.

import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// Reads one body once, and knows whether the whole of it was taken off the connection.
final class RequestBodyReader: Sendable {
    private let request: Request
    private let connection: PeerConnection
    private let isRead = Mutex(false)

    init(_ request: Request, _ connection: PeerConnection) {
        self.request = request
        self.connection = connection
    }

    static func tooLarge(_ bytesMax: Int) -> ExchangeRefusal {
        ExchangeRefusal(.tooLarge, code: "too_large", detail: "the body is limited to \(bytesMax) bytes")
    }

    /// False while bytes of the body may still be on their way: then the connection cannot be used again.
    var isConsumed: Bool {
        isRead.withLock { $0 } || !hasBody
    }

    private var hasBody: Bool {
        (declaredBytes ?? 0) > 0 || request.headers[.transferEncoding] != nil
    }

    private var declaredBytes: Int? {
        request.headers[.contentLength].flatMap { Int($0) }
    }

    /// Refuses before it keeps a byte too many. While this waits, the peer is being waited for.
    func read(upTo bytesMax: Int) async throws -> [UInt8] {
        connection.isReadingBody = true
        defer { connection.isReadingBody = false }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(declaredBytes ?? 0, bytesMax))
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= bytesMax else { throw Self.tooLarge(bytesMax) }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        if let declaredBytes, bytes.count != declaredBytes {
            throw ExchangeRefusal(.malformed, code: "truncated", detail: "the body ended early")
        }
        isRead.withLock { $0 = true }
        return bytes
    }
}
