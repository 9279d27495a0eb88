// Whose entries, heads and statements count: every refusal, and every success beside it.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Membership")
struct MembershipTests {
    private let market: TestMarket
    private let both: TestMarket
    private let membership: Membership

    init() throws {
        market = try TestMarket("shanghai")
        both = try TestMarket("zhejiang", suites: [.ed25519SHA256, .sm2SM3])
        membership = Membership(
            federation: TestMarket.federation, trusted: [try market.descriptor(), try both.descriptor()])
    }

    private func membership(of descriptor: Descriptor) -> Membership {
        Membership(federation: TestMarket.federation, trusted: [descriptor])
    }

    // MARK: Entries

    @Test func `an honest entry is verified, with its id and its market`() throws {
        for (author, sequence) in [(market, 1), (market, 2), (both, 7)] as [(TestMarket, UInt64)] {
            let entry = try author.entry(sequence)
            let fact = try #require(membership.verify(entry).fact)
            #expect(fact.entry == entry)
            #expect(fact.market == author.market)
            #expect(fact.id == entry.header.entryID(OpenSSLHashing.hashing))
        }
    }

    @Test func `an entry is the same after its way over the wire`() throws {
        let entry = try both.entry(3)
        #expect(membership.verify(try Entry(decoding: entry.encoded())).fact?.entry == entry)
    }

    @Test func `the header's suite may be SM2, and then SM3 makes the id`() throws {
        let entry = try both.entry(3, by: both.signing.reversed())
        #expect(entry.header.suite == .sm2SM3)
        #expect(membership.verify(entry).fact?.id == entry.header.entryID(OpenSSLHashing.hashing))
    }

    @Test func `no bit of a stored entry can be flipped`() throws {
        let encoded = try market.entry(2).encoded()
        for bit in 0..<encoded.count * 8 {
            let claim = try? Entry(decoding: encoded.flipping(bit: bit))
            #expect(claim.flatMap { membership.verify($0).fact } == nil, "bit \(bit)")
        }
    }

    @Test func `context, ops and their lengths are bound`() throws {
        let entry = try market.entry(2)
        func fault(context: [UInt8]? = nil, ops: [UInt8]? = nil) -> AuthenticityFault? {
            membership.verify(
                Entry(
                    header: entry.header, signatures: entry.signatures, context: context ?? entry.context,
                    ops: ops ?? entry.ops)
            ).fault
        }
        #expect(fault(context: entry.context + [0]) == .binding(.contextHash))
        #expect(fault(context: []) == .binding(.contextHash))
        #expect(fault(ops: []) == .binding(.opLengths))
        #expect(fault(ops: entry.ops + [0]) == .binding(.opLengths))
        #expect(fault(ops: entry.ops.flipping(bit: 8 * 4)) == .binding(.opsRoot))
        // The same ops in another order.
        var swapped = ByteWriter()
        for op in [[4, 5], [1, 2, 3], [6]] as [[UInt8]] { swapped.framed(op) }
        #expect(fault(ops: swapped.bytes) == .binding(.opsRoot))
    }

    @Test func `another federation's entry is refused`() throws {
        var header = try market.entry().header
        header.federation = federationID("elsewhere")
        let entry = Entry(
            header: header, signatures: try market.signatures(.changeSet, header.encoded()), context: [], ops: [])
        #expect(membership.verify(entry).fault == .otherFederation)
    }

    @Test func `an entry of someone unknown waits`() throws {
        let stranger = try TestMarket("anhui")
        #expect(membership.verify(try stranger.entry()) == .unknownMember(stranger.market))
        var header = try market.entry().header
        header.origin = Origin(node: ID16([UInt8](repeating: 0xFF, count: 16))!, incarnation: market.incarnation)
        #expect(membership.verifyHeader(header, try market.entry().signatures) == .unknownMember(nil))
    }

