// A thief who has introduced a key and an incarnation of his own, before the key that he stole is revoked.

import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Former descriptors")
struct FormerDescriptorTests: StolenKeyStory {
    let stage: StolenKeyStage

    init() throws { stage = try StolenKeyStage() }

    /// A descriptor that the stolen key signs, and that introduces a new one.
    private func introduce(
        in incarnations: ID16..., serial: UInt64 = 90
    ) throws -> (key: SigningKey, descriptor: Descriptor) {
        let made = try SigningKey.generate(.ed25519SHA256)
        let spans = (incarnations.isEmpty ? [strange.incarnation] : incarnations)
            .map { KeySpan(incarnation: $0, fromSequence: 1) }
        let descriptor = try usurp(with: [thief.keyRing.first(), made], tls: stolenTLS()) { fields in
            fields.serial = serial
            fields.signing = try thief.ownDescriptor().signing
            fields.signing.append(SpannedKey(key: try made.verificationKey, spans: spans))
        }
        return (made, descriptor)
    }

    /// Jiangsu is shown it, applies what the new key signs, and writes on top of that.
    @discardableResult
    private func misleadJiangsu() throws -> (key: SigningKey, entry: Entry) {
        let (made, usurped) = try introduce()
        #expect(try jiangsu.trustKeeper.learn(usurped.raw, from: zhejiang.market))
        let entry = try forge("stolen", in: strange, having: jiangsu.replica.frontier(), with: made)
        let report = try jiangsu.apply(Batch(entries: [entry]), from: zhejiang.market)
        #expect(report.applied == 1, "\(report)")
        #expect(try website(at: jiangsu) == "https://stolen.example")
        try federation.sql("jiangsu", "INSERT INTO agency (agency_id, name) VALUES ('32-TTA-000001', 'honest')")
        try jiangsu.seal()
        return (made, entry)
    }

