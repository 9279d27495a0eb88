// Receipts and checkpoints.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Receipts and checkpoints")
struct StatementTests {
    private let market: TestMarket
    private let other: TestMarket
    private let membership: Membership

    init() throws {
        market = try TestMarket("shanghai", suites: [.ed25519SHA256, .sm2SM3])
        other = try TestMarket("zhejiang")
        membership = Membership(
            federation: TestMarket.federation, trusted: [try market.descriptor(), try other.descriptor()])
    }

    private func frontier(ownHead: UInt64 = 4) -> Frontier {
        let prefix = OpenSSLHashing.sha256([1]).prefix
        let rows = [
            Row(origin: other.origin, sequence: 9, idPrefix: prefix),
            Row(origin: market.origin, sequence: max(ownHead, 1), idPrefix: prefix),
        ]
        return Frontier(rows: ownHead == 0 ? [rows[0]] : rows)
    }

    private func receipt(ownHead: UInt64 = 4, federation: ID16 = TestMarket.federation.id) -> FrontierStatement {
        FrontierStatement(
            receiptOf: frontier(ownHead: ownHead), federation: federation, origin: market.origin, trustRootVersion: 0,
            counter: 3, timeMilliseconds: 1_700_000_000_000)
    }

    private func checkpoint() -> FrontierStatement {
        FrontierStatement(
            checkpointOf: frontier(), digest: OpenSSLHashing.sha256([5]), federation: TestMarket.federation.id,
            origin: market.origin, trustRootVersion: 0, counter: 1, timeMilliseconds: 5)
    }

