// X.509 is only the envelope in which TLS carries a key; here it is made and opened.

internal import COpenSSL

/// `final class` for the pointer's sake: freed when the last use ends.
final class Certificate {
    private static let lifetimeSeconds: Int64 = 3_650 * 86_400
    /// A peer whose clock is behind must not see a certificate of the future.
    private static let backdateSeconds: Int64 = 86_400
    private static let serialByteCount = 16
    private static let version3 = 2

    private let pointer: OpaquePointer

    /// Reads PEM or DER.
    init(_ bytes: [UInt8]) throws(OpenSSLError) {
        let doing = "reading a certificate"
        guard bytes.first != 0x30 else {
            let parsed = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
                var cursor = buffer.baseAddress
                guard let parsed = d2i_X509(nil, &cursor, buffer.count) else { return nil }
                guard cursor == buffer.baseAddress.map({ $0 + buffer.count }) else {
                    X509_free(parsed)
                    return nil
                }
                return parsed
            }
            pointer = try allocated(parsed, doing)
            return
        }
        pointer = try MemoryBIO.parse(bytes, doing) { PEM_read_bio_X509($0, nil, nil, nil) }
    }

    private init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        X509_free(pointer)
    }

    /// The SPKI exactly as the certificate carries it, which is also what libcurl hashes.
    func spki() throws(OpenSSLError) -> [UInt8] {
        try derEncoding("reading a certificate's key") { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), $0) }
    }

    func expirySeconds() throws(OpenSSLError) -> Int64 {
        let doing = "reading when a certificate ends"
        let epoch = try allocated(ASN1_TIME_set(nil, 0), doing)
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        try check(ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(pointer)), doing)
        return Int64(days) * 86_400 + Int64(seconds)
    }

    static func selfSigned(by key: OpenSSLKey, name: String, nowSeconds: Int64) throws(OpenSSLError) -> [UInt8] {
        let doing = "making the certificate of \(name)"
        let certificate = Certificate(owning: try allocated(X509_new(), doing))
        let x509 = certificate.pointer
        defer { withExtendedLifetime(certificate) {} }
        try check(X509_set_version(x509, version3), doing)
        try setSerial(of: x509, doing)
        try allocated(ASN1_TIME_set(X509_getm_notBefore(x509), time_t(nowSeconds - backdateSeconds)), doing)
        try allocated(ASN1_TIME_set(X509_getm_notAfter(x509), time_t(nowSeconds + lifetimeSeconds)), doing)
        let subject = X509_get_subject_name(x509)
        let text = Array(name.utf8)
        try check(
            X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING, text, Int32(text.count), -1, 0),
            doing)
        try check(X509_set_issuer_name(x509, subject), doing)
        try check(X509_set_pubkey(x509, key.pointer), doing)
        for (identifier, value) in [
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, "serverAuth,clientAuth"),
            (NID_subject_alt_name, "DNS:\(name)"),
        ] {
            let addition = try allocated(X509V3_EXT_conf_nid(nil, nil, identifier, value), doing)
            defer { X509_EXTENSION_free(addition) }
            try check(X509_add_ext(x509, addition, -1), doing)
        }
        try check(X509_sign(x509, key.pointer, EVP_sha256()), doing)
        return try MemoryBIO.collect(doing) { PEM_write_bio_X509($0, x509) }
    }

    private static func setSerial(of x509: OpaquePointer, _ doing: String) throws(OpenSSLError) {
        var bytes = try randomBytes(serialByteCount)
        // Positive, and without a leading zero.
        bytes[0] = bytes[0] & 0x7F | 0x40
        let number = try allocated(BN_bin2bn(bytes, Int32(bytes.count), nil), doing)
        defer { BN_free(number) }
        try allocated(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)), doing)
    }
}
