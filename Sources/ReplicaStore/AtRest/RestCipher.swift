// Personal values at rest: ciphertext in the file, under a key that is not in it (docs/decisions/0026).

package import SyncCore

/// Encrypts what a replica's file keeps of personal columns. Given by the composition, as hashes are.
package struct RestCipher: Sendable {
    /// Names the key, and tells nothing of it.
    package let keyID: Digest
    /// Another ciphertext each time.
    let encrypt: @Sendable ([UInt8]) -> [UInt8]
    /// Nil for what was not encrypted under this key, or has been altered since.
    let decrypt: @Sendable ([UInt8]) -> [UInt8]?

    package init(
        keyID: Digest, encrypt: @escaping @Sendable ([UInt8]) -> [UInt8],
        decrypt: @escaping @Sendable ([UInt8]) -> [UInt8]?
    ) {
        self.keyID = keyID
        self.encrypt = encrypt
        self.decrypt = decrypt
    }
}

/// What stands in the file is no ciphertext of the key in use.
struct NotDecryptable: Error {}

extension RestCipher {
    /// A text column holds its ciphertext as text, so that STRICT takes it and every SQL program can copy it: this, and the
    /// ciphertext in hexadecimal digits.
    static let textPrefix = "yrdenc:"

    /// Byte by byte, as SQLite's GLOB looks at it.
    static func hasForm(_ text: String) -> Bool { text.utf8.starts(with: textPrefix.utf8) }

    func encrypted(_ text: [UInt8]) -> String { Self.textPrefix + encrypt(text).hex }

    /// The bytes as they were encrypted, which any program wrote and need not be UTF-8. A text that is not in that form is
    /// one in the clear.
    func decrypted(_ text: String) throws(NotDecryptable) -> [UInt8] {
        guard Self.hasForm(text) else { return Array(text.utf8) }
        guard let bytes = [UInt8](hex: String(text.dropFirst(Self.textPrefix.count))).flatMap(decrypt) else {
            throw NotDecryptable()
        }
        return bytes
    }
}
