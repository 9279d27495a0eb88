// The proof of a fork as a file: enough for anyone who has the market's key to see that it signed two histories.

import Foundation
import PeerTrust
package import ReplicaStore
package import SyncCore

/// JSON: two headers and their signatures in hex, and the descriptor that names the keys.
package struct ForkProofFile: Codable, Sendable {
    struct Head: Codable, Sendable {
        let id: String
        let seq: UInt64
        /// The 240 signed bytes.
        let header: String
        let signatures: [Signature]
    }

    struct Signature: Codable, Sendable {
        let suite: UInt8
        let key_id: String
        let signature: String
    }

    let yrd_fork_proof: Int
    let market: String
    let origin: String
    let entries: [Head]
    /// The market's descriptor as this node has it: whoever trusts another one looks the keys up there.
    let descriptor: String?

    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// What such a file may have at most: two heads of four signatures, and a descriptor.
    private static let bytesMax = 64 << 10

    fileprivate init(_ proof: ForkProof, descriptor: Descriptor?) {
        yrd_fork_proof = 1
        let origin = proof.first.header.origin
        market = origin.market?.name ?? origin.node.hex
        self.origin = origin.description
        entries = [proof.first, proof.second].map { head in
            Head(
                id: head.header.entryID(OpenSSLHashing.hashing).hex, seq: head.header.sequence,
                header: head.header.encoded().hex,
                signatures: head.signatures.map {
                    Signature(suite: $0.suite.rawValue, key_id: $0.keyID.hex, signature: $0.signature.hex)
                })
        }
        self.descriptor = descriptor.map { String(decoding: $0.raw, as: UTF8.self) }
    }

    /// Nil if the bytes are no such file, or its two heads do not contradict each other. Nothing of it is believed but the
    /// headers and signatures.
    fileprivate static func proof(in bytes: [UInt8]) -> ForkProof? {
        guard bytes.count <= bytesMax, let file = try? JSONDecoder().decode(ForkProofFile.self, from: Data(bytes)),
            file.yrd_fork_proof == 1, file.entries.count == 2
        else { return nil }
        let heads = file.entries.compactMap { entry -> EntryHead? in
            guard let header = [UInt8](hex: entry.header) else { return nil }
            var signatures: [SignatureRecord] = []
            for one in entry.signatures {
                guard let suite = Suite(rawValue: one.suite), let keyID = Digest(hex: one.key_id),
                    let signature = [UInt8](hex: one.signature),
                    signature.count == SignatureRecord.signatureByteCount
                else { return nil }
                signatures.append(SignatureRecord(suite: suite, keyID: keyID, signature: signature))
            }
            guard (1...Limits.signaturesPerEntry).contains(signatures.count),
                let decoded = try? ByteReader.decode(
                    header, { reader throws(DecodeError) in try EnvelopeHeader(from: &reader) })
            else { return nil }
            return EntryHead(header: decoded, signatures: signatures)
        }
        return heads.count == 2 ? ForkProof(heads[0], heads[1], OpenSSLHashing.hashing) : nil
    }
}

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
        let all = [trust.own] + trust.trusted + trust.others.map(\.descriptor)
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
            switch membership.verifyHeader(head.header, head.signatures) {
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
