// The table from libcurl results and HTTP statuses to the three kinds of failure.

import CCurl
import SyncCore
import Testing

@testable import PeerTransport

@Suite("What libcurl's results mean") struct PeerErrorTests {
    private func error(
        _ result: CURLcode, _ message: String = "", new: Bool = true, hello: Bool = true, bytes: Int = 0
    ) -> PeerError {
        PeerError(
            TransferFailure(
                result: result.rawValue, message: message, isNewConnection: new, isHello: hello, bytesReceived: bytes))
    }

    @Test func `a refused key is refused, whether its alert arrives or not`() {
        let alert = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0"
        #expect(error(CURLE_RECV_ERROR, alert, hello: false).code == "handshake_refused")
        #expect(error(CURLE_SSL_CONNECT_ERROR, "…:tlsv1 alert protocol version").kind == .refused)
        #expect(error(CURLE_RECV_ERROR, "Recv failure: Connection reset by peer").kind == .refused)
        #expect(error(CURLE_SEND_ERROR, "Broken pipe").kind == .refused)
    }

    @Test func `a connection that breaks later is unreachable`() {
        #expect(error(CURLE_RECV_ERROR, "reset", new: false).code == "connection_lost")
        #expect(error(CURLE_RECV_ERROR, "reset", hello: false).code == "connection_lost")
        #expect(error(CURLE_RECV_ERROR, "reset", bytes: 1).code == "connection_lost")
        #expect(error(CURLE_GOT_NOTHING).kind == .unreachable)
        #expect(error(CURLE_RECV_ERROR, "Received HTTP code 407 from proxy after CONNECT").code == "proxy_failed")
    }

    @Test func `a handshake may be cut or make no sense`() {
        let cut = "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to 127.0.0.1:1"
        for words in [cut, "Recv failure: Connection reset by peer", "Send failure: Broken pipe"] {
            let error = error(CURLE_SSL_CONNECT_ERROR, words)
            #expect(error.kind == .unreachable && error.code == "handshake_cut", "\(words)")
        }
        let plain = error(CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number")
        #expect(plain.kind == .failed && plain.code == "handshake_failed")
    }

    @Test func `a peer's own words are bounded and harmless`() {
        let hostile = PeerError.status(
            409,
            body: ExchangeJSON.encode(
                errorCode: "Not A Slug", detail: "\u{1B}[31m" + String(repeating: "x", count: 900)),
            retryAfterSeconds: nil)
        #expect(hostile.code == "http_409" && hostile.kind == .refused)
        #expect(hostile.detail.hasPrefix("\u{FFFD}[31mx") && hostile.detail.count == 500)
        #expect(PeerError.status(502, body: Array("<html>".utf8), retryAfterSeconds: nil).code == "http_502")
    }
}
