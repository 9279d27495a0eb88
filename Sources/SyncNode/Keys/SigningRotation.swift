// `keys rotate --signing`: a new signing key takes over, beside a running daemon and without a lost round.

import Foundation
import PeerTrust
import ReplicaStore
package import SyncCore

extension LocalNode {
    /// The order makes each step safe to be the last one before a crash: the new key's file, then the entry that hands
    /// over to it, then the descriptor that says so, then the file names. `settleExchange` goes on where it ended.
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
