// `keys rotate --signing`: a new signing key takes over, beside a running daemon and without a lost round.

import Foundation
import PeerTrust
import ReplicaStore
package import SyncCore

extension LocalNode {
    /// The order makes each step safe to be the last one before a crash: the new key's file, then the entry that hands
    /// over to it, then the descriptor that says so, then the file names. `settleRotation` goes on where it ended.
    ///
    /// The daemon beside it needs no word: which key signs is read in the transaction that seals.
    package func rotateSigningKey() throws -> KeyRotation {
        try withKeysLocked {
            try settle()
            try checkRoomForKeys()
            let old = try keyRing.first()
            let next = try nextSigningKey(old.suite)
            let federation = federation.id
            let rotation = try fenced {
                try replica.rotateSigningKey(signer) { origin, first in
                    try KeyProof.nextKey(next, federation: federation, origin: origin, firstSequence: first)
                }
            }
            try settle()
            return rotation
        }
    }

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
    func settleRotation() throws {
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

extension DescriptorFields {
    /// The old key's span of that incarnation ends with the entry that hands over; the new key's begins behind it.
    mutating func rotate(_ rotation: KeyRotation, to key: VerificationKey) {
        let incarnation = rotation.origin.incarnation
        signing = signing.map { entry in
            guard entry.key.keyID == rotation.oldKeyID else { return entry }
            let spans = entry.spans.map { span in
                guard span.isOpen, span.covers(incarnation, rotation.sequence) else { return span }
                return KeySpan(
                    incarnation: incarnation, fromSequence: span.fromSequence,
                    closedAt: (rotation.sequence, rotation.id))
            }
            return SpannedKey(key: entry.key, spans: spans)
        }
        let span = KeySpan(incarnation: incarnation, fromSequence: rotation.sequence + 1)
        if let index = signing.firstIndex(where: { $0.key == key }) {
            signing[index] = SpannedKey(key: key, spans: signing[index].spans + [span])
        } else {
            signing.append(SpannedKey(key: key, spans: [span]))
        }
    }
}