    @Test func `statements are verified and come back as what they were`() throws {
        for statement in [receipt(), receipt(ownHead: 0), checkpoint()] {
            let signed = try SignedStatement(decoding: try statement.signed(by: market.signing).encoded())
            let fact = try #require(
                membership.verify(statement.kind, signed.body, signed.signatures, from: market.market).fact)
            #expect(fact.payload == statement)
            #expect(fact.body == signed.body)
            #expect(fact.signatures == signed.signatures)
        }
    }

    @Test func `the bytes are those of the protocol`() {
        let statement = checkpoint()
        var writer = ByteWriter()
        writer.byte(1)
        writer.id(TestMarket.federation.id)
        writer.id(market.market.nodeID)
        writer.id(market.incarnation)
        writer.raw([0, 0, 0, 0, 0, 0, 0, 0])
        writer.raw([0, 0, 0, 0, 0, 0, 0, 1])
        writer.raw([0, 0, 0, 0, 0, 0, 0, 5])
        writer.digest(OpenSSLHashing.sha256([5]))
        writer.raw(frontier().encoded())
        #expect(statement.encoded() == writer.bytes)
    }

    @Test func `a receipt is no checkpoint, and a checkpoint no receipt`() throws {
        let receipt = try receipt().signed(by: market.signing)
        #expect(
            membership.verify(.checkpoint, receipt.body, receipt.signatures, from: market.market).fault
                == .wrongSignature(.ed25519SHA256))
        let checkpoint = try checkpoint().signed(by: market.signing)
        #expect(
            membership.verify(.receipt, checkpoint.body, checkpoint.signatures, from: market.market).fault?.code
                == "malformed")
    }

    @Test func `no bit of a signed statement can be flipped`() throws {
        let encoded = try receipt().signed(by: market.signing).encoded()
        for bit in stride(from: 0, to: encoded.count * 8, by: 3) {
            guard let claim = try? SignedStatement(decoding: encoded.flipping(bit: bit)) else { continue }
            let fact = membership.verify(.receipt, claim.body, claim.signatures, from: market.market).fact
            #expect(fact == nil, "bit \(bit)")
        }
    }

    @Test func `only the market itself hands over its statements`() throws {
        let signed = try receipt().signed(by: market.signing)
        #expect(membership.verify(.receipt, signed.body, signed.signatures, from: other.market).fault == .otherMarket)
        let stranger = Membership(federation: TestMarket.federation, trusted: [try other.descriptor()])
        #expect(
            stranger.verify(.receipt, signed.body, signed.signatures, from: market.market)
                == .unknownMember(market.market))
        let foreign = try receipt(federation: federationID("elsewhere")).signed(by: market.signing)
        #expect(
            membership.verify(.receipt, foreign.body, foreign.signatures, from: market.market).fault
                == .otherFederation)
    }

    @Test func `every required suite signs statements too, and only keys of the market`() throws {
        let alone = try receipt().signed(by: [market.signing[0]])
        #expect(
            membership.verify(.receipt, alone.body, alone.signatures, from: market.market).fault
                == .requiredSignatureMissing(.sm2SM3))
        let forged = try receipt().signed(by: [other.signing[0], market.signing[1]])
        #expect(
            membership.verify(.receipt, forged.body, forged.signatures, from: market.market).fault
                == .wrongSignature(.ed25519SHA256))
    }

    @Test func `a retired key says nothing after its last entry, and the new one speaks from there`() throws {
        let new = try SigningKey.generate(.ed25519SHA256)
        let lone = try TestMarket("shanghai")
        let closed = KeySpan(incarnation: lone.incarnation, fromSequence: 1, closedAt: (5, .zero))
        var fields = try lone.fields(spans: [closed])
        fields.signing.append(
            SpannedKey(key: try new.verificationKey, spans: [KeySpan(incarnation: lone.incarnation, fromSequence: 6)]))
        let descriptor = try DescriptorDraft(fields: fields).signed(by: lone.signing + [new], tls: [lone.tls])
        let membership = Membership(federation: TestMarket.federation, trusted: [descriptor])
        func isTaken(_ head: UInt64, _ key: SigningKey) throws -> Bool {
            let row = Row(origin: lone.origin, sequence: head, idPrefix: .zero)
            let statement = FrontierStatement(
                receiptOf: Frontier(rows: [row]), federation: TestMarket.federation.id, origin: lone.origin,
                trustRootVersion: 0, counter: 1, timeMilliseconds: 0)
            let signed = try statement.signed(by: [key])
            return membership.verify(.receipt, signed.body, signed.signatures, from: lone.market).fact != nil
        }
        #expect(try isTaken(4, lone.signing[0]))
        #expect(try isTaken(5, lone.signing[0]))
        #expect(try !isTaken(6, lone.signing[0]))
        #expect(try !isTaken(4, new))
        #expect(try isTaken(5, new))
        #expect(try isTaken(6, new))
    }

    @Test func `a decoder refuses what is out of bounds`() throws {
        let good = checkpoint().encoded()
        func refused(_ edit: (inout [UInt8]) -> Void) -> Bool {
            var bytes = good
            edit(&bytes)
            return (try? FrontierStatement(decoding: bytes, as: .checkpoint)) == nil
        }
        #expect(!refused { _ in })
        #expect(refused { $0[0] = 2 })
        #expect(refused { $0.append(0) })
        #expect(refused { $0.removeLast() })
        #expect(refused { $0[17] = 0xFF })
        #expect(refused { $0.replaceSubrange(49..<57, with: (Limits.counterMax + 1).bigEndianBytes) })
        #expect(!refused { $0.replaceSubrange(49..<57, with: Limits.counterMax.bigEndianBytes) })
        #expect(refused { $0.replaceSubrange(57..<65, with: (Limits.counterMax + 1).bigEndianBytes) })
        #expect(!refused { $0.replaceSubrange(57..<65, with: Limits.counterMax.bigEndianBytes) })
        #expect(refused { $0.replaceSubrange(57..<65, with: UInt64(0).bigEndianBytes) })
        #expect(refused { $0.replaceSubrange(65..<73, with: Int64(-1).bigEndianBytes) })
        #expect(refused { $0.replaceSubrange(65..<73, with: (Limits.counterMax + 1).bigEndianBytes) })
        for count in 0..<good.count { #expect(refused { $0 = Array($0.prefix(count)) }) }
    }

    @Test func `a statement longer than the exchange takes is refused before it is decoded`() {
        let bytes = [UInt8](repeating: 0, count: Limits.receiptsBytes + 1)
        #expect(throws: DecodeError.overLimit("statement", at: 0)) { try SignedStatement(decoding: bytes) }
    }
}
