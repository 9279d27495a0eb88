// One request in libcurl's terms: every option that the protocol's TLS rules ask for, set anew each time.

import CCurl
import SyncCore

/// Sets up the easy handle for one transfer (PROTOCOL.md section 6, "TLS"). Used on the client's thread only.
struct CurlRequest {
    private let transfer: Transfer
    private let endpoint: PeerEndpoint
    private let limits: ClientLimits
    private let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    init(_ transfer: Transfer, endpoint: PeerEndpoint, limits: ClientLimits, easy: UnsafeMutableRawPointer) {
        self.transfer = transfer
        self.endpoint = endpoint
        self.limits = limits
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    /// Runs `body` with the handle set up. Everything that libcurl points at lives until `body` has returned; afterwards
    /// nothing of it is left in the handle but the connection.
    func withOptions(
        _ body: (TransferSink) -> Result<TransferReply, TransferEnd>
    ) -> Result<TransferReply, TransferEnd> {
        let sink = TransferSink(transfer, easy: easy)
        var headers: UnsafeMutablePointer<curl_slist>?
        // An empty Expect: no waiting for "100 Continue" before a body.
        headers = curl_slist_append(headers, "Expect:")
        headers = curl_slist_append(headers, "Accept: \(transfer.route.responseType.rawValue)")
        if let type = transfer.route.requestType {
            headers = curl_slist_append(headers, "Content-Type: \(type.rawValue)")
        }
        defer {
            curl_easy_reset(easy)
            curl_slist_free_all(headers)
            errorText.deallocate()
        }
        return withExtendedLifetime(sink) {
            (transfer.body ?? []).withUnsafeBytes { bytes in
                curl_easy_reset(easy)
                setTrust()
                setManners()
                setTimes()
                setCallbacks(sink)
                setTarget(bytes)
                pointer(CURLOPT_HTTPHEADER, headers)
                return body(sink)
            }
        }
    }

    /// The result of a finished transfer, where the sink's own refusal says more than libcurl's "write error".
    func outcome(_ result: CURLcode, _ sink: TransferSink) -> Result<TransferReply, TransferEnd> {
        if let refusal = sink.refusal { return .failure(refusal) }
        if result == CURLE_OK { return .success(sink.reply) }
        let failure = TransferFailure(
            result: result.rawValue, message: String(cString: errorText),
            isNewConnection: ccurl_getinfo_long(easy, CURLINFO_NUM_CONNECTS) > 0,
            isHello: transfer.route == .hello, bytesReceived: sink.bytesReceived)
        return .failure(.failure(failure))
    }

    /// The peer's leaf certificate as PEM, if this transfer made the connection.
    var leafCertificate: [UInt8]? {
        ccurl_getinfo_leaf_certificate(easy).map { Array(String(cString: $0).utf8) }
    }

    private func setTrust() {
        // CURL_SSLVERSION_* come from anonymous enums and arrive as Int.
        long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_3) | Int(CURL_SSLVERSION_MAX_TLSv1_3))
        string(CURLOPT_PINNEDPUBLICKEY, endpoint.pinnedPublicKey)
        // The pin is the check; names, dates and authorities of certificates decide nothing. No bundle is loaded for it.
        long(CURLOPT_SSL_VERIFYPEER, 0)
        long(CURLOPT_SSL_VERIFYHOST, 0)
        pointer(CURLOPT_CAINFO, nil)
        pointer(CURLOPT_CAPATH, nil)
        // For warnings of its end; its dates decide nothing.
        long(CURLOPT_CERTINFO, 1)
        // A resumed session would skip the server's handshake callback.
        long(CURLOPT_SSL_SESSIONID_CACHE, 0)
        string(CURLOPT_SSLCERTTYPE, "PEM")
        string(CURLOPT_SSLKEYTYPE, "PEM")
        blob(CURLOPT_SSLCERT_BLOB, endpoint.certificatePEM)
        blob(CURLOPT_SSLKEY_BLOB, endpoint.privateKeyPEM)
    }

    private func setManners() {
        long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        string(CURLOPT_PROTOCOLS_STR, "https")
        long(CURLOPT_FOLLOWLOCATION, 0)
        long(CURLOPT_NETRC, 0)
        string(CURLOPT_PROXY, endpoint.proxy ?? "")
        // The environment's no_proxy must not overrule what the operator configured.
        string(CURLOPT_NOPROXY, "")
        // What a proxy says before the tunnel stands is not the peer's answer.
        long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        long(CURLOPT_NOSIGNAL, 1)
        long(CURLOPT_TCP_KEEPALIVE, 1)
        long(CURLOPT_MAXAGE_CONN, limits.connectionIdleSeconds)
        long(CURLOPT_BUFFERSIZE, 128 << 10)
        long(CURLOPT_UPLOAD_BUFFERSIZE, 128 << 10)
    }

    private func setTimes() {
        long(CURLOPT_CONNECTTIMEOUT_MS, limits.connectMilliseconds)
        long(CURLOPT_LOW_SPEED_LIMIT, limits.lowSpeedBytesPerSecond)
        // Waiting for an answer is not low speed: a long poll, or a batch that is being applied.
        switch transfer.route {
        case .pull(let waitSeconds):
            long(CURLOPT_LOW_SPEED_TIME, limits.lowSpeedSeconds + waitSeconds)
        case .push:
            long(CURLOPT_LOW_SPEED_TIME, limits.lowSpeedSeconds + limits.pushCommitSeconds)
        default:
            long(CURLOPT_LOW_SPEED_TIME, limits.lowSpeedSeconds)
            long(CURLOPT_TIMEOUT_MS, limits.requestMilliseconds)
        }
    }

    private func setCallbacks(_ sink: TransferSink) {
        let context = Unmanaged.passUnretained(sink).toOpaque()
        pointer(CURLOPT_ERRORBUFFER, errorText)
        pointer(CURLOPT_WRITEDATA, context)
        receive(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let sink = Unmanaged<TransferSink>.fromOpaque(context!).takeUnretainedValue()
            return sink.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        pointer(CURLOPT_HEADERDATA, context)
        receive(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let sink = Unmanaged<TransferSink>.fromOpaque(context!).takeUnretainedValue()
            return sink.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    /// libcurl does not copy POSTFIELDS: `body` must outlive the transfer.
    private func setTarget(_ body: UnsafeRawBufferPointer) {
        string(CURLOPT_URL, endpoint.url + transfer.route.target)
        guard transfer.route.isPost else { return long(CURLOPT_HTTPGET, 1) }
        long(CURLOPT_POST, 1)
        check(
            ccurl_setopt_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)), CURLOPT_POSTFIELDSIZE_LARGE)
        // A null pointer would ask for a read callback; an empty body still needs an address.
        if let address = body.baseAddress {
            pointer(CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: address))
        } else {
            pointer(CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(errorText))
        }
    }

    // MARK: Options

    private func long(_ option: CURLoption, _ value: Int) {
        check(ccurl_setopt_long(easy, option, value), option)
    }

    private func string(_ option: CURLoption, _ value: String) {
        check(ccurl_setopt_string(easy, option, value), option)
    }

    private func pointer(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        check(ccurl_setopt_pointer(easy, option, value), option)
    }

    private func blob(_ option: CURLoption, _ value: [UInt8]) {
        check(ccurl_setopt_blob(easy, option, value, value.count), option)
    }

    private func receive(_ option: CURLoption, _ function: @escaping ccurl_receive) {
        check(ccurl_setopt_receive(easy, option, function), option)
    }

    /// An option that is not taken, a pin for instance, must never be gone on without.
    private func check(_ result: CURLcode, _ option: CURLoption) {
        precondition(result == CURLE_OK, "libcurl refused option \(option.rawValue): \(result.rawValue)")
    }
}
