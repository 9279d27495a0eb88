// When one descriptor may take another's place.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Succession of descriptors")
struct SuccessionTests {
    private let market: TestMarket
    private let trusted: Descriptor
    private let name = Market("shanghai")!

    init() throws {
        market = try TestMarket("shanghai")
        trusted = try market.descriptor(serial: 5)
    }

    /// A descriptor of the same market with other keys, signed by `signers` besides.
    private func rekeyed(serial: UInt64 = 6, alsoSignedBy signers: [SigningKey] = []) throws -> Descriptor {
        let other = try TestMarket("shanghai")
        let draft = DescriptorDraft(fields: try other.fields(serial: serial))
        return try draft.signed(by: other.signing + signers, tls: [other.tls])
    }

    @Test func `the first descriptor of a market is a person's decision`() throws {
        let verdict = Succession.of(trusted, trusted: nil, others: [], federation: TestMarket.federation)
        #expect(verdict == .first)
        let confirmed = Succession.of(
            trusted, trusted: nil, others: [], federation: TestMarket.federation, replacing: trusted.fingerprint)
        #expect(confirmed == .first)
        let doubted = Succession.of(
            trusted, trusted: nil, others: [], federation: TestMarket.federation, replacing: "0000")
        #expect(doubted == .refused(.otherFingerprint(trusted.fingerprint)))
    }

    @Test func `the same signed bytes change nothing, whatever stands after them`() throws {
        #expect(trusted.succession(of: trusted, others: []) == .unchanged)
        let again = try Descriptor.parse(trusted.raw + Array("# received by mail\n".utf8))
        #expect(trusted.succession(of: again, others: []) == .unchanged)
    }

    @Test func `a higher serial of the same keys succeeds`() throws {
        #expect(trusted.succession(of: try market.descriptor(serial: 6), others: []) == .successor)
        #expect(trusted.succession(of: try market.descriptor(serial: 900), others: []) == .successor)
    }

    @Test func `of a market that requires two suites, a key of each must have signed the successor`() throws {
        let both = try TestMarket("anhui", suites: [.ed25519SHA256, .sm2SM3])
        let trusted = try both.descriptor(serial: 5)
        let strangers = [try SigningKey.generate(.ed25519SHA256), try SigningKey.generate(.sm2SM3)]
        func successor(naming keys: [SigningKey], alsoSignedBy others: [SigningKey] = []) throws -> Succession {
            var fields = try both.fields(serial: 6)
            fields.signing = try keys.map { SpannedKey(key: try $0.verificationKey, spans: fields.signing[0].spans) }
            fields.require = Set(keys.map(\.suite)).sorted()
            let new = try DescriptorDraft(fields: fields).signed(by: keys + others, tls: [both.tls])
            return trusted.succession(of: new, others: [])
        }
        let refused = Succession.refused(.notSignedByPreviousKey(both.market))
        for (index, key) in both.signing.enumerated() {
            #expect(try successor(naming: [key]) == refused)
            #expect(try successor(naming: [key, strangers[1 - index]]) == refused)
        }
        #expect(try successor(naming: strangers) == refused)
        #expect(try successor(naming: strangers, alsoSignedBy: both.signing) == .successor)
        #expect(try successor(naming: [both.signing[0], strangers[1]], alsoSignedBy: [both.signing[1]]) == .successor)
        #expect(try successor(naming: both.signing) == .successor)
        // A suite of which every key is rotated out is nobody's to ask for any more.
        var ended = try both.fields(serial: 5)
        let end = KeySpan(incarnation: both.incarnation, fromSequence: 1, closedAt: (3, OpenSSLHashing.sha256([1])))
        ended.signing[1] = SpannedKey(key: ended.signing[1].key, spans: [end])
        let old = try DescriptorDraft(fields: ended).signed(by: both.signing, tls: [both.tls])
        var fields = try both.fields(serial: 6)
        fields.signing.remove(at: 1)
        fields.require = [.ed25519SHA256]
        let alone = try DescriptorDraft(fields: fields).signed(by: [both.signing[0]], tls: [both.tls])
        #expect(old.succession(of: alone, others: []) == .successor)
    }

