// What a thief may sign with a key that was rotated out or revoked, beside descriptors.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Attacks with a stolen key")
struct StolenKeyAttackTests: StolenKeyStory {
    let stage: StolenKeyStage

    init() throws { stage = try StolenKeyStage() }

    /// Shanghai's rotation, and an entry of everyone's behind it.
    private func rotate() throws -> (old: SigningKey, rotation: KeyRotation) {
        let old = try shanghai.keyRing.first()
        let rotation = try shanghai.rotateSigningKey()
        try write("ours", at: shanghai)
        try exchangeAll()
        return (old, rotation)
    }

    /// In the place of Shanghai's entry behind its rotation, by the key that was rotated out.
    private func forgedBehind(_ rotation: KeyRotation, with old: SigningKey) throws -> Entry {
        try forge(
            "forged", in: origin, sequence: rotation.sequence + 1, previous: rotation.id, having: .empty, with: old)
    }

    @Test func `what a rotated-out key signs behind the rotation is applied by nobody, and no evidence`() throws {
        let (old, rotation) = try rotate()
        let forged = try forgedBehind(rotation, with: old)
        #expect(try jiangsu.apply(Batch(entries: [forged]), from: zhejiang.market).applied == 0)
        var bundle = try EvidenceExport(jiangsu).bundle(of: agency, exportedAt: "2026-11-26T00:00:00Z")
        let honest = try EvidenceCheck(Array(JSONEncoder().encode(bundle))).run()
        #expect(honest.changes.count == 2)
        bundle.changeSets.append(
            EvidenceBundle.SealedPart(
                header: forged.header.encoded().hex, signatures: forged.signatures.map { SignatureJSON($0) },
                context: forged.context.hex,
                ops: [.init(index: 0, op: forged.ops[(try forged.opRanges())[0]].hex, path: [])]))
        let bytes = Array(try JSONEncoder().encode(bundle))
        let refusal = #expect(throws: EvidenceRefusal.self) { try EvidenceCheck(bytes).run() }
        #expect(refusal?.code == "evidence_not_authentic")
    }

    @Test func `a rotated-out key proves no fork behind the rotation`() throws {
        let (old, rotation) = try rotate()
        let forged = try forgedBehind(rotation, with: old)
        let head = EntryHead(header: forged.header, signatures: forged.signatures)
        let honest = try #require(
            try jiangsu.replica.entry(at: Dot(origin: origin, sequence: rotation.sequence + 1))?.entry)
        let honestHead = EntryHead(header: honest.header, signatures: honest.signatures)
        #expect(ForkProof(honestHead, head, OpenSSLHashing.hashing) != nil, "as headers go, it is one")
        let membership = try jiangsu.trust().membership
        guard case .verified = membership.verifyHeaderWithoutChain(honestHead.header, honestHead.signatures) else {
            Issue.record("the market's own header is not taken")
            return
        }
        if case .verified = membership.verifyHeaderWithoutChain(head.header, head.signatures) {
            Issue.record("a fork of Shanghai's is proven that only the old key's holder made")
        }
    }

    @Test func `a rotated-out key moves its market's machine to no other incarnation`() throws {
        let (old, rotation) = try rotate()
        let forged = try forgedBehind(rotation, with: old)
        let head = EntryHead(header: forged.header, signatures: forged.signatures)
        #expect(try !shanghai.provesRollback([head]))
        // Nor an entry after one that nobody knows, in a batch.
        let far = try forge("forged", in: origin, sequence: 999, previous: old.keyID, having: .empty, with: old)
        _ = try shanghai.apply(Batch(entries: [far]), from: jiangsu.market)
        #expect(try shanghai.replica.ownOrigin() == origin)
        #expect(shanghai.recoveredBecause == nil)
    }

    @Test func `a revoked key signs no receipt`() throws {
        try exchangeAll()
        #expect(try jiangsu.take(receipt: thief.receipt(), from: shanghai.market) != nil, "the key still counts")
        try revokeEverywhere()
        #expect(try jiangsu.take(receipt: thief.receipt(), from: shanghai.market) == nil)
    }
}
