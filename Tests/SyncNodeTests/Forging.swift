// What a node's own key may sign though its store would not have made it, and what no key has signed.

import PeerTrust
import ReplicaStore
import SyncCore

@testable import SyncNode

extension LocalNode {
    /// An entry with a note alone, signed by this node's own key.
    func forge(
        _ origin: Origin, sequence: UInt64 = 1, previous: Digest = .zero, trustRoot: UInt64 = 0,
        notes: [Note] = [Note(author: "x")]
    ) throws -> Entry {
        let hashing = OpenSSLHashing.hashing
        let signer = try signer
        let context = Context(catalogHash: .zero, frontier: .empty).encoded()
        let ops = EncodedOps(notes: notes, changes: [], suite: signer.suite, hashing)
        let header = EnvelopeHeader(
            suite: signer.suite, groupContinues: false, federation: signer.federation, origin: origin,
            sequence: sequence, trustRootVersion: trustRoot, timeMilliseconds: 1, opCount: UInt32(ops.count),
            payloadBytes: UInt64(ops.payloadBytes), previous: previous, opsRoot: ops.root,
            contextHash: hashing.digest(signer.suite, context), keyID: signer.keyID)
        return Entry(header: header, signatures: try signer.sign(header), context: context, ops: ops.framed)
    }
}

extension [SignatureRecord] {
    /// One bit of each is another.
    var flipped: [SignatureRecord] {
        map { record in
            var bytes = record.signature
            bytes[0] ^= 1
            return SignatureRecord(suite: record.suite, keyID: record.keyID, signature: bytes)
        }
    }
}
