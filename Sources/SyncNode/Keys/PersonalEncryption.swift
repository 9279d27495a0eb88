// Personal columns encrypted in the replica's file, and in the clear again (docs/decisions/0026).

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore

package struct PersonalEncryption: Hashable, Sendable {
    package let isOn: Bool
    /// Names the key; nil while everything lies in the clear.
    package let keyID: String?
    package let keyFile: String
    /// `type.column`, of all that is, or would be, encrypted.
    package let columns: [String]
    /// False while the replica's file, or the log beside it, may still hold what was encrypted since.
    package let isWiped: Bool
    /// Copies of the replica that a restore set aside: they are as they were.
    package let copies: [String]
}

extension LocalNode {
    package func personalEncryption() throws -> PersonalEncryption {
        let id = try replica.restKeyID()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        return PersonalEncryption(
            isOn: id != nil, keyID: id.map { $0.hex }, keyFile: try RestKeyFile(directory).path,
            columns: replica.columnsAtRest.map { "\($0.type).\($0.column)" },
            isWiped: try !replica.isWipePending(),
            copies: files.filter { (directory.path + "/" + $0).hasPrefix(directory.replica + ".before-restore-") }
                .sorted())
    }

    /// Encrypts, or writes in the clear; a daemon follows by itself. Doing it again wipes what could not be wiped before.
    package func encryptPersonal(_ isOn: Bool) throws {
        try FileLock.withExclusive(directory.keysLock) {
            do {
                try replica.changeRestKey(to: isOn ? RestCipher(try RestKeyFile(directory).readOrMake()) : nil)
            } catch let illegible as IllegibleValues {
                throw NodeError(illegible)
            }
        }
        _ = try replica.wipeFreePages()
    }
}

extension NodeError {
    init(_ illegible: IllegibleValues) {
        let count = illegible.records.count
        let names = illegible.records.prefix(5).map { "\($0.type) \($0.key)" }.joined(separator: ", ")
        self.init(
            code: "personal_value_unreadable",
            "\(count) 条记录的个人信息不能解密(被其他程序改动过),请先写入明文:\(names)",
            "personal values of \(count) records cannot be decrypted, since some program cut or made them up; write them anew first: \(names)",
            record: illegible.records.first)
    }
}
