// The key of what is encrypted at rest: a file outside of the replica, and, if node.yaml says so, on another disk.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore

struct RestKeyFile {
    let path: String

    /// Where node.yaml says now: a daemon that runs shall find it too.
    init(_ directory: NodeDirectory) throws {
        let configured = try NodeConfiguration.read(directory.configuration).personalKey
        path =
            configured.map { $0.hasPrefix("/") ? $0 : directory.path + "/" + $0 } ?? directory.personalKey
    }

    /// The key that stands there; a new one, durable before anything is encrypted under it, where nothing does. Under the
    /// lock of the keys: of two new ones only one would remain.
    func readOrMake() throws -> RestKey {
        // Also a link that leads nowhere stands there.
        if (try? FileManager.default.attributesOfItem(atPath: path)) != nil { return try read() }
        let key = try RestKey.generate()
        try PrivateKeyFile.write(key.file, to: path)
        return key
    }

    private func read() throws -> RestKey {
        guard (try? FileManager.default.attributesOfItem(atPath: path)) != nil else {
            throw NodeError(
                code: "personal_key_missing",
                "个人信息已加密,而密钥文件 \(path) 不存在:请放回该文件(或在 node.yaml 以 personal_key 指明)",
                "personal values are encrypted, and their key \(path) is not there: put it back, or say in node.yaml where it is (personal_key)"
            )
        }
        let bytes: [UInt8]
        do {
            bytes = try PrivateKeyFile.read(path)
        } catch {
            throw NodeError(code: error.code, error.words)
        }
        guard let key = RestKey(file: bytes) else {
            throw NodeError(
                code: "personal_key_malformed", "\(path) 不是个人信息的密钥", "\(path) is no key of personal values")
        }
        return key
    }

    /// The key of this id.
    func cipher(of id: Digest) throws -> RestCipher {
        let key = try read()
        guard key.id == id else {
            throw NodeError(
                code: "personal_key_other", "\(path) 不是加密此副本的密钥:请放回原来的文件",
                "\(path) is not the key that this replica is encrypted under: put that one back")
        }
        return RestCipher(key)
    }
}

extension RestCipher {
    init(_ key: RestKey) {
        self.init(keyID: key.id, encrypt: key.encrypt, decrypt: key.decrypt)
    }
}
