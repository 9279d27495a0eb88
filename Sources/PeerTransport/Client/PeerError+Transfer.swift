// From libcurl's results and HTTP statuses to the three kinds. Pure.

import CCurl

/// How a transfer ended that did not bring an answer.
struct TransferFailure: Error, Equatable {
    let result: UInt32
    /// libcurl's own words, from its error buffer.
    let message: String
    /// Whether a new connection was made for this transfer: only then can a refusal of our key be the reason.
    let isNewConnection: Bool
    let isHello: Bool
    let bytesReceived: Int
}

extension PeerError {
    init(_ failure: TransferFailure) {
        let (kind, code) = Self.classify(failure)
        let detail = failure.message.isEmpty ? "libcurl error \(failure.result)" : failure.message
        self.init(kind, code: code, detail: detail.printable(max: 500))
    }

    private static func classify(_ failure: TransferFailure) -> (Kind, String) {
        switch CURLcode(failure.result) {
        case CURLE_COULDNT_RESOLVE_HOST: (.unreachable, "host_not_found")
        case CURLE_COULDNT_RESOLVE_PROXY: (.unreachable, "proxy_not_found")
        case CURLE_COULDNT_CONNECT: (.unreachable, "connection_refused")
        case CURLE_OPERATION_TIMEDOUT: (.unreachable, "timeout")
        case CURLE_PROXY: (.unreachable, "proxy_failed")
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH: (.refused, "wrong_pin")
        case CURLE_SSL_CONNECT_ERROR: handshake(failure)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR: brokenConnection(failure)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: (.unreachable, "connection_lost")
        case CURLE_SSL_CERTPROBLEM: (.failed, "own_certificate")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: (.failed, "bad_endpoint")
        default: (.failed, "curl_\(failure.result)")
        }
    }

    /// The other side may refuse (an alert), may not speak TLS at all, or may simply have closed: too many connections, a
    /// restart.
    private static func handshake(_ failure: TransferFailure) -> (Kind, String) {
        if failure.isAlert { return (.refused, "handshake_refused") }
        // The last two are libcurl's words for whatever a socket answers: reset by peer, broken pipe.
        let broken = ["SSL_ERROR_SYSCALL", "unexpected eof", "reset by peer", "Send failure", "Recv failure"]
        let isBroken = broken.contains { failure.message.contains($0) }
        return isBroken ? (.unreachable, "handshake_cut") : (.failed, "handshake_failed")
    }

    /// With TLS 1.3 the client is done before the server has judged its certificate, so a refusal arrives as an alert on
    /// the first read, or, if the alert is lost in a reset, as a broken connection before any answer.
    private static func brokenConnection(_ failure: TransferFailure) -> (Kind, String) {
        if failure.message.contains("from proxy") { return (.unreachable, "proxy_failed") }
        if failure.isAlert { return (.refused, "handshake_refused") }
        let isRefusal = failure.isHello && failure.isNewConnection && failure.bytesReceived == 0
        return isRefusal ? (.refused, "handshake_refused") : (.unreachable, "connection_lost")
    }

    /// An answer that is no success. `body` is bounded and comes from the peer.
    static func status(_ status: Int, body: [UInt8], retryAfterSeconds: Int?) -> PeerError {
        let kind: Kind =
            switch status {
            case 401, 403, 409: .refused
            case 429, 503, 507: .unreachable
            default: .failed
            }
        let error = ExchangeJSON.error(body)
        let code = error.map(\.code).flatMap { $0.isSlug ? $0 : nil } ?? "http_\(status)"
        let detail = error.map { $0.detail.printable(max: 500) } ?? "HTTP status \(status)"
        return PeerError(kind, code: code, detail: detail, status: status, retryAfterSeconds: retryAfterSeconds)
    }
}

extension TransferFailure {
    /// OpenSSL names every alert it reads: "…:tlsv13 alert certificate required".
    fileprivate var isAlert: Bool { bytesReceived == 0 && message.contains(" alert ") }
}

extension String {
    /// What a peer wrote, made fit for a log or a terminal: no controls, no bidirectional marks, bounded.
    func printable(max: Int) -> String {
        let scalars = unicodeScalars.lazy.prefix(max).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                "\u{FFFD}"
            default: Character(scalar)
            }
        }
        return String(scalars)
    }
}
