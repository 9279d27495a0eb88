// What every exchange of signing keys has in common, by an entry or by a new incarnation: a next key, one at a time, and going on
// after a crash.

import PeerTrust
import ReplicaStore
import SyncCore

extension LocalNode {
    /// One that an interrupted exchange has left behind is as good as a new one, if our descriptor does not name it.
    func nextSigningKey(_ suite: Suite) throws -> SigningKey {
        let own = try ownDescriptor()
        let left = try keyRing.next().filter { $0.suite == suite }
        if let next = try left.first(where: { try !own.names($0.verificationKey) }) { return next }
        try keyRing.retireNext { $0.suite == suite }
        let next = try SigningKey.generate(suite)
        try keyRing.write(try next.pem(), to: directory.nextSigningKey(suite))
        return next
    }

    /// Ends what an exchange of keys that was interrupted has begun. Another process that is at it now is left alone.
    func settleExchange() throws {
        guard try !keyRing.next().isEmpty, let lock = try FileLock.take(directory.keysLock) else { return }
        try withExtendedLifetime(lock) { try settle() }
    }

    func settle() throws {
        let next = try keyRing.next()
        guard !next.isEmpty else { return }
        let inForce = try signingKeyIDs()
        guard next.contains(where: { inForce.all.contains($0.keyID) }) else { return }
        let rotation = try next.first { $0.keyID == inForce.header }.flatMap { header in
            try replica.rotations().last { $0.origin.market == market && $0.spki == header.spki }.map { ($0, header) }
        }
        if let rotation {
            try name(rotation.0, to: rotation.1)
        } else {
            try endSpansOfLeftIncarnation()
        }
        try keyRing.place(try keyRing.keys(inForce))
    }

    /// Our descriptor says what the log says: this key has taken over there.
    private func name(_ rotation: KeyRotation, to next: SigningKey) throws {
        let key = try next.verificationKey
        // A key that was named before never takes over by an entry (`nextSigningKey`): so this was said already.
        guard try !ownDescriptor().names(key) else { return }
        try publish { $0.rotate(rotation, to: key) }
    }

    func withKeysLocked<Value>(_ body: () throws -> Value) throws -> Value {
        guard let lock = try FileLock.take(directory.keysLock) else {
            throw NodeError(
                code: "keys_busy", "另一命令正在更换 \(directory.keys) 中的密钥",
                "another command is changing the keys in \(directory.keys)")
        }
        return try withExtendedLifetime(lock) { try body() }
    }
}
