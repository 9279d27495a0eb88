// A stolen key, an expelled incarnation, a market that leaves: what the trust root ends has no effect on any node.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Revocation")
struct RevocationTests: StolenKeyStory {
    let stage: StolenKeyStage

    init() throws { stage = try StolenKeyStage() }

    // MARK: Revocation

    @Test func `what a stolen key signed is void: where it was applied, where it comes later, and at its market`()
        throws
    {
        try steal("stolen", for: jiangsu)
        #expect(try website(at: jiangsu) == "https://stolen.example")
        // Not sealed yet: it must not fall with the key.
        try write("ours", at: shanghai)
        let old = try shanghai.keyRing.first()
        let revocation = try shanghai.revokeSigningKey(nil)
        #expect(revocation.revokedKeyIDs == [old.keyID])
        #expect(try revocation.keyIDs.header == shanghai.keyRing.first().keyID)
        #expect(revocation.closures.map(\.origin) == [origin])
        #expect(revocation.closures[0].ends.map(\.sequence) == [1])
        #expect(try shanghai.replica.ownOrigin() != origin)
        try shanghai.seal()
        // Its new word is taken at once, before anyone has signed anything.
        try DeskFederation.exchange(shanghai, jiangsu)
        #expect(try jiangsu.replica.openConflicts().map(\.conflict.sides.count) == [2])
        let root = try keys.sign(revocation.proposal, by: shanghai, jiangsu)
        try adopt(root, at: jiangsu, shanghai)
        #expect(try website(at: jiangsu) == "https://ours.example")
        #expect(try jiangsu.replica.openConflicts().isEmpty)
        #expect(try shanghai.keys().filter { $0.kind == .signing }.map(\.state) == [.revoked, .current])
        // The third one hears of the root from a peer, and then of the thief.
        try exchangeAll()
        #expect(try zhejiang.trust().rootVersion == 2)
        try steal("again", for: zhejiang, jiangsu)
        try exchangeAll()
        try expectLevel()
        for node in federation.nodes {
            #expect(try website(at: node) == "https://ours.example")
            #expect(try void(at: node) == 2)
        }
    }

