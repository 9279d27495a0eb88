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
        let signer = LocalNode.signer(SigningKeys(header: made, second: nil), shanghai.federation, thief.keyRing)
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

    @Test func `a market that has left introduces nothing more`() throws {
        // Jiangsu does not know yet that Shanghai has left, and takes what it goes on to sign.
        let retiring = try keys.sign(RootDesk(zhejiang).propose(retiring: [shanghai.market]), by: jiangsu, zhejiang)
        try adopt(retiring, at: zhejiang)
        let (made, further) = try introduce()
        #expect(try jiangsu.trustKeeper.learn(further.raw, from: zhejiang.market))
        let entry = try forge("after", in: strange, having: jiangsu.replica.frontier(), with: made)
        #expect(try jiangsu.apply(Batch(entries: [entry]), from: zhejiang.market).applied == 1)
        try adopt(retiring, at: jiangsu)
        for _ in 0..<2 { try DeskFederation.exchange(jiangsu, zhejiang) }
        try expectLevel(jiangsu, zhejiang)
        for node in [jiangsu, zhejiang] { #expect(try website(at: node) == "https://one.example", "\(node.market)") }
    }

    @Test func `a rotated-out key introduces nothing that counts`() throws {
        let old = try shanghai.keyRing.first()
        _ = try shanghai.rotateSigningKey()
        try exchangeAll()
        let root = try keys.sign(RootDesk(shanghai).propose(), by: shanghai, zhejiang)
        try adopt(root, at: shanghai, jiangsu, zhejiang)
        // Whoever has an old backup.
        let made = try SigningKey.generate(.ed25519SHA256)
        let usurped = try usurp(with: [old, made], tls: stolenTLS()) { fields in
            fields.serial = 90
            fields.signing = fields.signing.filter { $0.key.keyID == old.keyID } + [try enrolled(made)]
        }
        for node in federation.nodes { try node.learn(usurped.raw, from: zhejiang.market) }
        let entry = try forge("stolen", in: strange, having: jiangsu.replica.frontier(), with: made)
        _ = try jiangsu.apply(Batch(entries: [entry]), from: zhejiang.market)
        try exchangeAll()
        try expectLevel()
        for node in federation.nodes { #expect(try website(at: node) == "https://one.example", "\(node.market)") }
    }

    @Test
    func `an incarnation that a present key introduces too counts for everybody, in whatever order they hear of it`()
        throws
    {
        let (stolen, usurped) = (try thief.keyRing.first(), try introduce())
        try revokeEverywhere()
        try exchangeAll()
        // The market itself lies: to one it introduces that incarnation, to the other its former key does.
        let made = try SigningKey.generate(.ed25519SHA256)
        var fields = try shanghai.ownDescriptor().fields
        fields.serial = 1
        fields.signing = fields.signing.filter { $0.key.keyID != stolen.keyID } + [try enrolled(made)]
        let present = try shanghai.keyRing.first()
        let own = try DescriptorDraft(fields: fields).signed(by: [present, made], tls: stolenTLS())
        try zhejiang.learn(own.raw, from: shanghai.market)
        try jiangsu.learn(usurped.descriptor.raw, from: shanghai.market)
        let entry = try forge("either", in: strange, having: jiangsu.replica.frontier(), with: usurped.key)
        #expect(try jiangsu.apply(Batch(entries: [entry]), from: shanghai.market).applied == 1)
        try federation.sql("jiangsu", "INSERT INTO agency (agency_id, name) VALUES ('32-TTA-000001', 'honest')")
        try exchangeAll()
        try expectLevel()
        #expect(try jiangsu.trust().neededFormer.count == 2)
    }

    @Test func `a former descriptor of a high serial hides no later word of its market`() throws {
        try misleadJiangsu()
        try exchangeAll()
        try shanghai.publish { $0.endpoint = Endpoint("https://moved.example:8443") }
        let own = try shanghai.ownDescriptor()
        try revokeEverywhere()
        try exchangeAll()
        for node in [jiangsu, zhejiang] {
            let standing = try node.trust().descriptor(of: shanghai.market)
            #expect(standing?.endpoint == own.endpoint, "\(node.market)")
        }
    }

    @Test func `what a thief shows in our name says nothing of which of ours a peer holds`() throws {
        let before = try shanghai.replica.peer(zhejiang.market).knownSerial
        try shanghai.publish { _ in }
        try shanghai.publish { _ in }
        let (_, usurped) = try introduce(serial: try shanghai.ownDescriptor().serial)
        try shanghai.learn(usurped.raw, from: zhejiang.market)
        #expect(try shanghai.replica.peer(zhejiang.market).knownSerial == before)
        try shanghai.learn(shanghai.ownDescriptor().raw, from: zhejiang.market)
        #expect(try shanghai.replica.peer(zhejiang.market).knownSerial == shanghai.ownDescriptor().serial)
    }

    @Test func `a descriptor that a person replaces by a file is a former one`() throws {
        try misleadJiangsu()
        try shanghai.publish { $0.serial = 91 }
        // Copied into peers/, as one may; no command was asked.
        let path = jiangsu.directory.peers + "/shanghai.yaml"
        try Data(shanghai.ownDescriptor().raw).write(to: URL(fileURLWithPath: path))
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.serial == 91)
        #expect(try jiangsu.trust().former.map(\.serial) == [90])
        try revokeEverywhere()
        try exchangeAll()
        try expectVoid()
    }

    @Test func `no number of introductions stops a revocation, or a market's leaving`() throws {
        try misleadJiangsu()
        try exchangeAll()
        for number in UInt8(20)...40 {
            let incarnations = (UInt8(0)..<16).map { ID16(Array(repeating: number, count: 15) + [$0])! }
            let made = try SigningKey.generate(.ed25519SHA256)
            let junk = try usurp(with: [thief.keyRing.first(), made], tls: stolenTLS()) { fields in
                fields.serial = 100 + UInt64(number)
                fields.signing = try thief.ownDescriptor().signing
                fields.signing.append(
                    SpannedKey(
                        key: try made.verificationKey,
                        spans: incarnations.map { KeySpan(incarnation: $0, fromSequence: 1) }))
            }
            try shanghai.learn(junk.raw, from: zhejiang.market)
        }
        #expect(try shanghai.trust().former.count <= FormerDescriptors.spareMax + 1)
        let retiring = try RootDesk(zhejiang).propose(retiring: [shanghai.market])
        #expect(retiring.fields.member(shanghai.market)!.closures.count <= 3)
        let revocation = try shanghai.revokeSigningKey(nil)
        #expect(Set(revocation.closures.map(\.origin)) == [origin, strange])
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
        let introduced = try misleadJiangsu().key
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
        for node in federation.nodes { #expect(try node.trust().neededFormer.count == 1) }
        // Nor if each names what is applied, too.
        let applied = try #require(try zhejiang.trust().neededFormer.first?.signing.last)
        let key = try thief.keyRing.first()
        #expect(applied.spans.map(\.incarnation) == [strange.incarnation])
        for number in UInt8(1)...20 {
            let further = KeySpan(incarnation: ID16(Array(repeating: 60 + number, count: 16))!, fromSequence: 1)
            let junk = try usurp(with: [key, introduced], tls: stolenTLS()) { fields in
                fields.serial = 700 + UInt64(number)
                fields.signing = try thief.ownDescriptor().signing
                fields.signing.append(SpannedKey(key: applied.key, spans: applied.spans + [further]))
            }
            _ = try zhejiang.trustKeeper.learn(junk.raw, from: jiangsu.market)
        }
        #expect(try zhejiang.trust().neededFormer.count == 1)
        #expect(try zhejiang.trust().former.count <= FormerDescriptors.spareMax + 1)
        #expect(try zhejiang.trust().former.count <= FormerDescriptors.spareMax + 1)
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
