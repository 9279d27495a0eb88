// The proof of a fork as a file: enough for anyone who has the market's key to see that it signed two histories.

import Foundation
import PeerTrust
import SyncCore

/// JSON: two headers and their signatures in hex, and the descriptor that names the keys.
package struct ForkProofFile: Codable, Sendable {
    struct Head: Codable, Sendable {
        let id: String
        let seq: UInt64
        /// The 240 signed bytes.
        let header: String
        let signatures: [SignatureJSON]
    }

    static let version = 1

    let version: Int
    let market: String
    let origin: String
    let entries: [Head]
    /// The market's descriptor as this node has it: whoever trusts another one looks the keys up there.
    let descriptor: String?

    enum CodingKeys: String, CodingKey {
        case version = "yrd_fork_proof"
        case market, origin, entries, descriptor
    }

    package func encoded() throws -> [UInt8] { try fileJSON() }

    /// What such a file may have at most: two heads of four signatures, and a descriptor.
    private static let bytesMax = 64 << 10

    init(_ proof: ForkProof, descriptor: Descriptor?) {
        version = Self.version
        let origin = proof.first.header.origin
        market = origin.market?.name ?? origin.node.hex
        self.origin = origin.description
        entries = [proof.first, proof.second].map { head in
            Head(
                id: head.header.entryID(OpenSSLHashing.hashing).hex, seq: head.header.sequence,
                header: head.header.encoded().hex, signatures: head.signatures.map { SignatureJSON($0) })
        }
        self.descriptor = descriptor.map { String(decoding: $0.raw, as: UTF8.self) }
    }

    /// Nil if the bytes are no such file, or its two heads do not contradict each other. Nothing of it is believed but the
    /// headers and signatures.
    static func proof(in bytes: [UInt8]) -> ForkProof? {
        guard bytes.count <= bytesMax, let file = try? JSONDecoder().decode(ForkProofFile.self, from: Data(bytes)),
            file.version == version, file.entries.count == 2
        else { return nil }
        let heads = file.entries.compactMap { entry -> EntryHead? in
            guard let header = [UInt8](hex: entry.header), let signatures = SignatureJSON.records(entry.signatures),
                (1...Limits.signaturesPerEntry).contains(signatures.count),
                let decoded = try? ByteReader.decode(
                    header, { reader throws(DecodeError) in try EnvelopeHeader(from: &reader) })
            else { return nil }
            return EntryHead(header: decoded, signatures: signatures)
        }
        return heads.count == 2 ? ForkProof(heads[0], heads[1], OpenSSLHashing.hashing) : nil
    }
}
