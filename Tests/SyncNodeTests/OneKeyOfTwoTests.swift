// Whoever has one key of a market that signs with two, and what the market does about it.

import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("One key of two")
struct OneKeyOfTwoTests: TwoSuiteStory {
    let federation: DeskFederation

    init() throws { federation = try Self.stage() }

    @Test func `a suite that a market has taken on is asked for at once, not only when a root says so`() throws {
        let keys = try RootKeys(federation)
        try keys.adoptFirst()
        let renewal = try shanghai.changeSuites(to: .both)
        try federation.exchangeAll()
        // Who has the first of its new keys alone.
        let half = SigningKeys(header: try shanghai.keyRing.first(), second: nil)
        let forged = try forge(half, trustRoot: 1, in: renewal.origin)
        for node in [jiangsu, anhui] {
            #expect(
                try node.apply(Batch(entries: [forged]), from: nil).refused.map(\.code)
                    == ["required_signature_missing"], "\(node.market)")
        }
        let root = try keys.sign(RootDesk(jiangsu).propose(), by: jiangsu, anhui)
        _ = try anhui.followingRoot { try anhui.trustKeeper.adopt(root.raw, fingerprint: nil) }
        #expect(
            try anhui.apply(Batch(entries: [forged]), from: nil).refused.map(\.code) == ["required_signature_missing"])
        try write("ours", at: shanghai)
        try expectLevel()
    }

    /// Anhui's next descriptor, as the thief of one of its keys would have it: a key of his own, an incarnation of his own,
    /// and nothing that wants the other key.
    private func usurp(with stolen: SigningKey, _ made: SigningKey) throws -> Descriptor {
        let tls = try TLSKey.generate()
        var fields = try anhui.ownDescriptor().fields
        fields.serial += 50
        fields.tls = [try TLSPublicKey(spki: tls.spki)]
        fields.signing = fields.signing.filter { $0.key.keyID == stolen.keyID }
        fields.signing.append(
            SpannedKey(key: try made.verificationKey, spans: [KeySpan(incarnation: strange, fromSequence: 1)]))
        fields.require = Set([stolen.suite, made.suite]).sorted()
        return try DescriptorDraft(fields: fields).signed(by: [stolen, made], tls: [tls])
    }

    private func forge(_ keys: SigningKeys, trustRoot: UInt64, in origin: Origin? = nil) throws -> Entry {
        let catalog = anhui.replica.catalog
        let unit = try #require(catalog.recordType(named: "agency")?.unit(named: "website")).number
        return try LocalNode.signer(keys, anhui.federation, anhui.keyRing).forge(
            origin ?? Origin(market: anhui.market, incarnation: strange), trustRoot: trustRoot,
            context: Context(catalogHash: catalog.hash, frontier: try jiangsu.replica.frontier()),
            changes: [
                Change(
                    kind: .update, record: RecordID(type: "agency", key: "31-TTA-000001"),
                    units: [UnitValues(unit: unit, values: [.text("https://forged.example")])])
            ])
    }

    @Test(arguments: [false, true], [0, 1])
    func `one key of two introduces nothing, and names no successor`(_ hasRoot: Bool, _ which: Int) throws {
        if hasRoot { try RootKeys(federation).adoptFirst() }
        let own = try anhui.keyRing.filed()
        let stolen = try which == 0 ? own.header : #require(own.second)
        let made = try SigningKey.generate(which == 0 ? .sm2SM3 : .ed25519SHA256)
        let usurped = try usurp(with: stolen, made)
        let theirs = try #require(try jiangsu.trust().descriptor(of: anhui.market)).digest
        _ = try? jiangsu.learn(usurped.raw, from: shanghai.market)
        #expect(try jiangsu.trust().descriptor(of: anhui.market)?.digest == theirs)
        let keys = which == 0 ? SigningKeys(header: stolen, second: made) : SigningKeys(header: made, second: stolen)
        let forged = try forge(keys, trustRoot: hasRoot ? 1 : 0)
        _ = try jiangsu.apply(Batch(entries: [forged]), from: shanghai.market)
        try write("ours", at: anhui)
        try federation.exchangeAll()
        for node in federation.nodes {
            #expect(
                try federation.value(node.market.name, "SELECT website FROM agency") == "https://new-ours.example",
                "\(node.market)")
            #expect(try node.trust().descriptor(of: anhui.market)?.digest != usurped.digest, "\(node.market)")
        }
        #expect(try Set(federation.nodes.map { try $0.replica.position().digest }).count == 1)
    }

    @Test func `stolen are both keys unless one is named; each in use is replaced and revoked`() throws {
        let keys = try RootKeys(federation)
        try keys.adoptFirst()
        try write("one", at: anhui)
        try anhui.seal()
        let before = try anhui.signingKeyIDs()
        let machine = try federation.clone(of: "anhui")
        try machine.recover(because: "a clone")
        for node in [anhui, machine, anhui] { try DeskFederation.exchange(node, jiangsu) }
        // The second one alone.
        let second = try #require(before.second)
        let one = try anhui.revokeSigningKey(second.hex)
        #expect(one.revokedKeyIDs == [second])
        #expect(one.keyIDs.header == before.header && one.keyIDs.second != second)
        #expect(one.proposal.fields.member(anhui.market)?.revoked == [second])
        // That one again, or the other as well? No root says either yet.
        #expect(code { _ = try anhui.revokeSigningKey(nil) } == "key_needed")
        #expect(try anhui.revokeSigningKey(second.hex).revokedKeyIDs == [second])
        try adopt(one.proposal, signedBy: jiangsu, anhui, keys)
        try write("two", at: anhui)
        try expectLevel()
        #expect(try signers(of: entries().last) == Set(one.keyIDs.all))
        // A second machine, which has the revoked key and no other, only reads.
        let own = try machine.replica.ownOrigin()
        for _ in 0..<2 { try DeskFederation.exchange(machine, jiangsu) }
        #expect(try machine.trust().rootVersion == 2)
        #expect(code { _ = try machine.rotateSigningKey() } == "incarnation_closed")
        #expect(try machine.replica.ownOrigin() == own)
        #expect(try machine.replica.findings().map(\.code).contains("key_revoked"))
        // Both.
        let all = try anhui.revokeSigningKey(nil)
        #expect(all.revokedKeyIDs == one.keyIDs.all)
        #expect(Set(all.keyIDs.all).isDisjoint(with: one.keyIDs.all) && all.keyIDs.second != nil)
        try adopt(all.proposal, signedBy: jiangsu, shanghai, keys)
        try write("three", at: anhui)
        try expectLevel()
        #expect(try signers(of: entries().last) == Set(all.keyIDs.all))
        #expect(
            try Set(anhui.keys().filter { $0.state == .revoked }.map(\.id)) == Set([second] + one.keyIDs.all))
        #expect(try federation.value("jiangsu", "SELECT website FROM agency") == "https://new-three.example")
    }
}
