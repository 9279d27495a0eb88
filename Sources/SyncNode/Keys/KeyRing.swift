// The private keys in `keys/`, found by what they are and not by the name of their file.

import Foundation
package import PeerTrust
import ReplicaStore
package import SyncCore
import Synchronization

/// Reads key files when they are asked for, so that a key which another process has put there is found.
package final class KeyRing: Sendable {
    private let directory: NodeDirectory
    private let known = Mutex<[Digest: SigningKey]>([:])

    init(_ directory: NodeDirectory) {
        self.directory = directory
    }

    /// The key in `signing.pem`: it signs, unless a rotation has just been sealed.
    func first() throws -> SigningKey { try KeyFile.signingKey(directory.signingKey) }

    /// The key of the other suite, which signs beside it; nil where the market signs with one suite.
    func second() throws -> SigningKey? {
        guard FileManager.default.fileExists(atPath: directory.secondSigningKey) else { return nil }
        return try KeyFile.signingKey(directory.secondSigningKey)
    }

    /// Both. They sign, unless one has just been replaced.
    func filed() throws -> SigningKeys { SigningKeys(header: try first(), second: try second()) }

    /// Keys that are about to take over, or have and are not in their place yet.
    func next() throws -> [SigningKey] { try files(Self.nextPrefix).map(KeyFile.signingKey) }

    private static let nextPrefix = "signing.next"

    func keys(_ ids: SigningKeyIDs) throws -> SigningKeys {
        SigningKeys(header: try key(ids.header), second: try ids.second.map(key))
    }

    /// The signing key with this id: the present one, the next one, or one that was rotated out.
    package func key(_ id: Digest) throws -> SigningKey {
        if let key = known.withLock({ $0[id] }) { return key }
        if let file = file(ofSigningKey: id) {
            let key = try KeyFile.signingKey(file)
            known.withLock { $0[id] = key }
            return key
        }
        throw NodeError(
            code: "signing_key_missing",
            "签名密钥 \(id.hex.prefix(16)) 不在 \(directory.keys):请从备份恢复 \(name(ofRetired: id))",
            "the signing key \(id.hex.prefix(16)) is not in \(directory.keys): put \(name(ofRetired: id)) back from a backup"
        )
    }

    /// The TLS key with this pin.
    func tlsKey(_ pin: Digest) throws -> TLSKey {
        if let file = file(ofTLSKey: pin) { return try KeyFile.tlsKey(file) }
        throw NodeError(
            code: "tls_key_missing", "TLS 密钥 \(pin.hex.prefix(16)) 不在 \(directory.keys)",
            "the TLS key \(pin.hex.prefix(16)) is not in \(directory.keys)")
    }

    /// Puts keys into their place. What stood there is kept: descriptors go on naming it, and every key that one names signs it.
    func place(_ keys: SigningKeys) throws {
        let (ids, filed) = (keys.ids, try filed())
        for old in filed.all where !ids.all.contains(old.keyID) { try retire(old) }
        if filed.header.keyID != ids.header { try write(try keys.header.pem(), to: directory.signingKey) }
        if let second = keys.second {
            if filed.second?.keyID != second.keyID { try write(try second.pem(), to: directory.secondSigningKey) }
        } else if filed.second != nil {
            try PrivateKeyFile.remove(directory.secondSigningKey)
        }
        // Last: while one of them is there, whoever starts goes on with this.
        for file in files(Self.nextPrefix) where ids.all.contains(try KeyFile.signingKey(file).keyID) {
            try PrivateKeyFile.remove(file)
        }
    }

    func retire(_ key: SigningKey) throws {
        try write(try key.pem(), to: directory.keys + "/" + name(ofRetired: key.keyID))
    }

    /// Puts away keys that were to take over: they will not.
    func retireNext(where isMeant: (SigningKey) -> Bool = { _ in true }) throws {
        for file in files(Self.nextPrefix) {
            let key = try KeyFile.signingKey(file)
            guard isMeant(key) else { continue }
            try retire(key)
            try PrivateKeyFile.remove(file)
        }
    }

    private func name(ofRetired id: Digest) -> String { "signing.\(id.hex.prefix(16)).pem" }

    func file(ofSigningKey id: Digest) -> String? {
        files("signing").first { (try? KeyFile.signingKey($0))?.keyID == id }
    }

    func file(ofTLSKey pin: Digest) -> String? {
        files("tls").first { (try? KeyFile.tlsKey($0))?.pin == pin }
    }

    /// When the certificate beside a TLS key's file ends, in seconds since 1970.
    func certificateExpiry(besides keyFile: String) -> Int64? {
        FileManager.default.contents(atPath: String(keyFile.dropLast("pem".count)) + "crt").flatMap {
            try? TLSKey.certificateExpiry(Array($0))
        }
    }

    private func files(_ prefix: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.keys)) ?? [])
            .filter { $0.hasPrefix(prefix + ".") && $0.hasSuffix(".pem") }.sorted()
            .map { directory.keys + "/" + $0 }
    }

    /// Under the passphrase of the others, if they are under one.
    func write(_ pem: [UInt8], to path: String) throws {
        try KeyFile.write(pem, to: path, like: directory.signingKey)
    }
}
