// Entries are hashed ahead of their portion, in pieces: each must get its own verdict.

import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@Suite("Binding checks")
struct BindingChecksTests {
    /// Signed by nobody: what binds is hashes alone.
    private func entry(_ sequence: UInt64, opBytes: Int, isAltered: Bool) -> Entry {
        let hashing = OpenSSLHashing.hashing
        var op = [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: opBytes)
        let ops = EncodedOps(notes: [], changes: [op, [1, 2, 3]], suite: .ed25519SHA256, hashing)
        let context = Array("context \(sequence)".utf8)
        let header = EnvelopeHeader(
            suite: .ed25519SHA256, groupContinues: false, federation: ID16([UInt8](repeating: 1, count: 16))!,
            origin: Origin(market: Market("shanghai")!, incarnation: ID16([UInt8](repeating: 2, count: 16))!),
            sequence: sequence, trustRootVersion: 0, timeMilliseconds: 1, opCount: UInt32(ops.count),
            payloadBytes: UInt64(ops.payloadBytes), previous: .zero, opsRoot: ops.root,
            contextHash: hashing.sha256(context), keyID: .zero)
        op[opBytes / 2] ^= isAltered ? 1 : 0
        return Entry(header: header, signatures: [], context: context, ops: EncodedOps.framed([op, [1, 2, 3]]))
    }

    /// One piece, some pieces, entries larger than a piece; and the last entry of each kind.
    @Test(arguments: [(count: 1, bytes: 100), (5, 100), (40, 9_000), (7, 90_000), (300, 1_000)])
    func `each entry of a batch gets its own verdict`(_ size: (count: Int, bytes: Int)) {
        for altered in [[], [0], [size.count - 1], [size.count / 2, size.count / 3]] {
            let entries = (0..<size.count).map {
                entry(UInt64($0 + 1), opBytes: size.bytes, isAltered: altered.contains($0))
            }
            let checks = BindingChecks(of: Batch(entries: entries), OpenSSLHashing.hashing)
            let faults = entries.map { _ in checks.faultOfNext() }
            #expect(faults.indices.filter { faults[$0] == .opsRoot } == Set(altered).sorted())
            #expect(faults.count { $0 == nil } == size.count - Set(altered).count)
        }
    }
}