    private func expectVoid() throws {
        try expectLevel()
        for node in federation.nodes {
            #expect(try website(at: node) == "https://one.example", "\(node.market)")
            #expect(try void(at: node) == 1, "\(node.market)")
            #expect(
                try node.replica.record(RecordID(type: "agency", key: "32-TTA-000001")) != nil,
                "\(node.market) waits for what an honest market wrote")
        }
    }

    @Test func `what an introduced key signed is void on who had applied it, and known to who had not`() throws {
        try misleadJiangsu()
        let revocation = try revokeEverywhere()
        #expect(!revocation.closures.contains { $0.origin == strange }, "nobody had told Shanghai of it")
        #expect(try website(at: jiangsu) == "https://one.example", "it has effect until others are met")
        #expect(try void(at: jiangsu) == 1)
        try exchangeAll()
        try expectVoid()
    }

    @Test func `a market that is shown it says so, and its revocation names the incarnation`() throws {
        try misleadJiangsu()
        try exchangeAll()
        for node in federation.nodes { #expect(try website(at: node) == "https://stolen.example") }
        let findings = try shanghai.replica.findings().filter { $0.code == "descriptor_in_our_name" }
        #expect(findings.count == 1, "\(findings)")
        #expect(findings.first?.detail.hasPrefix("serial 90") == true)
        let revocation = try revokeEverywhere()
        #expect(revocation.closures.contains(Closure(origin: strange, ends: [])))
        try exchangeAll()
        try expectVoid()
    }

    @Test func `the thief's key hands over to another one, and its whole chain is void`() throws {
        let (made, entry) = try misleadJiangsu()
        let next = try SigningKey.generate(.ed25519SHA256)
        let signer = LocalNode.signer(made, nil, shanghai.federation, thief.keyRing)
        var note = Note()
        note.nextKey = try KeyProof.nextKey(
            next, federation: shanghai.federation.id, origin: strange, firstSequence: 3
        ).encoded
        let seen = try jiangsu.replica.frontier().without(strange)
        let rotation = try signer.forge(
            strange, sequence: 2, previous: entry.header.entryID(OpenSSLHashing.hashing), trustRoot: 1,
            context: Context(catalogHash: shanghai.replica.catalog.hash, frontier: seen), notes: [note])
        let last = try forge(
            "further", in: strange, sequence: 3, previous: rotation.header.entryID(OpenSSLHashing.hashing),
            having: seen, with: next)
        let report = try jiangsu.apply(Batch(entries: [rotation, last]), from: zhejiang.market)
        #expect(report.applied == 2 && report.refused.isEmpty, "\(report)")
        try revokeEverywhere()
        try exchangeAll()
        try expectLevel()
        for node in federation.nodes {
            #expect(try website(at: node) == "https://one.example")
            #expect(try void(at: node) == 3)
        }
    }

    @Test func `who follows the new root before it hears of the entry never shows it`() throws {
        try misleadJiangsu()
        let revocation = try shanghai.revokeSigningKey(nil)
        let root = try keys.sign(revocation.proposal, by: shanghai, zhejiang)
        try adopt(root, at: shanghai, zhejiang)
        for _ in 0..<2 {
            // Jiangsu does not follow yet: it is the older word that it shows.
            for document in [TrustKeeper.documents(try jiangsu.trust())] {
                try zhejiang.learn(document, from: jiangsu.market)
            }
            var cursor = try jiangsu.replica.sendCursor(
                for: PullRequest(frontier: try zhejiang.replica.frontier(), held: []))
            _ = try zhejiang.apply(try jiangsu.replica.nextBatch(&cursor), from: jiangsu.market)
        }
        #expect(try void(at: zhejiang) == 1)
        #expect(try website(at: zhejiang) == "https://one.example")
        try exchangeAll()
        try expectVoid()
    }

    @Test func `without a revocation it counts, also when the market has published again`() throws {
        try misleadJiangsu()
        try shanghai.publish { $0.serial = 91 }
        let own = try shanghai.ownDescriptor()
        try exchangeAll()
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.digest == own.digest)
        try expectLevel()
        for node in federation.nodes { #expect(try website(at: node) == "https://stolen.example") }
        // And ends with the key, though nobody knows the descriptor any more as the one that stands.
        try revokeEverywhere()
        try exchangeAll()
        try expectVoid()
    }

    @Test func `a revoked key adds nothing to an incarnation of the market's own`() throws {
        try misleadJiangsu()
        try revokeEverywhere()
        try exchangeAll()
        let standing = try shanghai.replica.ownOrigin()
        try write("ours", at: shanghai)
        try shanghai.seal()
        let (made, usurped) = try introduce(in: standing.incarnation, serial: 1_000)
        let forged = try forge("forged", in: standing, having: .empty, with: made)
        for node in federation.nodes {
            try node.learn(usurped.raw, from: zhejiang.market)
            #expect(try node.apply(Batch(entries: [forged]), from: zhejiang.market).applied == 0, "\(node.market)")
        }
        #expect(try shanghai.replica.ownOrigin() == standing, "its machine was moved to another incarnation")
        try exchangeAll()
        try expectLevel()
        #expect(try website(at: zhejiang) == "https://ours.example")
    }

    @Test func `a thief who was faster in the market's next incarnation is ended by closing that`() throws {
        let revocation = try shanghai.revokeSigningKey(nil)
        let next = try shanghai.replica.ownOrigin()
        try write("ours", at: shanghai)
        try shanghai.seal()
        let (made, usurped) = try introduce(in: next.incarnation)
        #expect(try jiangsu.trustKeeper.learn(usurped.raw, from: zhejiang.market))
        let forged = try forge("forged", in: next, having: jiangsu.replica.frontier(), with: made)
        #expect(try jiangsu.apply(Batch(entries: [forged]), from: zhejiang.market).applied == 1)
        try adopt(keys.sign(revocation.proposal, by: shanghai, zhejiang), at: shanghai, jiangsu, zhejiang)
        try exchangeAll()
        #expect(try shanghai.replica.ownOrigin() == next, "its machine goes on")
        #expect(try website(at: zhejiang) == "https://ours.example")
        #expect(try jiangsu.replica.heads(of: next).count == 2, "it stands apart: the thief's branch is nobody else's")
        let own = try shanghai.replica.ownHead()
        let closing = try RootDesk(shanghai).proposeClosing(next, at: ["\(next):\(own.sequence)"])
        try adopt(keys.sign(closing, by: shanghai, zhejiang), at: shanghai, jiangsu, zhejiang)
        try exchangeAll()
        try expectLevel()
        for node in federation.nodes {
            #expect(try website(at: node) == "https://ours.example")
            #expect(try void(at: node) == 1)
        }
    }

    @Test func `what no key of the root has signed is not kept`() throws {
        let made = try SigningKey.generate(.ed25519SHA256)
        let stranger = try usurp(with: [made], tls: [TLSKey.generate()]) { fields in
            fields.serial = 90
            fields.signing = [try enrolled(made)]
        }
        _ = try jiangsu.trustKeeper.learn(stranger.raw, from: zhejiang.market)
        #expect(try jiangsu.trust().former.isEmpty)
        let entry = try forge("forged", in: strange, having: .empty, with: made)
        let report = try jiangsu.apply(Batch(entries: [entry]), from: zhejiang.market)
        #expect(report.refused.map(\.code) == ["key_unknown"])
    }

    @Test func `descriptors without use take no room from one that is needed, and are shown to nobody`() throws {
        try misleadJiangsu()
        try revokeEverywhere()
        // Whoever holds the stolen key, and a member that carries for him, may make any number of them.
        for number in 1...20 {
            let incarnation = ID16(Array(repeating: UInt8(100 + number), count: 16))!
            let (_, junk) = try introduce(in: incarnation, serial: 500 + UInt64(number))
            _ = try zhejiang.trustKeeper.learn(junk.raw, from: jiangsu.market)
        }
        #expect(try zhejiang.trust().former.count == FormerDescriptors.spareMax)
        #expect(try zhejiang.trust().neededFormer.isEmpty)
        try exchangeAll()
        try expectVoid()
        #expect(try zhejiang.trust().neededFormer.count == 1)
        #expect(try zhejiang.trust().former.count == FormerDescriptors.spareMax)
        #expect(try shanghai.trust().former.count == 1)
    }

    @Test func `nodes that hold all of it are quiet`() throws {
        try misleadJiangsu()
        try revokeEverywhere()
        #expect(try !jiangsu.hello().hasSameRoot(as: zhejiang.hello()), "a node that has something to show says so")
        try exchangeAll()
        let hellos = try federation.nodes.map { try $0.hello() }
        for hello in hellos { #expect(hello.hasSameRoot(as: hellos[0])) }
        for node in federation.nodes {
            let shown = TrustKeeper.documents(try jiangsu.trust())
            #expect(try !node.trustKeeper.learn(shown, from: jiangsu.market), "\(node.market) is told nothing new")
        }
    }

    @Test func `a market that leaves ends what was introduced in its name`() throws {
        try misleadJiangsu()
        try exchangeAll()
        let proposal = try RootDesk(jiangsu).propose(retiring: [shanghai.market])
        let closures = try #require(proposal.fields.member(shanghai.market)).closures
        #expect(Set(closures.map(\.origin)) == [origin, strange])
    }
}

@Suite("Former descriptors without a root")
struct FormerDescriptorsWithoutRootTests {
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
