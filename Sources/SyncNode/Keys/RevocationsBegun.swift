// What `keys revoke` must not forget between its first step and a root that says the same.

import PeerTrust
import SyncCore

/// Revocations that were begun on this machine: until a root says so too, the next proposal says it again.
struct RevocationsBegun {
    private let path: String

    init(_ directory: NodeDirectory) { path = directory.revokedKeys }

    func keyIDs() throws -> [Digest] {
        let bytes = try NodeFile.read(path, maxBytes: 64 << 10) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Digest(hex: String($0)) }
    }

    func remember(_ all: [Digest]) throws {
        try PrivateKeyFile.write(Array(all.map { $0.hex + "\n" }.joined().utf8), to: path)
    }
}
