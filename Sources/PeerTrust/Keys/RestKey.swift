// The secret under which a node keeps personal values at rest: never sent, never signed with.

internal import COpenSSL
package import SyncCore

/// A key of AES-256-GCM (NIST SP 800-38D). Its random nonces of 96 bits bear some four thousand million messages.
package struct RestKey: Sendable {
    private static let byteCount = 32
    private static let nonceBytes = 12
    private static let tagBytes = 16

    private let bytes: [UInt8]
    /// Names the key, and tells nothing of it.
    package let id: Digest

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        id = OpenSSLHashing.sha256(Array("yrdsync key at rest".utf8) + bytes)
    }

    package static func generate() throws(OpenSSLError) -> RestKey { RestKey(try randomBytes(byteCount)) }

    /// 64 hexadecimal digits and a line feed; nil for anything else.
    package init?(file: [UInt8]) {
        guard file.last == UInt8(ascii: "\n"),
            let bytes = [UInt8](hex: String(decoding: file.dropLast(), as: UTF8.self)), bytes.count == Self.byteCount
        else { return nil }
        self.init(bytes)
    }

    package var file: [UInt8] { Array((bytes.hex + "\n").utf8) }

    /// `nonce[12] ‖ ciphertext ‖ tag[16]`, another one each time.
    package func encrypt(_ clear: [UInt8]) -> [UInt8] {
        do {
            let nonce = try randomBytes(Self.nonceBytes)
            return try Self.withContext { context throws(OpenSSLError) in
                try check(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, bytes, nonce), "beginning AES-256-GCM")
                var text = [UInt8](repeating: 0, count: clear.count)
                var count: Int32 = 0
                try check(EVP_EncryptUpdate(context, &text, &count, clear, Int32(clear.count)), "encrypting")
                var rest: Int32 = 0
                var none: UInt8 = 0
                try check(EVP_EncryptFinal_ex(context, &none, &rest), "ending AES-256-GCM")
                var tag = [UInt8](repeating: 0, count: Self.tagBytes)
                try check(
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytes), &tag), "reading the tag")
                return nonce + text + tag
            }
        } catch {
            // Only memory or the system's chance can be missing.
            preconditionFailure("\(error)")
        }
    }

    /// Nil for what was not encrypted under this key, or has been altered since.
    package func decrypt(_ message: [UInt8]) -> [UInt8]? {
        guard message.count >= Self.nonceBytes + Self.tagBytes else { return nil }
        let nonce = Array(message.prefix(Self.nonceBytes))
        var tag = Array(message.suffix(Self.tagBytes))
        let text = Array(message.dropFirst(Self.nonceBytes).dropLast(Self.tagBytes))
        return try? Self.withContext { context throws(OpenSSLError) in
            try check(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, bytes, nonce), "beginning AES-256-GCM")
            var clear = [UInt8](repeating: 0, count: text.count)
            var count: Int32 = 0
            try check(EVP_DecryptUpdate(context, &clear, &count, text, Int32(text.count)), "decrypting")
            try check(
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytes), &tag), "setting the tag")
            var rest: Int32 = 0
            var none: UInt8 = 0
            try check(EVP_DecryptFinal_ex(context, &none, &rest), "checking the tag")
            return clear
        }
    }

    private static func withContext<Value>(
        _ body: (OpaquePointer) throws(OpenSSLError) -> Value
    ) throws(OpenSSLError) -> Value {
        let context = try allocated(EVP_CIPHER_CTX_new(), "making a cipher")
        defer { EVP_CIPHER_CTX_free(context) }
        return try body(context)
    }
}
