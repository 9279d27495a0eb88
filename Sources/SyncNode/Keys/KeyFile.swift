// Private key files, perhaps under a passphrase: it is asked for once a process, and never written down.

import Foundation
package import PeerTrust
import SyncCore
import Synchronization

/// What a process needs to read key files that are encrypted.
package enum KeyFile {
    /// How a person is asked, given the file; nil where nobody sits. The executable says it once, at its start.
    package typealias Prompt = @Sendable (_ path: String) -> String?

    private static let prompt = Mutex<Prompt?>(nil)
    private static let known = Mutex<String?>(nil)
    /// Keys in the clear, by the hash of their file: deriving a key from a passphrase is slow on purpose.
    private static let opened = Mutex<[Digest: [UInt8]]>([:])

    package static let lengthMin = 12
    package static func ask(by prompt: @escaping Prompt) { Self.prompt.withLock { $0 = prompt } }

    /// The key as PKCS#8 PEM in the clear.
    package static func read(_ path: String) throws -> [UInt8] {
        let bytes = try contents(path)
        guard PrivateKeyPEM.isEncrypted(bytes) else { return bytes }
        let hash = OpenSSLHashing.sha256(bytes)
        if let pem = opened.withLock({ $0[hash] }) { return pem }
        let pem = try decrypt(bytes, path)
        opened.withLock { $0[hash] = pem }
        return pem
    }

    /// Throws `key_unreadable` where the file holds none of that kind.
    package static func signingKey(_ path: String) throws -> SigningKey {
        try key(path) { pem throws(OpenSSLError) in try SigningKey(pem: pem) }
    }

    /// Throws `key_unreadable` where the file holds none of that kind.
    package static func tlsKey(_ path: String) throws -> TLSKey {
        try key(path) { pem throws(OpenSSLError) in try TLSKey(pem: pem) }
    }

    private static func key<Key>(_ path: String, _ made: ([UInt8]) throws(OpenSSLError) -> Key) throws -> Key {
        let pem = try read(path)
        do {
            return try made(pem)
        } catch {
            throw NodeError(
                code: "key_unreadable", "\(path) 不是可用的私钥(\(error.reason)):若文件无误,请从备份放回",
                "\(path) holds no usable private key (\(error.reason)): if it is the right file, put it back from a backup"
            )
        }
    }

    /// A person's own key as PKCS#8 PEM: the passphrase of the node's keys is not theirs, so they are asked.
    package static func readPersonal(_ path: String) throws -> [UInt8] {
        let bytes = try contents(path)
        guard PrivateKeyPEM.isEncrypted(bytes) else { return bytes }
        guard let passphrase = prompt.withLock({ $0 })?(path) else {
            throw NodeError(
                code: "passphrase_needed", "\(path) 已加口令:请在终端输入",
                "\(path) is under a passphrase: enter it at a terminal")
        }
        return try open(bytes, path, with: passphrase)
    }

    /// Protected as the file beside it is: a new key of a node whose keys are encrypted is encrypted.
    static func write(_ pem: [UInt8], to path: String, like sibling: String) throws {
        let isProtected = (try? PrivateKeyFile.read(sibling)).map(PrivateKeyPEM.isEncrypted) ?? false
        let passphrase = isProtected ? try passphrase(for: sibling) : nil
        try PrivateKeyFile.write(
            try passphrase.map { try PrivateKeyPEM.encrypted(pem, passphrase: $0) } ?? pem, to: path)
    }

    /// Puts a key under a passphrase. One that is under another is left as it is.
    package static func protect(_ path: String, passphrase: String) throws -> Bool {
        let bytes = try contents(path)
        guard !PrivateKeyPEM.isEncrypted(bytes) else { return false }
        try PrivateKeyFile.write(try PrivateKeyPEM.encrypted(bytes, passphrase: passphrase), to: path)
        return true
    }

    /// Takes a key out from under its passphrase.
    package static func unprotect(_ path: String) throws -> Bool {
        guard PrivateKeyPEM.isEncrypted(try contents(path)) else { return false }
        try PrivateKeyFile.write(try read(path), to: path)
        return true
    }

    // MARK: Asking

    private static func decrypt(_ bytes: [UInt8], _ path: String) throws -> [UInt8] {
        if let known = known.withLock({ $0 }), let pem = try? PrivateKeyPEM.decrypted(bytes, passphrase: known) {
            return pem
        }
        guard let passphrase = try givenByFile() ?? prompt.withLock({ $0 })?(path) else { throw needed(path) }
        let pem = try open(bytes, path, with: passphrase)
        known.withLock { $0 = passphrase }
        return pem
    }

    private static func open(_ bytes: [UInt8], _ path: String, with passphrase: String) throws -> [UInt8] {
        guard let pem = try? PrivateKeyPEM.decrypted(bytes, passphrase: passphrase) else {
            throw NodeError(
                code: "wrong_passphrase", "口令不能打开 \(path)", "the passphrase does not open \(path)")
        }
        return pem
    }

    private static func passphrase(for path: String) throws -> String {
        _ = try read(path)
        guard let passphrase = known.withLock({ $0 }) else { throw needed(path) }
        return passphrase
    }

    /// `$YRDSYNC_PASSPHRASE_FILE`, or the credential that systemd hands to a service.
    package static func givenByFile() throws -> String? {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["YRDSYNC_PASSPHRASE_FILE"] { return firstLine(of: try contents(path)) }
        // systemd guards that folder in its own way: its files are root's, and an ACL lets the service read them.
        return environment["CREDENTIALS_DIRECTORY"]
            .flatMap { FileManager.default.contents(atPath: $0 + "/yrdsync-passphrase") }.map(firstLine)
    }

    private static func firstLine(of bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes.prefix { $0 != UInt8(ascii: "\n") }), as: UTF8.self)
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        do {
            return try PrivateKeyFile.read(path)
        } catch {
            throw NodeError(code: error.code, error.words)
        }
    }

    private static func needed(_ path: String) -> NodeError {
        NodeError(
            code: "passphrase_needed",
            "\(path) 已加口令:请在终端输入,或以 YRDSYNC_PASSPHRASE_FILE 指明口令文件",
            "\(path) is under a passphrase: enter it at a terminal, or name a file that holds it by YRDSYNC_PASSPHRASE_FILE"
        )
    }
}

extension KeyFile {
    /// Changes the protection of these files, or, without any, of all private keys of a node. Returns those that were
    /// changed. A daemon would not find its keys any more, so none may run.
    package static func change(
        _ files: [String], of directory: NodeDirectory, _ change: (String) throws -> Bool
    ) throws -> [String] {
        guard files.isEmpty else { return try files.filter(change) }
        guard let lock = try FileLock.take(directory.serveLock) else {
            throw NodeError(
                code: "serving", "请先停止 \(directory.path) 上的 serve", "stop serve on \(directory.path) first")
        }
        return try withExtendedLifetime(lock) {
            try FileLock.withExclusive(directory.keysLock) {
                try FileManager.default.contentsOfDirectory(atPath: directory.keys).filter { $0.hasSuffix(".pem") }
                    .sorted().map { directory.keys + "/" + $0 }.filter(change)
            }
        }
    }
}
