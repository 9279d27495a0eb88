// What descriptors that do not stand say under a trust root, and what it makes of that.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("What former descriptors say")
struct FormerDescriptorsTests {
    private let markets: [TestMarket]

    init() throws {
        markets = try ["anhui", "jiangsu"].map { try TestMarket($0) }
    }

    /// A descriptor by the key of the first market, and a key of its holder's own, for an incarnation.
    private func introduced(
        _ incarnation: ID16, with keys: [SigningKey]
    ) throws -> (descriptor: Descriptor, key: SigningKey) {
        let made = try SigningKey.generate(.ed25519SHA256)
        var fields = try markets[0].fields(serial: 9)
        fields.signing = try keys.map { key in
            let own = KeySpan(incarnation: markets[0].incarnation, fromSequence: 1)
            return SpannedKey(key: try key.verificationKey, spans: [own])
        }
        fields.signing.append(
            SpannedKey(
                key: try made.verificationKey, spans: [KeySpan(incarnation: incarnation, fromSequence: 1)]))
        return (try DescriptorDraft(fields: fields).signed(by: keys + [made], tls: [markets[0].tls]), made)
    }

    /// The first market under a new key, its first one revoked.
    private func afterRevocation() throws -> (fields: TrustRootFields, new: SigningKey, standing: Descriptor) {
        let (anhui, new) = (markets[0], try SigningKey.generate(.ed25519SHA256))
        var some = try markets.map { try $0.member(rootKey: SigningKey.generate(.ed25519SHA256)) }
        some[0].signing.append(
            SpannedKey(
                key: try new.verificationKey,
                spans: [KeySpan(incarnation: ID16(Array(repeating: 7, count: 16))!, fromSequence: 1)]))
        some[0].close([anhui.closure((1, 1))])
        some[0].revoke([some[0].signing[0].key.keyID])
        var fields = try anhui.fields(serial: 2)
        fields.signing.append(some[0].signing[1])
        let standing = try DescriptorDraft(fields: fields).signed(by: anhui.signing + [new], tls: [anhui.tls])
        return (
            TrustRootFields(federation: TestMarket.federation, version: 1, previous: nil, members: some), new, standing
        )
    }