    @Test(arguments: [4, 5] as [UInt64])
    func `a serial that is not higher is refused`(_ serial: UInt64) throws {
        let other = try market.descriptor(
            serial: serial, spans: [KeySpan(incarnation: market.incarnation, fromSequence: 9)])
        #expect(
            trusted.succession(of: other, others: [])
                == .refused(.serialNotHigher(serial, trusted: 5)))
        #expect(
            trusted.succession(of: other, others: [], replacing: other.fingerprint)
                == .refused(.serialNotHigher(serial, trusted: 5)))
    }

    @Test func `new keys succeed if an old one signed, and else need the fingerprint`() throws {
        #expect(
            trusted.succession(of: try rekeyed(alsoSignedBy: market.signing), others: [])
                == .successor)
        let lost = try rekeyed()
        #expect(trusted.succession(of: lost, others: []) == .refused(.notSignedByPreviousKey(name)))
        #expect(trusted.succession(of: lost, others: [], replacing: lost.fingerprint) == .replacement)
        #expect(
            trusted.succession(of: lost, others: [], replacing: trusted.fingerprint)
                == .refused(.otherFingerprint(lost.fingerprint)))
    }

    @Test func `a key that was retired names no successor`() throws {
        let old = try SigningKey.generate(.ed25519SHA256)
        var fields = try market.fields(serial: 5)
        let closed = KeySpan(incarnation: market.incarnation, fromSequence: 1, closedAt: (9, .zero))
        fields.signing.insert(SpannedKey(key: try old.verificationKey, spans: [closed]), at: 0)
        let trusted = try DescriptorDraft(fields: fields).signed(by: [old] + market.signing, tls: [market.tls])
        let stolen = try rekeyed(alsoSignedBy: [old])
        #expect(trusted.succession(of: stolen, others: []) == .refused(.notSignedByPreviousKey(name)))
    }

    @Test func `a forged signature of the old key is none`() throws {
        let lost = try rekeyed()
        let genuine = try rekeyed(alsoSignedBy: market.signing)
        let text = String(decoding: genuine.raw, as: UTF8.self)
        let block = try #require(text.firstRange(of: "  - suite: 1\n    key_id: \"\(market.signing[0].keyID.hex)"))
        let end = try #require(text[block.lowerBound...].firstRange(of: "  - suite: tls"))
        let stolen = text[block.lowerBound..<end.lowerBound]
        let forged = try Descriptor.parse(lost.raw + Array(stolen.utf8))
        #expect(trusted.succession(of: forged, others: []) == .refused(.notSignedByPreviousKey(name)))
    }

    @Test func `a key of another market is refused, signing key or pin`() throws {
        let other = try TestMarket("zhejiang")
        let known = try other.descriptor()
        var fields = try market.fields(serial: 6)
        fields.tls.append(try TLSPublicKey(spki: other.tls.spki))
        let samePin = try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls, other.tls])
        #expect(
            trusted.succession(of: samePin, others: [known]) == .refused(.pinOfAnotherMarket(other.market)))
        fields = try market.fields(serial: 6)
        fields.signing.append(known.signing[0])
        let sameKey = try DescriptorDraft(fields: fields)
            .signed(by: market.signing + other.signing, tls: [market.tls])
        #expect(
            trusted.succession(of: sameKey, others: [known]) == .refused(.keyOfAnotherMarket(other.market)))
        // Its own former descriptor among the others is no collision.
        #expect(trusted.succession(of: try market.descriptor(serial: 6), others: [known, trusted]) == .successor)
    }

    @Test func `another federation and another market are refused`() throws {
        var fields = try market.fields(serial: 6)
        fields.federation = FederationName("elsewhere")!
        let foreign = try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls])
        #expect(
            trusted.succession(of: foreign, others: [])
                == .refused(.otherFederation(FederationName("elsewhere")!, ours: TestMarket.federation)))
        let other = try TestMarket("zhejiang").descriptor()
        #expect(
            trusted.succession(of: other, others: []) == .refused(.otherMarket(other.market, market.market)))
    }

    @Test func `every refusal has its own code and tells what to do`() {
        let federation = TestMarket.federation
        let refusals: [SuccessionRefusal] = [
            .otherFederation(federation, ours: federation), .otherMarket(name, name), .serialNotHigher(1, trusted: 1),
            .pinOfAnotherMarket(name), .keyOfAnotherMarket(name), .notSignedByPreviousKey(name),
            .otherFingerprint("0"),
        ]
        #expect(Set(refusals.map(\.code)).count == refusals.count)
        #expect(
            refusals.allSatisfy { $0.words.en.hasSuffix(".") && $0.words.en.count > 40 && $0.words.zh.hasSuffix("。") })
    }
}
