// Keys and signatures in descriptors are base64 in its one canonical form (RFC 4648 section 4).

internal import COpenSSL

enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    /// Nil unless the text is what `encode` makes of these bytes: OpenSSL also takes blanks and stray bits.
    static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        var bytes = [UInt8](repeating: 0, count: characters.count / 4 * 3)
        guard EVP_DecodeBlock(&bytes, characters, Int32(characters.count)) == bytes.count else {
            ERR_clear_error()
            return nil
        }
        bytes.removeLast(characters.suffix(2).count { $0 == UInt8(ascii: "=") })
        return encode(bytes) == text ? bytes : nil
    }
}
