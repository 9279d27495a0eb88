// One EVP_PKEY and all that is done with it. The pointer stays in this folder.

internal import COpenSSL
internal import SyncCore
import Synchronization

/// A key pair, or a public key alone, of one of the three algorithms.
///
/// `@unchecked`: the EVP_PKEY is never changed after `init`; OpenSSL counts its references atomically and lets threads
/// share it (STACK.md section D). Each operation has a context of its own.
final class OpenSSLKey: @unchecked Sendable {
    /// SM2 mixes an identity into what it hashes. OpenSSL 3.0 takes an empty one unless told, 4.0 this one; the
    /// protocol always says it (GM/T 0009).
    private static let sm2UserID: [UInt8] = Array("1234567812345678".utf8)
    /// PBKDF2-HMAC-SHA256 rounds for encrypted key files, after OWASP's advice of 2023; OpenSSL's default is 2,048.
    private static let passphraseRounds: Int32 = 600_000

    let algorithm: KeyAlgorithm
    /// SubjectPublicKeyInfo, strict DER.
    let spki: [UInt8]
    let pointer: OpaquePointer
    private let begun = Mutex<[SignatureContext.Purpose: SignatureContext]>([:])

    /// Takes ownership of the pointer.
    private init(owning pointer: OpaquePointer, _ algorithm: KeyAlgorithm, _ doing: String) throws(OpenSSLError) {
        self.pointer = pointer
        self.algorithm = algorithm
        do {
            spki = try derEncoding(doing) { i2d_PUBKEY(pointer, $0) }
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        guard EVP_PKEY_is_a(pointer, algorithm.typeName) == 1, Self.hasForm(spki, algorithm) else {
            throw OpenSSLError(doing: doing, reason: "the key is not of the expected kind, \(algorithm)")
        }
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    convenience init(generating algorithm: KeyAlgorithm) throws(OpenSSLError) {
        let doing = "generating a key (\(algorithm))"
        let context = try allocated(EVP_PKEY_CTX_new_from_name(nil, algorithm.typeName, nil), doing)
        defer { EVP_PKEY_CTX_free(context) }
        try check(EVP_PKEY_keygen_init(context), doing)
        if algorithm == .p256 {
            try check(EVP_PKEY_CTX_set_group_name(context, "P-256"), doing)
        }
        var pointer: OpaquePointer?
        try check(EVP_PKEY_generate(context, &pointer), doing)
        try self.init(owning: try allocated(pointer, doing), algorithm, doing)
    }

    /// A public key. Only the one strict DER form is taken, and only a point of the curve.
    convenience init(spki bytes: [UInt8], _ algorithm: KeyAlgorithm) throws(OpenSSLError) {
        let doing = "reading a public key (\(algorithm))"
        guard Self.hasForm(bytes, algorithm) else {
            throw OpenSSLError(doing: doing, reason: "not the strict DER of such a key")
        }
        let parsed = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            return d2i_PUBKEY(nil, &cursor, buffer.count)
        }
        try self.init(owning: try allocated(parsed, doing), algorithm, doing)
        guard spki == bytes else { throw OpenSSLError(doing: doing, reason: "its encoding is not unique") }
    }

    static func isEncrypted(_ pem: [UInt8]) -> Bool { pem.contains(text: "-----BEGIN ENCRYPTED PRIVATE KEY-----") }

    /// A private key from PKCS#8 PEM, encrypted or not. Never asks at a terminal.
    convenience init(pem: [UInt8], passphrase: String?, _ algorithms: [KeyAlgorithm]) throws(OpenSSLError) {
        let doing = "reading a private key"
        let isEncrypted = Self.isEncrypted(pem)
        guard isEncrypted || pem.contains(text: "-----BEGIN PRIVATE KEY-----") else {
            throw OpenSSLError(doing: doing, reason: "the file holds no PKCS#8 private key in PEM form")
        }
        guard !isEncrypted || passphrase != nil else {
            throw OpenSSLError(doing: doing, reason: "the key is encrypted and no passphrase was given")
        }
        var secret = Array((passphrase ?? "").utf8CString)
        let parsed = secret.withUnsafeMutableBytes { buffer in
            Result { () throws(OpenSSLError) in
                try MemoryBIO.parse(pem, doing) { PEM_read_bio_PrivateKey($0, nil, nil, buffer.baseAddress) }
            }
        }
        let pointer = try parsed.get()
        guard let algorithm = algorithms.first(where: { EVP_PKEY_is_a(pointer, $0.typeName) == 1 }) else {
            EVP_PKEY_free(pointer)
            let expected = algorithms.map(\.typeName).joined(separator: " or ")
            throw OpenSSLError(doing: doing, reason: "the key is of another kind than \(expected)")
        }
        try self.init(owning: pointer, algorithm, doing)
    }

    /// PKCS#8 PEM; with a passphrase, encrypted with AES-256-CBC under PBES2.
    func pem(passphrase: String?) throws(OpenSSLError) -> [UInt8] {
        let doing = "writing a private key"
        let info = try allocated(EVP_PKEY2PKCS8(pointer), doing)
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        guard let passphrase else {
            return try MemoryBIO.collect(doing) { PEM_write_bio_PKCS8_PRIV_KEY_INFO($0, info) }
        }
        let secret = Array(passphrase.utf8CString)
        let sealed = try allocated(
            PKCS8_encrypt(
                -1, EVP_aes_256_cbc(), secret, Int32(secret.count - 1), nil, 0, Self.passphraseRounds, info),
            doing)
        defer { X509_SIG_free(sealed) }
        return try MemoryBIO.collect(doing) { PEM_write_bio_PKCS8($0, sealed) }
    }

    /// 64 bytes: Ed25519's own form, or r‖s.
    func sign(_ message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let doing = "signing \(message.count) bytes (\(algorithm))"
        let context = try context(for: .signing, doing)
        // Swift may free an object after the last use of it, even while OpenSSL still uses what it owned.
        defer { withExtendedLifetime(context) {} }
        var count = 0
        try check(EVP_DigestSign(context.digest, nil, &count, message, message.count), doing)
        var signature = [UInt8](repeating: 0, count: count)
        try check(EVP_DigestSign(context.digest, &signature, &count, message, message.count), doing)
        signature.removeLast(signature.count - count)
        return algorithm.groupOrder == nil ? signature : try RawSignature.raw(ofDER: signature)
    }

    func verifies(_ message: [UInt8], _ raw: [UInt8]) throws(OpenSSLError) -> Bool {
        let doing = "verifying a signature (\(algorithm))"
        var signature = raw
        if let order = algorithm.groupOrder {
            guard let der = RawSignature.der(ofRaw: raw, groupOrder: order) else { return false }
            signature = der
        }
        let context = try context(for: .verifying, doing)
        defer { withExtendedLifetime(context) {} }
        let verdict = EVP_DigestVerify(context.digest, signature, signature.count, message, message.count)
        // A refused signature leaves its reason in the thread's queue, which others share.
        if verdict != 1 { ERR_clear_error() }
        return verdict == 1
    }

    private static func hasForm(_ spki: [UInt8], _ algorithm: KeyAlgorithm) -> Bool {
        spki.count == algorithm.spkiByteCount && spki.starts(with: algorithm.spkiPrefix)
    }

    /// A copy of one that was begun once: to begin one, OpenSSL looks up its methods by name, which costs as much as to sign
    /// where nothing of that is in the processor's caches.
    private func context(for purpose: SignatureContext.Purpose, _ doing: String) throws(OpenSSLError)
        -> SignatureContext
    {
        try begun.withLock { begun throws(OpenSSLError) in
            if let context = begun[purpose] { return try SignatureContext(copying: context, doing) }
            let context = try SignatureContext(self, purpose, doing)
            begun[purpose] = context
            return try SignatureContext(copying: context, doing)
        }
    }

    /// The context of one operation. SM2 wants its user id set on a key context before the digest is begun; the
    /// digest context does not own that key context, so it is freed after it. (A copy's is its own.)
    ///
    /// `@unchecked`: one that stays with its key is only copied, which reads it, and under that key's lock; a copy is used by
    /// the one operation that it was made for. To share what is begun was measured: docs/performance.md, "The tail".
    private final class SignatureContext: @unchecked Sendable {
        enum Purpose {
            case signing
            case verifying
        }

        let digest: OpaquePointer
        private var key: OpaquePointer?

        init(copying other: SignatureContext, _ doing: String) throws(OpenSSLError) {
            digest = try allocated(EVP_MD_CTX_new(), doing)
            try check(EVP_MD_CTX_copy_ex(digest, other.digest), doing)
        }

        init(_ owner: OpenSSLKey, _ purpose: Purpose, _ doing: String) throws(OpenSSLError) {
            digest = try allocated(EVP_MD_CTX_new(), doing)
            if owner.algorithm == .sm2 { try identify(owner, doing) }
            let (pointer, digestName) = (owner.pointer, owner.algorithm.digestName)
            switch purpose {
            case .signing: try check(EVP_DigestSignInit_ex(digest, nil, digestName, nil, nil, pointer, nil), doing)
            case .verifying: try check(EVP_DigestVerifyInit_ex(digest, nil, digestName, nil, nil, pointer, nil), doing)
            }
        }

        private func identify(_ owner: OpenSSLKey, _ doing: String) throws(OpenSSLError) {
            let key = try allocated(EVP_PKEY_CTX_new_from_pkey(nil, owner.pointer, nil), doing)
            self.key = key
            let userID = OpenSSLKey.sm2UserID
            try check(EVP_PKEY_CTX_set1_id(key, userID, Int32(userID.count)), doing)
            EVP_MD_CTX_set_pkey_ctx(digest, key)
        }

        deinit {
            EVP_MD_CTX_free(digest)
            EVP_PKEY_CTX_free(key)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(text: String) -> Bool {
        String(decoding: self, as: UTF8.self).contains(text)
    }
}
