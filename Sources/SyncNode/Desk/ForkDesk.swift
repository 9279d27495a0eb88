// Forks at the desk: shown, handed out as proofs, judged.

import PeerTrust
package import ReplicaStore
package import SyncCore

/// Shows, hands out and judges proofs of forks.
package struct ForkDesk {
    private let node: LocalNode

    package init(_ node: LocalNode) { self.node = node }

    package static func id(of head: EntryHead) -> Digest { head.header.entryID(OpenSSLHashing.hashing) }

    /// The one item of the quarantine whose id begins with 8 digits or more; with the proof, if it is a fork.
    package func item(_ prefix: String) throws -> (item: QuarantineItem, proof: ForkProof?) {
        let digits = prefix.lowercased()
        guard (DotPrefix.digitsMin...2 * Digest.byteCount).contains(digits.utf8.count),
            digits.utf8.allSatisfy(DotPrefix.isHexadecimal)
        else {
            throw NodeError(
                .usage, code: "bad_id", "\(prefix) 不是标识:须为 8 到 64 位十六进制",
                "\(prefix) is not an id: 8 to 64 hexadecimal digits")
        }
        let items = try node.replica.quarantine().filter { $0.id.hex.hasPrefix(digits) }
        guard let first = items.first(where: { $0.class == EntryRefusal.Class.fork.rawValue }) ?? items.first else {
            throw NodeError(
                code: "no_such_item", "隔离中没有以 \(prefix) 开头的标识",
                "nothing in quarantine has an id that begins with \(prefix)")
        }
        guard Set(items.map(\.id)).count == 1 else {
            throw NodeError(
                .usage, code: "ambiguous_id", "以 \(prefix) 开头的标识不止一个,请多写几位",
                "several ids begin with \(prefix): give more digits")
        }
        let proof = try node.replica.quarantineEvidence(first).flatMap { bytes in
            ForkProof(decoding: bytes, OpenSSLHashing.hashing)
        }
        return (first, proof)
    }

    package func file(of proof: ForkProof) throws -> ForkProofFile {
        let trust = try node.trust()
        let market = proof.first.header.origin.market
        let all = trust.standing
        return ForkProofFile(proof, descriptor: all.first { $0.market == market })
    }

    /// The origin that a file proves to have forked, by the keys that this node knows; throws what is wrong with it.
    package func judge(_ bytes: [UInt8]) throws -> Origin {
        guard let proof = ForkProofFile.proof(in: bytes) else {
            throw NodeError(
                code: "no_fork_proof", "这不是分叉证据:须有同一来源、同一前驱的两个不同变更集头",
                "this is no proof of a fork: two different heads of one origin with one predecessor")
        }
        let membership = try node.trust().membership
        for head in [proof.first, proof.second] {
            switch membership.verifyHeaderWithoutChain(head.header, head.signatures) {
            case .verified: continue
            case .unknownMember, .unknownKeySpan:
                throw NodeError(
                    .trust, code: "key_unknown", "本节点没有 \(head.header.dot) 的密钥,无法验证",
                    "this node has no key for \(head.header.dot), and cannot tell")
            case .notAuthentic(let fault):
                throw NodeError(
                    .trust, code: fault.code, "\(head.header.dot) 的签名不成立:\(fault.code)",
                    "the signature of \(head.header.dot) does not hold: \(fault.code)")
            }
        }
        return proof.first.header.origin
    }
}