    @Test func `an entry of an incarnation that no key names waits`() throws {
        let restored = try TestMarket("shanghai")
        #expect(membership.verify(try restored.entry(4)) == .unknownKeySpan(restored.origin, 4))
    }

    @Test func `a key of nobody, or of another market, does not sign for this one`() throws {
        let stranger = try SigningKey.generate(.ed25519SHA256)
        #expect(membership.verify(try market.entry(2, by: [stranger])).fault == .keyNotValidHere)
        #expect(membership.verify(try market.entry(2, by: [both.signing[0]])).fault == .keyNotValidHere)
    }

    @Test func `a forged signature under the right key id is refused`() throws {
        var entry = try market.entry(2)
        let forged = try SigningKey.generate(.ed25519SHA256).sign(.changeSet, entry.header.encoded())
        entry.signatures = [
            SignatureRecord(
                suite: .ed25519SHA256, keyID: entry.header.keyID, signature: forged.signature)
        ]
        #expect(membership.verify(entry).fault == .wrongSignature(.ed25519SHA256))
        // The right key, for another entry.
        entry.signatures = try market.entry(3).signatures
        #expect(membership.verify(entry).fault == .wrongSignature(.ed25519SHA256))
    }

    @Test(arguments: StatementType.allCases.filter { $0 != .changeSet })
    func `a signature of another kind of statement is refused`(_ type: StatementType) throws {
        var entry = try market.entry(2)
        entry.signatures = try market.signatures(type, entry.header.encoded())
        #expect(membership.verify(entry).fault == .wrongSignature(.ed25519SHA256))
    }

    @Test func `the signature list has one to four records of ascending suite, the header's among them`() throws {
        var entry = try both.entry(2)
        let signatures = entry.signatures
        entry.signatures = []
        #expect(membership.verify(entry).fault == .signatureList)
        entry.signatures = signatures.reversed()
        #expect(membership.verify(entry).fault == .signatureList)
        entry.signatures = [signatures[0], signatures[0]]
        #expect(membership.verify(entry).fault == .signatureList)
        entry.signatures = [signatures[1]]
        #expect(membership.verify(entry).fault == .ownSignatureMissing)
        var other = try both.signatures(.changeSet, entry.header.encoded(), by: [market.signing[0], both.signing[1]])
        entry.signatures = other
        #expect(membership.verify(entry).fault == .ownSignatureMissing)
        other[0] = signatures[0]
        entry.signatures = other
        #expect(membership.verify(entry).fact != nil)
    }

    // MARK: Suites

    @Test func `every required suite must have signed`() throws {
        var entry = try both.entry(2)
        let signatures = entry.signatures
        entry.signatures = [signatures[0]]
        #expect(membership.verify(entry).fault == .requiredSignatureMissing(.sm2SM3))
        let stranger = try SigningKey.generate(.sm2SM3)
        entry.signatures = [signatures[0], try stranger.sign(.changeSet, entry.header.encoded())]
        #expect(membership.verify(entry).fault == .wrongSignature(.sm2SM3))
        let flipped = SignatureRecord(
            suite: .sm2SM3, keyID: signatures[1].keyID, signature: signatures[1].signature.flipping(bit: 77))
        entry.signatures = [signatures[0], flipped]
        #expect(membership.verify(entry).fault == .wrongSignature(.sm2SM3))
    }

    @Test func `the message does not choose its suites: a market that requires both is not satisfied by SM2`() throws {
        let entry = try both.entry(2, by: [both.signing[1]])
        #expect(membership.verify(entry).fault == .requiredSignatureMissing(.ed25519SHA256))
    }

