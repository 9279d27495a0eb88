// Descriptors that do not stand, while trust is what `peers/` says.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Former descriptors without a root")
struct FormerDescriptorsWithoutRootTests {
    /// A descriptor of a market by one of its keys, with a key and an incarnation of whoever holds that.
    private func introduced(
        by holder: SigningKey, of market: LocalNode
    ) throws -> (key: SigningKey, origin: Origin, descriptor: Descriptor) {
        let (made, tls) = (try SigningKey.generate(.ed25519SHA256), try TLSKey.generate())
        let origin = Origin(market: market.market, incarnation: try IncarnationGenerator.make())
        var fields = try market.ownDescriptor().fields
        fields.serial = 1
        fields.tls = [try TLSPublicKey(spki: tls.spki)]
        fields.signing =
            fields.signing.filter { $0.key.keyID == holder.keyID } + [
                SpannedKey(
                    key: try made.verificationKey, spans: [KeySpan(incarnation: origin.incarnation, fromSequence: 1)])
            ]
        return (made, origin, try DescriptorDraft(fields: fields).signed(by: [holder, made], tls: [tls]))
    }

    private func codes(of entry: Entry, at node: LocalNode) throws -> [String] {
        try node.apply(Batch(entries: [entry]), from: Market("zhejiang")!).refused.map(\.code)
    }

    @Test func `a key that was rotated out introduces nothing, and nor does one that was replaced`() throws {
        let federation = try DeskFederation("shanghai", "jiangsu")
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let old = try shanghai.keyRing.first()
        _ = try shanghai.rotateSigningKey()
        try DeskFederation.exchange(shanghai, jiangsu)
        let early = try introduced(by: old, of: shanghai)
        try jiangsu.learn(early.descriptor.raw, from: Market("zhejiang")!)
        #expect(try jiangsu.trust().former.isEmpty)
        let sign = { (introduced: (key: SigningKey, origin: Origin, descriptor: Descriptor)) in
            try LocalNode.signer(
                SigningKeys(header: introduced.key, second: nil), shanghai.federation, shanghai.keyRing
            )
            .forge(introduced.origin, notes: [Note(author: "x")])
        }
        #expect(try codes(of: sign(early), at: jiangsu) == ["key_unknown"])
        // One of the present key is kept, until the market has lost that and says so by telephone.
        let late = try introduced(by: shanghai.keyRing.key(shanghai.signingKeyIDs().header), of: shanghai)
        try jiangsu.learn(late.descriptor.raw, from: Market("zhejiang")!)
        #expect(try jiangsu.trust().former.count == 1)
        let other = try DeskFederation("shanghai")
        try other["shanghai"].publish { $0.serial = 50 }
        let replaced = try other["shanghai"].ownDescriptor()
        _ = try jiangsu.trustKeeper.add(replaced.raw, fingerprint: replaced.fingerprint, isReplacing: true)
        #expect(try codes(of: sign(late), at: jiangsu) == ["key_unknown"])
        #expect(try jiangsu.trust().former.isEmpty, "what nobody needs is dropped")
    }

    @Test func `one that is refused, of whatever serial, hides none that is not`() throws {
        let (federation, impostor) = (try DeskFederation("shanghai", "jiangsu"), try DeskFederation("shanghai"))
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try impostor["shanghai"].publish { $0.serial = 90 }
        try shanghai.publish { $0.endpoint = Endpoint("https://moved.example:8443") }
        let (forged, own) = (try impostor["shanghai"].ownDescriptor(), try shanghai.ownDescriptor())
        let shown = forged.raw + Array("---\n".utf8) + own.raw
        #expect(try jiangsu.trustKeeper.learn(shown, from: Market("zhejiang")!))
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.digest == own.digest)
        #expect(try jiangsu.replica.findings().map(\.code) == ["descriptor_refused"])
    }

    @Test func `what was applied under a descriptor that a later one does not repeat reaches everybody`() throws {
        let federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        let before = try shanghai.ownDescriptor()
        // A machine of Shanghai's goes on in another incarnation, and only Jiangsu hears of it before its disk dies.
        let second = try federation.clone(of: "shanghai")
        try second.recover(because: "copied")
        let lost = try second.ownDescriptor()
        _ = try jiangsu.trustKeeper.learn(lost.raw, from: shanghai.market)
        let entry = try second.forge(try second.replica.ownOrigin())
        #expect(try jiangsu.apply(Batch(entries: [entry]), from: zhejiang.market).applied == 1)
        try shanghai.publish { $0.serial = lost.serial + 1 }
        #expect(try shanghai.ownDescriptor().signing == before.signing)
        _ = try jiangsu.trustKeeper.learn(shanghai.ownDescriptor().raw, from: zhejiang.market)
        #expect(try jiangsu.trust().former.map(\.digest) == [lost.digest])
        for _ in 0..<2 {
            try DeskFederation.exchange(jiangsu, zhejiang)
            try DeskFederation.exchange(shanghai, zhejiang)
        }
        let frontiers = try federation.nodes.map { try $0.replica.frontier() }
        #expect(Set(frontiers).count == 1)
        #expect(frontiers[0].rows.count == 1)
        #expect(try zhejiang.replica.summary().waiting.isEmpty)
    }
}
