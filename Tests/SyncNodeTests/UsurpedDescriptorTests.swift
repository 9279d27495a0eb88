// Descriptors that a thief makes with a stolen signing key, before and after its revocation.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Usurped descriptors")
struct UsurpedDescriptorTests: StolenKeyStory {
    let stage: StolenKeyStage

    init() throws { stage = try StolenKeyStage() }

    @Test func `a thief who has published two descriptors, the second without the stolen key, is outbid`() throws {
        let stolen = try thief.keyRing.first()
        let (made, tls) = (try SigningKey.generate(.ed25519SHA256), try TLSKey.generate())
        let one = try usurp(with: [stolen, made], tls: [tls]) { fields in
            fields.serial = 90
            fields.signing.append(try enrolled(made))
        }
        let two = try usurp(with: [made], tls: [tls]) { fields in
            fields.serial = 91
            fields.signing = [try enrolled(made)]
        }
        #expect(try jiangsu.trustKeeper.learn(one.raw, from: zhejiang.market))
        #expect(try !jiangsu.trustKeeper.learn(two.raw, from: zhejiang.market))
        try revokeEverywhere()
        #expect(
            try jiangsu.trust().descriptor(of: shanghai.market)?.tlsPins != [tls.pin],
            "jiangsu still speaks with the thief")
        let own = try shanghai.ownDescriptor()
        #expect(
            try jiangsu.trustKeeper.learn(own.raw, from: zhejiang.market), "and does not take the market's own word")
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.digest == own.digest)
    }

    @Test func `a thief's descriptor says nothing of what its market requires`() throws {
        let stolen = try thief.keyRing.first()
        let made = try SigningKey.generate(.sm2SM3)
        let usurped = try usurp(with: [stolen, made], tls: [TLSKey.generate()]) { fields in
            fields.signing.append(try enrolled(made))
            fields.require = [.ed25519SHA256, .sm2SM3]
        }
        #expect(try jiangsu.trustKeeper.learn(usurped.raw, from: zhejiang.market))
        try revokeEverywhere()
        #expect(try jiangsu.trust().descriptor(of: shanghai.market) == nil)
        let refusal = code { _ = try RootDesk(jiangsu).propose(retiring: [zhejiang.market]) }
        #expect(refusal == nil, "what a revoked key required stands in the next root, or stops it")
    }

    @Test func `a thief's key that has got into the root is revoked by name`() throws {
        let stolen = try thief.keyRing.first()
        let made = try SigningKey.generate(.ed25519SHA256)
        let usurped = try usurp(with: [stolen, made], tls: stolenTLS()) { $0.signing.append(try enrolled(made)) }
        #expect(try jiangsu.trustKeeper.learn(usurped.raw, from: zhejiang.market))
        // Jiangsu proposes a version for another reason; a majority signs it.
        let theirs = try jiangsu.replica.ownOrigin()
        let other = try keys.sign(RootDesk(jiangsu).proposeClosing(theirs, at: []), by: jiangsu, zhejiang)
        try adopt(other, at: jiangsu, zhejiang, shanghai)
        #expect(try shanghai.trust().root!.fields.member(shanghai.market)!.signing.count == 2)
        #expect(code { _ = try shanghai.revokeSigningKey(made.keyID.hex) } == nil, "it cannot be revoked")
        let revocation = try shanghai.revokeSigningKey(stolen.keyID.hex)
        #expect(revocation.closures.contains { $0.origin == strange })
    }

    @Test func `a span that a thief has got into the root does not stop the revocation`() throws {
        let stolen = try thief.keyRing.first()
        let usurped = try usurp(with: [stolen], tls: [TLSKey.generate()]) { fields in
            let own = fields.signing[0]
            fields.signing = [SpannedKey(key: own.key, spans: own.spans + (try enrolled(stolen)).spans)]
        }
        #expect(try jiangsu.trustKeeper.learn(usurped.raw, from: zhejiang.market))
        let theirs = try jiangsu.replica.ownOrigin()
        let other = try keys.sign(RootDesk(jiangsu).proposeClosing(theirs, at: []), by: jiangsu, zhejiang)
        try adopt(other, at: jiangsu, zhejiang, shanghai)
        #expect(code { _ = try shanghai.revokeSigningKey(nil) } == nil, "the revocation cannot be proposed")
        #expect(code { _ = try shanghai.revokeSigningKey(stolen.keyID.hex) } == nil, "nor the second time")
    }

    @Test func `a revoked key names no successor, not even one that does not name it`() throws {
        let stolen = try thief.keyRing.first()
        try revokeEverywhere()
        try exchangeAll()
        let own = try shanghai.ownDescriptor()
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.digest == own.digest)
        // Long after: the holder of the revoked key, which has no other of ours.
        let made = try SigningKey.generate(.ed25519SHA256)
        let usurped = try usurp(with: [made, stolen], tls: [TLSKey.generate()]) { fields in
            fields.serial = 1_000
            fields.signing = [try enrolled(made)]
        }
        _ = try jiangsu.trustKeeper.learn(usurped.raw, from: zhejiang.market)
        #expect(
            try jiangsu.trust().descriptor(of: shanghai.market)?.digest == own.digest,
            "a revoked key has named a successor")
        #expect(
            try jiangsu.trust().descriptor(of: shanghai.market)?.tlsPins == own.tlsPins, "jiangsu speaks with the thief"
        )
        // And the market's own word does not outbid it.
        try shanghai.publish { $0.serial = 2_000 }
        let later = try shanghai.ownDescriptor()
        _ = try jiangsu.trustKeeper.learn(later.raw, from: zhejiang.market)
        #expect(
            try jiangsu.trust().descriptor(of: shanghai.market)?.digest == later.digest,
            "shut out until a person replaces it")
    }

    @Test func `a member that was only heard of is known by the root's keys, whoever shows a descriptor of it`() throws
    {
        // Zhejiang follows the root and has never added Shanghai, which it hears of through Jiangsu.
        try FileManager.default.removeItem(atPath: zhejiang.directory.peers + "/shanghai.yaml")
        try federation.sql("zhejiang", "DELETE FROM yrd_member WHERE market = 'shanghai'")
        _ = try zhejiang.trustKeeper.learn(shanghai.ownDescriptor().raw, from: jiangsu.market)
        // Anyone's keys.
        let made = try SigningKey.generate(.ed25519SHA256)
        let stranger = try usurp(with: [made], tls: [TLSKey.generate()]) { fields in
            fields.serial = Limits.counterMax
            fields.signing = [try enrolled(made)]
        }
        #expect(try !zhejiang.trustKeeper.learn(stranger.raw, from: jiangsu.market))
        try shanghai.recover(because: "any reason")
        try write("ours", at: shanghai)
        try DeskFederation.exchange(shanghai, jiangsu)
        for _ in 0..<2 { try DeskFederation.exchange(jiangsu, zhejiang) }
        #expect(try website(at: zhejiang) == "https://ours.example")
    }
}