    @Test func `an extra signature that verifies is kept, one that fails is dropped`() throws {
        let membership = membership(of: try both.descriptor(require: [.ed25519SHA256]))
        var entry = try both.entry(2)
        #expect(membership.verify(entry).fact?.entry.signatures == entry.signatures)
        let good = entry.signatures[0]
        for bad in [
            try SigningKey.generate(.sm2SM3).sign(.changeSet, entry.header.encoded()),
            SignatureRecord(
                suite: .sm2SM3, keyID: both.signing[1].keyID, signature: [UInt8](repeating: 0, count: 64)),
        ] {
            entry.signatures = [good, bad]
            let fact = try #require(membership.verify(entry).fact)
            #expect(fact.entry.signatures == [good])
            #expect(fact.id == entry.header.entryID(OpenSSLHashing.hashing))
        }
    }

    @Test func `a suite that is required from some entry on does not make void what came before`() throws {
        var fields = try both.fields()
        fields.signing[1] = SpannedKey(
            key: fields.signing[1].key, spans: [KeySpan(incarnation: both.incarnation, fromSequence: 5)])
        let membership = membership(of: try DescriptorDraft(fields: fields).signed(by: both.signing, tls: [both.tls]))
        let alone = [both.signing[0]]
        #expect(membership.verify(try both.entry(4, by: alone)).fact != nil)
        #expect(membership.verify(try both.entry(5, by: alone)).fault == .requiredSignatureMissing(.sm2SM3))
        #expect(membership.verify(try both.entry(5)).fact != nil)
    }

    // MARK: Spans

    /// Where it ends, the rotation among an entry's ancestors says, of which admission knows.
    @Test func `a key counts from the first sequence of its span on`() throws {
        let last = try market.entry(8)
        let id = last.header.entryID(OpenSSLHashing.hashing)
        let span = KeySpan(incarnation: market.incarnation, fromSequence: 3, closedAt: (8, id))
        let membership = membership(of: try market.descriptor(spans: [span]))
        #expect(membership.verify(try market.entry(2)) == .unknownKeySpan(market.origin, 2))
        #expect(membership.verify(try market.entry(3)).fact != nil)
        #expect(membership.verify(try market.entry(7)).fact != nil)
        #expect(membership.verify(last).fact?.id == id)
        // On a branch that left before: it is an entry like any other, and nobody refuses what others hold.
        let branch = try market.entry(9)
        #expect(membership.verify(branch).fact != nil)
        // Where there is no chain, the span says where it ends: at its entry, not at another of the same number.
        func alone(_ entry: Entry) -> HeaderAuthenticity {
            membership.verifyHeaderWithoutChain(entry.header, entry.signatures)
        }
        #expect(alone(branch).fact == nil)
        #expect(alone(last).fact?.id == id)
        let other = KeySpan(
            incarnation: market.incarnation, fromSequence: 1, closedAt: (8, OpenSSLHashing.sha256([1])))
        let elsewhere = self.membership(of: try market.descriptor(spans: [other]))
        #expect(elsewhere.verifyHeaderWithoutChain(last.header, last.signatures).fact == nil)
        #expect(alone(try market.entry(7)).fact != nil)
        #expect(alone(try market.entry(2)).fact == nil)
        var moved = try market.entry(4).header
        moved.origin = Origin(market: market.market, incarnation: ID16(Array(repeating: 3, count: 16))!)
        let signatures = [try market.signing[0].sign(.changeSet, moved.encoded())]
        #expect(membership.verifyHeaderWithoutChain(moved, signatures) == .unknownKeySpan(moved.origin, 4))
        #expect(membership.verifyHeader(moved, signatures) == .unknownKeySpan(moved.origin, 4))
    }

    @Test func `the new key signs nothing before its rotation`() throws {
        let new = try SigningKey.generate(.ed25519SHA256)
        let old = market.signing[0]
        let rotation = try market.entry(5)
        let id = rotation.header.entryID(OpenSSLHashing.hashing)
        var fields = try market.fields(
            serial: 2, spans: [KeySpan(incarnation: market.incarnation, fromSequence: 1, closedAt: (5, id))])
        fields.signing.append(
            SpannedKey(
                key: try new.verificationKey, spans: [KeySpan(incarnation: market.incarnation, fromSequence: 6)]))
        let membership = membership(
            of: try DescriptorDraft(fields: fields).signed(by: [old, new], tls: [market.tls]))
        #expect(membership.verify(try market.entry(4)).fact != nil)
        #expect(membership.verify(rotation).fact != nil)
        #expect(membership.verify(try market.entry(6, by: [new])).fact != nil)
        #expect(membership.verify(try market.entry(6, by: [old])).fact != nil)
        #expect(membership.verify(try market.entry(5, by: [new])).fault == .keyNotValidHere)
    }