    @Test func `an incarnation that only a revoked key has introduced is authentic, and closed before its first entry`()
        throws
    {
        let (fields, new, standing) = try afterRevocation()
        let incarnation = ID16(Array(repeating: 9, count: 16))!
        let strange = Origin(market: markets[0].market, incarnation: incarnation)
        let (usurped, made) = try introduced(incarnation, with: markets[0].signing)
        let former = FormerDescriptors([usurped], of: fields.members[0], standing: standing)
        #expect(former.disowned == [incarnation])
        #expect(former.keys.chainStarts(of: markets[0].market).contains(ChainStart(origin: strange, keyID: made.keyID)))
        #expect(
            fields.closures(standing: [standing], former: [usurped])
                == (fields.closures + [Closure(origin: strange, ends: [])]).sorted { $0.origin < $1.origin })
        // A descriptor that stood until the root came is a former one as well.
        #expect(
            fields.closures(standing: [usurped], former: []).map(\.origin)
                == fields.closures(standing: [standing], former: [usurped]).map(\.origin))
        // The root's own word on it is not said twice.
        var closing = fields
        closing.members[0].close([markets[0].closure(), Closure(origin: strange, ends: [])])
        #expect(closing.closures(standing: [standing], former: [usurped]) == closing.closures)
        // Nor is it closed once a key that counts has introduced it.
        let honest = try introduced(incarnation, with: markets[0].signing + [new]).descriptor
        #expect(fields.closures(standing: [standing], former: [usurped, honest]) == fields.closures)
        // While nothing is revoked, it is its market's.
        var before = fields
        before.members[0].revoked = []
        #expect(before.closures(standing: [standing], former: [usurped]) == before.closures)
        #expect(before.closures(standing: [usurped], former: []) == before.closures)
    }

    @Test func `a revoked key adds no key to an incarnation that another word names, unless that is closed`() throws {
        let (fields, _, standing) = try afterRevocation()
        let member = fields.members[0]
        let present = ID16(Array(repeating: 7, count: 16))!
        let (usurped, made) = try introduced(present, with: markets[0].signing)
        let former = FormerDescriptors([usurped], of: member, standing: standing)
        #expect(former.disowned.isEmpty)
        #expect(!former.keys.contains { $0.key.keyID == made.keyID })
        let (closed, other) = try introduced(markets[0].incarnation, with: markets[0].signing)
        let beside = FormerDescriptors([closed], of: member, standing: standing)
        #expect(beside.keys.contains { $0.key.keyID == other.keyID }, "it is void there anyway")
        #expect(beside.disowned.isEmpty)
    }

    @Test func `a revoked key adds no suite in which older entries would have to be signed`() throws {
        var (fields, _, standing) = try afterRevocation()
        fields.members[0].require = [.ed25519SHA256, .sm2SM3]
        let second = try SigningKey.generate(.sm2SM3)
        fields.members[0].signing.append(
            SpannedKey(
                key: try second.verificationKey,
                spans: [KeySpan(incarnation: ID16(Array(repeating: 7, count: 16))!, fromSequence: 1)]))
        let made = try SigningKey.generate(.sm2SM3)
        var usurped = try markets[0].fields(serial: 9)
        usurped.signing.append(
            SpannedKey(
                key: try made.verificationKey,
                spans: [KeySpan(incarnation: markets[0].incarnation, fromSequence: 1)]))
        let former = try DescriptorDraft(fields: usurped).signed(by: markets[0].signing + [made], tls: [markets[0].tls])
        let membership = Membership(
            federation: TestMarket.federation, trusted: [standing], former: [former],
            root: try TrustRootText.proposal(fields))
        #expect(membership.verify(try markets[0].entry(1)).fact != nil)
    }

    @Test func `what no key of the root has signed is no former descriptor, nor another market's`() throws {
        let (fields, _, standing) = try afterRevocation()
        let incarnation = ID16(Array(repeating: 9, count: 16))!
        let stranger = try introduced(incarnation, with: [SigningKey.generate(.ed25519SHA256)]).descriptor
        let other = try markets[1].descriptor(spans: [KeySpan(incarnation: incarnation, fromSequence: 1)])
        let former = FormerDescriptors([stranger, other], of: fields.members[0], standing: standing)
        #expect(former.keys.isEmpty && former.disowned.isEmpty)
        let unknown = FormerDescriptors([], of: fields.members[0], standing: stranger)
        #expect(unknown.keys.isEmpty && unknown.disowned.isEmpty)
    }

    @Test func `the root hash says what was applied under former descriptors, and whether it counts`() throws {
        let (fields, new, standing) = try afterRevocation()
        let incarnation = ID16(Array(repeating: 9, count: 16))!
        let start = ChainStart(
            origin: Origin(market: markets[0].market, incarnation: incarnation), keyID: markets[1].signing[0].keyID)
        let root = try TrustRootText.proposal(fields)
        func hash(_ former: [Descriptor], _ applied: Set<ChainStart>, root: TrustRoot?) -> Digest {
            Membership(
                federation: TestMarket.federation, trusted: [standing], former: former, applied: applied, root: root
            ).rootHash
        }
        let usurped = try introduced(incarnation, with: markets[0].signing).descriptor
        let honest = try introduced(incarnation, with: markets[0].signing + [new]).descriptor
        for root in [root, nil] {
            #expect(hash([], [], root: root) == hash([usurped], [], root: root), "what was not applied is not said")
            #expect(hash([usurped], [], root: root) != hash([usurped], [start], root: root))
        }
        #expect(hash([usurped], [start], root: root) != hash([usurped, honest], [start], root: root))
    }

    @Test func `what a key of one suite introduces is nothing where the root requires two`() throws {
        let both = try TestMarket("anhui", suites: [.ed25519SHA256, .sm2SM3])
        var member = try both.member(rootKey: SigningKey.generate(.ed25519SHA256))
        member.require = [.ed25519SHA256, .sm2SM3]
        let incarnation = ID16(Array(repeating: 9, count: 16))!
        let made = try SigningKey.generate(.ed25519SHA256)
        func introduced(by keys: [SigningKey]) throws -> Descriptor {
            var fields = try both.fields(serial: 9)
            fields.signing.removeAll { entry in !keys.contains { $0.keyID == entry.key.keyID } }
            fields.signing.append(
                SpannedKey(
                    key: try made.verificationKey, spans: [KeySpan(incarnation: incarnation, fromSequence: 1)]))
            fields.require = Set(keys.map(\.suite) + [made.suite]).sorted()
            return try DescriptorDraft(fields: fields).signed(by: keys + [made], tls: [both.tls])
        }
        let standing = try both.descriptor(serial: 2)
        for key in both.signing {
            let half = try introduced(by: [key])
            #expect(!member.isSpoken(by: half))
            #expect(!standing.vouches(for: half))
            #expect(FormerDescriptors([half], of: member, standing: standing).disowned == [incarnation])
            #expect(FormerDescriptors([half], standing: standing).keys.isEmpty)
            #expect(member.signingKeys(continuedBy: half) == member.signing)
        }
        let whole = try introduced(by: both.signing)
        #expect(member.isSpoken(by: whole) && standing.vouches(for: whole))
        #expect(FormerDescriptors([whole], of: member, standing: standing).disowned.isEmpty)
        // Of a suite of which the root names no key that may still speak, nobody can ask for one.
        member.close([both.closure()])
        member.revoke([both.signing[1].keyID])
        #expect(member.isSpoken(by: try introduced(by: [both.signing[0]])))
        #expect(!member.isSpoken(by: try introduced(by: [both.signing[1]])))
    }
}
