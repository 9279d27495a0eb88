// Our own descriptor: written anew, and kept above a clone's.

import Foundation
import PeerTrust
import ReplicaStore
package import SyncCore

extension LocalNode {
    /// Writes our descriptor with the next serial, signed by every key that it names and by one of the serial before. A daemon
    /// and a command may both have something to say: neither's is lost.
    func publish(_ change: (inout DescriptorFields) throws -> Void) throws {
        try withDescriptorLocked { try publishLocked(change) }
    }

    private func withDescriptorLocked(_ body: () throws -> Void) throws {
        try FileLock.withExclusive(directory.descriptorLock, body)
    }

    private func publishLocked(_ change: (inout DescriptorFields) throws -> Void) throws {
        var fields = try ownDescriptor().fields
        fields.serial += 1
        try change(&fields)
        let signing = try fields.signing.map { try keyRing.key($0.key.keyID) }
        let tls = try fields.tls.map { try keyRing.tlsKey($0.pin) }
        let descriptor = try DescriptorDraft(fields: fields).signed(by: signing, tls: tls)
        try NodeFile.write(descriptor.raw, to: directory.descriptor)
    }

    /// A descriptor names every key that ever signed, and ends at 16 KiB. What can wait leaves room for what cannot: revoking
    /// two keys, and recovering.
    func checkRoomForKeys() throws {
        let own = try ownDescriptor()
        guard own.raw.count + Self.bytesLeftFree <= Limits.descriptorBytes,
            own.signing.count + Self.keysLeftFree <= DescriptorFields.signingKeyCounts.upperBound
        else {
            throw NodeError(
                code: "descriptor_full", "描述文件已近 16 KiB 上限:请为本市场另建节点",
                "the descriptor nears its limit of 16 KiB: make a new node for this market")
        }
    }

    private static let bytesLeftFree = 3 << 10
    private static let keysLeftFree = 5

    /// Takes note of a peer's descriptors, the ones of our own market among them.
    package func learn(_ documents: [UInt8], from peer: Market) throws {
        _ = try followingRoot { try trustKeeper.learn(documents, from: peer) }
        for shown in trustKeeper.descriptors(of: market, in: documents) {
            try withDescriptorLocked { try adoptSpans(of: shown) }
        }
    }

    /// Another machine of our market, a clone that has gone on, has published incarnations that our descriptor does not
    /// name. Its change sets are our market's: they count only where a descriptor says so, and of two of one serial each
    /// peer holds the one that it met first. So ours names them all, above both.
    ///
    /// Only a descriptor of the same keys is heard: every key that it names has signed it.
    private func adoptSpans(of shown: Descriptor) throws {
        let own = try ownDescriptor()
        guard shown.raw != own.raw, shown.serial >= own.serial, shown.tlsPins == own.tlsPins,
            shown.signing.map(\.key.keyID) == own.signing.map(\.key.keyID)
        else { return }
        let merged = zip(own.signing, shown.signing).map { mine, theirs in
            SpannedKey(
                key: mine.key,
                spans: mine.spans
                    + theirs.spans.filter { span in !mine.spans.contains { $0.incarnation == span.incarnation } })
        }
        guard merged.allSatisfy({ DescriptorFields.spanCounts.contains($0.spans.count) }) else { return }
        let isComplete = zip(merged, shown.signing).allSatisfy { $0.spans.count == $1.spans.count }
        // One that is later than ours and names all of it is taken as it is: else the two would outbid each other for ever.
        guard shown.serial == own.serial || !isComplete else {
            return try NodeFile.write(shown.raw, to: directory.descriptor)
        }
        try publishLocked { fields in
            fields.serial = shown.serial + 1
            fields.signing = merged
        }
        try replica.addFinding(
            "own_descriptor_elsewhere", about: market.name,
            detail: "a descriptor of ours that this node has not written, serial \(shown.serial)")
    }
}
