// What a key may sign though no store would have made it, and what no key has signed.

import PeerTrust
import ReplicaStore
import SyncCore

@testable import SyncNode

extension EntrySigner {
    func forge(
        _ origin: Origin, sequence: UInt64 = 1, previous: Digest = .zero, trustRoot: UInt64 = 0,
        context: Context = Context(catalogHash: .zero, frontier: .empty), notes: [Note] = [], changes: [Change] = []
    ) throws -> Entry {
        let hashing = OpenSSLHashing.hashing
        let context = context.encoded()
        let ops = EncodedOps(notes: notes, changes: changes.map { $0.encoded() }, suite: suite, hashing)
        let header = EnvelopeHeader(
            suite: suite, groupContinues: false, federation: federation, origin: origin, sequence: sequence,
            trustRootVersion: trustRoot, timeMilliseconds: 1, opCount: UInt32(ops.count),
            payloadBytes: UInt64(ops.payloadBytes), previous: previous, opsRoot: ops.root,
            contextHash: hashing.digest(suite, context), keyID: keyID)
        return Entry(header: header, signatures: try sign(header), context: context, ops: ops.framed)
    }
}

extension LocalNode {
    /// An entry with a note alone, signed by this node's own key.
    func forge(
        _ origin: Origin, sequence: UInt64 = 1, previous: Digest = .zero, trustRoot: UInt64 = 0,
        notes: [Note] = [Note(author: "x")]
    ) throws -> Entry {
        try signer.forge(origin, sequence: sequence, previous: previous, trustRoot: trustRoot, notes: notes)
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
