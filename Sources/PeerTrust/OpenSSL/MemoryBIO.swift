// OpenSSL reads and writes PEM through its own streams; these two functions keep them inside one call.

internal import COpenSSL

enum MemoryBIO {
    /// The bytes that `write` put into a stream.
    static func collect(_ doing: String, _ write: (OpaquePointer) -> Int32) throws(OpenSSLError) -> [UInt8] {
        let stream = try allocated(BIO_new(BIO_s_mem()), doing)
        defer { BIO_free(stream) }
        try check(write(stream), doing)
        var contents: UnsafeMutablePointer<CChar>?
        let count = copenssl_memory_bio_contents(stream, &contents)
        return Array(UnsafeRawBufferPointer(start: contents, count: count))
    }

    /// What `read` makes of a stream over `bytes`; null is a failure.
    static func parse(
        _ bytes: [UInt8], _ doing: String, _ read: (OpaquePointer) -> OpaquePointer?
    ) throws(OpenSSLError) -> OpaquePointer {
        let result = bytes.withUnsafeBytes { buffer -> OpaquePointer? in
            guard let stream = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
            defer { BIO_free(stream) }
            return read(stream)
        }
        return try allocated(result, doing)
    }
}

/// The DER that an `i2d_` function writes.
func derEncoding(
    _ doing: String, _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
) throws(OpenSSLError) -> [UInt8] {
    let count = encode(nil)
    try check(count, doing)
    var bytes = [UInt8](repeating: 0, count: Int(count))
    let written = bytes.withUnsafeMutableBufferPointer { buffer in
        var cursor = buffer.baseAddress
        return encode(&cursor)
    }
    guard written == count else { throw OpenSSLError(doing: doing) }
    return bytes
}