    /// While two keys count side by side, the header says which of them signed, and the other does not sign for it.
    @Test func `of two keys that count at one place, the one that the header names must have signed`() throws {
        let second = try SigningKey.generate(.ed25519SHA256)
        var fields = try market.fields(serial: 2)
        fields.signing.append(
            SpannedKey(
                key: try second.verificationKey, spans: [KeySpan(incarnation: market.incarnation, fromSequence: 1)]))
        let membership = membership(
            of: try DescriptorDraft(fields: fields).signed(by: [market.signing[0], second], tls: [market.tls]))
        var entry = try market.entry(3)
        #expect(membership.verify(entry).fact != nil)
        #expect(membership.verify(try market.entry(3, by: [second])).fact != nil)
        let other = try second.sign(.changeSet, entry.header.encoded())
        entry.signatures = [other]
        #expect(membership.verify(entry).fault == .ownSignatureMissing)
        entry.signatures = [SignatureRecord(suite: other.suite, keyID: entry.header.keyID, signature: other.signature)]
        #expect(membership.verify(entry).fault == .wrongSignature(.ed25519SHA256))
    }

    // MARK: Heads, root

    @Test func `a head is proven by its header and signatures alone`() throws {
        let entry = try both.entry(9)
        let fact = try #require(membership.verifyHeader(entry.header, entry.signatures).fact)
        #expect(fact.id == entry.header.entryID(OpenSSLHashing.hashing))
        #expect(fact.market == both.market)
        var header = entry.header
        header.sequence = 10
        #expect(membership.verifyHeader(header, entry.signatures).fault == .wrongSignature(.ed25519SHA256))
    }

    @Test func `removed markets keep their history and are no part of the root`() throws {
        let kept = Membership(
            federation: TestMarket.federation, trusted: [try market.descriptor()], removed: [try both.descriptor()])
        #expect(kept.verify(try both.entry(2)).fact != nil)
        #expect(kept.rootHash == Membership.rootHash(of: [try market.descriptor()]))
        #expect(kept.markets == [market.market, both.market])
    }

    @Test func `of two descriptors of one market the higher serial counts, in either order`() throws {
        let old = try market.descriptor(spans: [KeySpan(incarnation: market.incarnation, fromSequence: 50)])
        let new = try market.descriptor(serial: 2)
        for trusted in [[old, new], [new, old]] {
            let membership = Membership(federation: TestMarket.federation, trusted: trusted)
            #expect(membership.verify(try market.entry(2)).fact != nil)
            #expect(membership.rootHash == Membership.rootHash(of: [new]))
        }
        let back = Membership(federation: TestMarket.federation, trusted: [new], removed: [old])
        #expect(back.verify(try market.entry(2)).fact != nil)
    }

    @Test func `the root is the hash over the ascending digests, in whatever order they were trusted`() throws {
        let descriptors = [try market.descriptor(), try both.descriptor()]
        let bytes = descriptors.map { OpenSSLHashing.sha256($0.signedBytes) }.sorted().flatMap(\.bytes)
        #expect(Membership.rootHash(of: descriptors) == OpenSSLHashing.sha256(bytes))
        #expect(Membership.rootHash(of: descriptors.reversed()) == Membership.rootHash(of: descriptors))
        #expect(Membership.rootHash(of: [descriptors[0]]) != Membership.rootHash(of: descriptors))
    }
}
