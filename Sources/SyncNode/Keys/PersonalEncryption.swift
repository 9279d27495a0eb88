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
    /// There is a key, and nothing is encrypted under it: what a backup of earlier days brings back.
    package let isBehind: Bool
}

extension LocalNode {
    private var restKeyFile: RestKeyFile { RestKeyFile(directory, configured: configuration.personalKey) }

    package func personalEncryption() throws -> PersonalEncryption {
        let id = try replica.restKeyID()
        return PersonalEncryption(
            isOn: id != nil, keyID: id.map { $0.hex }, keyFile: restKeyFile.path,
            columns: replica.columnsAtRest.map { "\($0.type).\($0.column)" },
            isBehind: id == nil && FileManager.default.fileExists(atPath: restKeyFile.path))
    }

    /// Encrypts, or writes in the clear; a daemon follows by itself. Doing it again wipes what a crash may have left.
    ///
    /// - Returns: false where another program was reading, so that old contents may still lie in the log beside the file.
    package func encryptPersonal(_ isOn: Bool) throws -> Bool {
        try replica.changeRestKey(to: isOn ? RestCipher(try restKeyFile.readOrMake()) : nil)
        return try replica.wipeFreePages()
    }
}