    @Test func `a fork says which branch is the market's own`() throws {
        try write("ours", at: shanghai)
        try shanghai.seal()
        try steal("stolen", for: jiangsu)
        try DeskFederation.exchange(shanghai, jiangsu)
        // It was shown a fork of itself, and has gone on under the same key.
        let second = try shanghai.replica.ownOrigin()
        #expect(second != origin)
        let names = try shanghai.replica.branchNames(of: origin)
        #expect(names.count == 2)
        #expect(code { _ = try RootDesk(shanghai).closure(of: origin, at: []) } == "branches")
        // What this node wrote itself is its own branch, unless it says otherwise.
        guard case .entry(let end) = try shanghai.replica.ownEnd(of: origin), end.sequence == 2 else {
            Issue.record("it has sealed two")
            return
        }
        let stranger = try jiangsu.replica.ownOrigin()
        #expect(throws: DeskRefusal.self) { try shanghai.revokeSigningKey(nil, at: ["\(stranger):1"]) }
        #expect(try shanghai.replica.ownOrigin() == second, "nothing was done")
        let own = try #require(
            try names.first { name in
                try LogDesk(shanghai).entry(name.description).stored.number < 3
            })
        let revocation = try shanghai.revokeSigningKey(nil)
        #expect(Set(revocation.closures.map(\.origin)) == [origin, second])
        #expect(
            try revocation.closures.first { $0.origin == origin }
                == RootDesk(shanghai).closure(of: origin, at: [own.description]))
        try adopt(try keys.sign(revocation.proposal, by: shanghai, zhejiang), at: shanghai, jiangsu)
        try exchangeAll()
        try expectLevel()
        #expect(try website(at: zhejiang) == "https://ours.example")
        #expect(try zhejiang.replica.openConflicts().isEmpty)
        #expect(try zhejiang.replica.forks().map(\.isSettled) == [true])
    }

    @Test func `the holder of a revoked key makes no descriptor, and one that was taken before is outbid`() throws {
        // The thief has the market's signing key, and no other one.
        let stolen = try thief.keyRing.first()
        let tls = try TLSKey.generate()
        func usurp(_ serial: UInt64) throws -> Descriptor {
            var fields = try shanghai.ownDescriptor().fields
            fields.serial = serial
            fields.tls = [try TLSPublicKey(spki: tls.spki)]
            fields.signing = Array(fields.signing.prefix(1))
            return try DescriptorDraft(fields: fields).signed(by: [stolen], tls: [tls])
        }
        // While the key counts, it is the market's word.
        #expect(try jiangsu.trustKeeper.learn(try usurp(90).raw, from: zhejiang.market))
        try revokeEverywhere()
        // Nobody speaks with the thief any more, and the market's own word is taken whatever its number.
        #expect(try jiangsu.trust().descriptor(of: shanghai.market) == nil)
        #expect(try !zhejiang.trustKeeper.learn(try usurp(91).raw, from: jiangsu.market))
        #expect(try zhejiang.replica.findings().map(\.code) == ["descriptor_refused"])
        let own = try shanghai.ownDescriptor()
        #expect(own.serial < 90)
        #expect(try jiangsu.trustKeeper.learn(own.raw, from: zhejiang.market))
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.digest == own.digest)
        #expect(try !jiangsu.trustKeeper.learn(try usurp(92).raw, from: zhejiang.market))
        try write("ours", at: shanghai)
        try exchangeAll()
        try expectLevel()
    }

    @Test func `without a trust root that names the market nothing is revoked, and nothing happens`() throws {
        let alone = try DeskFederation("shanghai", "jiangsu")
        let node = alone["shanghai"]
        let (key, own) = (try node.keyRing.first().keyID, try node.replica.ownOrigin())
        #expect(code { _ = try node.revokeSigningKey(nil) } == "root_needed")
        #expect(code { _ = try RootDesk(node).proposeClosing(own, at: []) } == "root_needed")
        #expect(code { _ = try shanghai.revokeSigningKey("ffff") } == "no_such_key")
        #expect(try node.keyRing.first().keyID == key)
        #expect(try node.replica.ownOrigin() == own)
        withExtendedLifetime(alone) {}
    }

    @Test func `a revocation that was interrupted goes on with the key it had made`() throws {
        let directory = shanghai.directory
        // The new incarnation has begun, and then the process ends, as `revokeSigningKey` does up to there.
        let next = try shanghai.nextSigningKey(.ed25519SHA256)
        try shanghai.begin(under: SigningKeys(header: next, second: nil), because: "a test")
        let again = try LocalNode(directory: directory)
        #expect(try again.keyRing.first().keyID == next.keyID)
        #expect(!FileManager.default.fileExists(atPath: directory.nextSigningKey(.ed25519SHA256)))
        try write("ours", at: again)
        try again.seal()
        // The key in use is another one now: the stolen one is named.
        let stolen = try thief.keyRing.first().keyID
        let revocation = try again.revokeSigningKey(String(stolen.hex.prefix(12)))
        #expect(revocation.keyIDs.header == next.keyID)
        #expect(revocation.closures.map(\.origin) == [origin])
    }

    @Test func `a key that was rotated out and then stolen is revoked too, and the market keeps the one in use`() throws
    {
        let stolen = try shanghai.keyRing.first()
        _ = try shanghai.rotateSigningKey()
        try write("ours", at: shanghai)
        try shanghai.seal()
        let present = try shanghai.keyRing.first().keyID
        // The thief's machine goes on from before the rotation: a branch, on every node alike.
        try steal("stolen", for: jiangsu)
        try DeskFederation.exchange(jiangsu, zhejiang)
        try DeskFederation.exchange(shanghai, zhejiang)
        try exchangeAll()
        #expect(try shanghai.replica.frontier() == zhejiang.replica.frontier())
        #expect(try shanghai.replica.position().digest == jiangsu.replica.position().digest)
        let names = try shanghai.replica.branchNames(of: origin)
        let own = try #require(try names.first { try LogDesk(shanghai).entry($0.description).stored.dot.sequence == 3 })
        let revocation = try shanghai.revokeSigningKey(stolen.keyID.hex, at: [own.description])
        #expect(revocation.keyIDs.header == present)
        let root = try keys.sign(revocation.proposal, by: jiangsu, zhejiang)
        try adopt(root, at: zhejiang)
        try exchangeAll()
        try expectLevel()
        #expect(try website(at: jiangsu) == "https://ours.example")
    }

    @Test
    func `the thief's own rotation is void, and what it signs then with the next key is still no stop for anyone`()
        throws
    {
        // An honest market has seen the thief's later entries, and so names them.
        _ = try thief.rotateSigningKey()
        try steal("stolen", for: jiangsu)
        try write("theirs", at: jiangsu)
        try jiangsu.seal()
        let revocation = try shanghai.revokeSigningKey(nil)
        let root = try keys.sign(revocation.proposal, by: shanghai, jiangsu)
        try adopt(root, at: shanghai, zhejiang)
        try exchangeAll()
        try expectLevel()
        #expect(try void(at: zhejiang) == 2)
        #expect(try website(at: zhejiang) == "https://theirs.example")
    }

    // MARK: Evidence

    @Test func `under the trust root what is void proves nothing, and what counts proves it by its chain`() throws {
        try write("ours", at: shanghai)
        try shanghai.seal()
        try DeskFederation.exchange(shanghai, zhejiang)
        try steal("stolen", for: jiangsu)
        // A bundle made before anyone knew: the thief's word, authentic by the key.
        func bundle(at node: LocalNode) throws -> [UInt8] {
            try Array(JSONEncoder().encode(EvidenceExport(node).bundle(of: agency, exportedAt: "now")))
        }
        let believed = try bundle(at: jiangsu)
        let revocation = try shanghai.revokeSigningKey(nil)
        let root = try keys.sign(revocation.proposal, by: shanghai, zhejiang)
        try adopt(root, at: shanghai, zhejiang, jiangsu)
        try exchangeAll()
        let honest = try bundle(at: jiangsu)
        #expect(try EvidenceCheck(believed).run().changes.count == 2)
        #expect(try EvidenceScript.run(believed).isTrue)
        let refusal = #expect(throws: EvidenceRefusal.self) { try EvidenceCheck(believed).run(root: root) }
        #expect(refusal?.code == "evidence_closed")
        #expect(try !EvidenceScript.run(believed, root: root.raw).isTrue)
        let report = try EvidenceCheck(honest).run(root: root)
        #expect(report.changes.count == 2)
        #expect(report.root?.digest == root.digest)
        let said = try EvidenceScript.run(honest, root: root.raw)
        #expect(said.isTrue && said.output.contains(root.fingerprint), "\(said.output)")
        // Without the chain to the last entry that counts, nothing says that the first one does.
        var cut = try JSONDecoder().decode(EvidenceBundle.self, from: Data(honest))
        cut.chains = []
        let bytes = try Array(JSONEncoder().encode(cut))
        #expect(throws: EvidenceRefusal.self) { try EvidenceCheck(bytes).run(root: root) }
        #expect(try !EvidenceScript.run(bytes, root: root.raw).isTrue)
    }

    @Test func `a key that was rotated out proves nothing beyond its rotation`() throws {
        _ = try shanghai.rotateSigningKey()
        try write("ours", at: shanghai)
        try exchangeAll()
        try steal("stolen", for: jiangsu)
        // On a branch beside the rotation it is applied; who has no chain cannot tell it from a forgery.
        try jiangsu.learn(TrustKeeper.documents(try shanghai.trust()), from: shanghai.market)
        let bytes = try Array(
            JSONEncoder().encode(EvidenceExport(jiangsu).bundle(of: agency, exportedAt: "now")))
        let refusal = #expect(throws: EvidenceRefusal.self) { try EvidenceCheck(bytes).run() }
        #expect(refusal?.code == "evidence_not_authentic")
        #expect(try !EvidenceScript.run(bytes).isTrue)
    }

    // MARK: Closing, retiring

    @Test func `an incarnation that the others close goes on in another one, with what was pending`() throws {
        let theirs = try jiangsu.replica.ownOrigin()
        try write("before", at: jiangsu)
        try exchangeAll()
        try write("pending", at: jiangsu)
        let desk = RootDesk(shanghai)
        #expect(try desk.origin("jiangsu.\(theirs.incarnation.hex.prefix(8))") == theirs)
        #expect(code { _ = try desk.origin("jiangsu.00000000") } == "no_such_origin")
        #expect(code { _ = try desk.origin("jiangsu.12") } == "bad_origin")
        #expect(code { _ = try desk.proposeClosing(theirs, at: ["\(origin):1"]) } == "other_origin")
        let proposal = try desk.proposeClosing(theirs, at: [])
        #expect(proposal.fields.closures.map(\.ends.count) == [1])
        let root = try keys.sign(proposal, by: shanghai, zhejiang)
        try adopt(root, at: shanghai, jiangsu)
        try exchangeAll()
        #expect(try jiangsu.replica.ownOrigin() != theirs)
        #expect(jiangsu.recoveredBecause != nil)
        // The key is its market's as before, and what it signs in the next incarnation counts.
        for node in federation.nodes { #expect(try website(at: node) == "https://pending.example") }
        try expectLevel()
        // Nothing of it counts.
        let nothing = try keys.sign(try RootDesk(zhejiang).proposeClosing(theirs, at: nil), by: shanghai, zhejiang)
        try adopt(nothing, at: zhejiang, shanghai)
        try exchangeAll()
        try expectLevel()
        #expect(try website(at: zhejiang) == "https://pending.example")
        for node in federation.nodes { #expect(try void(at: node) == 1) }
    }

    @Test func `a group counts as a whole: nothing ends inside it`() throws {
        try federation.sql(
            "jiangsu",
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4100)
            INSERT INTO agency (agency_id, name) SELECT printf('32-TTA-%06d', i), 'x' || i FROM n
            """)
        #expect(try jiangsu.seal().changeSets == 2)
        let theirs = try jiangsu.replica.ownOrigin()
        let desk = RootDesk(jiangsu)
        #expect(code { _ = try desk.closure(of: theirs, at: ["\(theirs):1"]) } == "inside_group")
        #expect(try desk.closure(of: theirs, at: ["\(theirs):2"]).ends.map(\.sequence) == [2])
    }

    @Test func `a market that was retired is read only, and what it wrote beyond counts nowhere`() throws {
        try write("in time", at: jiangsu)
        try exchangeAll()
        let root = try keys.sign(RootDesk(shanghai).propose(retiring: [jiangsu.market]), by: shanghai, zhejiang)
        // Too late for the one who proposed, and applied by another one.
        try write("late", at: jiangsu)
        try DeskFederation.exchange(jiangsu, zhejiang)
        #expect(try website(at: zhejiang) == "https://late.example")
        try adopt(root, at: shanghai, zhejiang)
        try DeskFederation.exchange(shanghai, zhejiang)
        try expectLevel(shanghai, zhejiang)
        #expect(try website(at: zhejiang) == "https://in time.example")
        try adopt(root, at: jiangsu)
        #expect(try website(at: jiangsu) == "https://in time.example")
        try write("never", at: jiangsu)
        #expect(try jiangsu.seal() == SealReport())
        #expect(try jiangsu.replica.hasPending())
        #expect(code { _ = try jiangsu.rotateSigningKey() } == "incarnation_closed")
    }
}
