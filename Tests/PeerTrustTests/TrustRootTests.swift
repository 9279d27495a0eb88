// The federation's word on who belongs to it: what a majority says, and nothing else.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Trust root")
struct TrustRootTests {
    private let markets: [TestMarket]
    private let rootKeys: [SigningKey]

    init() throws {
        markets = try ["anhui", "jiangsu", "shanghai", "zhejiang"].map { try TestMarket($0) }
        rootKeys = try markets.map { _ in try SigningKey.generate(.ed25519SHA256) }
    }

    private func members(_ count: Int = 4) throws -> [RootMember] {
        try zip(markets, rootKeys).prefix(count).map { market, key in try market.member(rootKey: key) }
    }

    private func root(
        _ members: [RootMember], _ version: UInt64 = 1, after previous: TrustRoot? = nil, signedBy signers: [Int]
    ) throws -> TrustRoot {
        var root = try TrustRootText.proposal(
            TrustRootFields(
                federation: TestMarket.federation, version: version, previous: previous?.digest, members: members))
        for signer in signers { root = try root.signed(by: rootKeys[signer], of: markets[signer].market) }
        return root
    }

    private func verdict(_ new: TrustRoot, after adopted: TrustRoot?, before: TrustRoot? = nil) -> RootSuccession {
        RootSuccession.of(new, adopted: adopted, before: before, federation: TestMarket.federation)
    }

    private func refusal(_ new: TrustRoot, after adopted: TrustRoot?, before: TrustRoot? = nil) -> String? {
        if case .refused(let refusal) = verdict(new, after: adopted, before: before) { refusal.code } else { nil }
    }

    // MARK: Majority

    @Test func `version 1 is signed by all whom it names`() throws {
        #expect(verdict(try root(members(), signedBy: [0, 1, 2, 3]), after: nil) == .first)
        #expect(refusal(try root(members(), signedBy: [0, 1, 3]), after: nil) == "root_not_signed")
        #expect(refusal(try root(members(), signedBy: []), after: nil) == "root_not_signed")
    }

    /// Four members: two are half, three are more than half. Three: two are.
    @Test(arguments: [
        (4, 2, false), (4, 3, true), (4, 4, true), (3, 1, false), (3, 2, true), (1, 0, false), (1, 1, true),
    ])
    func `a successor is signed by more than half of the members before`(_ of: Int, _ signed: Int, _ isTaken: Bool)
        throws
    {
        let first = try root(members(of), signedBy: Array(0..<of))
        let next = try root(members(of), 2, after: first, signedBy: Array(0..<signed))
        #expect(
            verdict(next, after: first)
                == (isTaken
                    ? .successor
                    : .refused(.notSigned(by: Array(markets.prefix(signed).map(\.market)), needed: of / 2 + 1))))
    }

    @Test func `who joins has no say in it, and who is retired has none any more`() throws {
        let first = try root(members(3), signedBy: [0, 1, 2])
        // Zhejiang joins and signs: it is no member before.
        #expect(refusal(try root(members(4), 2, after: first, signedBy: [0, 3]), after: first) == "root_not_signed")
        var some = try members(4)
        some[0].isRetired = true
        some[0].signing = []
        let second = try root(some, 2, after: first, signedBy: [1, 2])
        #expect(verdict(second, after: first) == .successor)
        // Three decide now: anhui's signature counts for nothing.
        #expect(refusal(try root(some, 3, after: second, signedBy: [0, 1]), after: second) == "root_not_signed")
        #expect(verdict(try root(some, 3, after: second, signedBy: [1, 3]), after: second) == .successor)
    }

    @Test func `a member counts once, and only with a root key of the version before`() throws {
        let spare = try SigningKey.generate(.sm2SM3)
        var some = try members()
        some[0].rootKeys.append(try spare.verificationKey)
        let first = try root(some, signedBy: [0, 1, 2, 3])
        // Both keys of one member, and one of another: two of four.
        let twice = try root(some, 2, after: first, signedBy: [0, 1]).signed(by: spare, of: markets[0].market)
        #expect(twice.signers(among: first.fields).count == 2)
        #expect(refusal(twice, after: first) == "root_not_signed")
        // The recovery key alone is as good, of either suite.
        let recovered = try root(some, 2, after: first, signedBy: [1, 2]).signed(by: spare, of: markets[0].market)
        #expect(verdict(recovered, after: first) == .successor)
        // A key that the new version names is not one of the version before.
        let own = try SigningKey.generate(.ed25519SHA256)
        var seized = some
        seized[3].rootKeys = [try own.verificationKey]
        let byNew = try root(seized, 2, after: first, signedBy: [0, 1]).signed(by: own, of: markets[3].market)
        #expect(refusal(byNew, after: first) == "root_not_signed")
        // Nor is a market's signing key, nor one member's key in another's name.
        let online = try root(some, 2, after: first, signedBy: [0, 1]).signed(
            by: markets[2].signing[0], of: markets[2].market)
        #expect(refusal(online, after: first) == "root_not_signed")
        let named = try root(some, 2, after: first, signedBy: [0, 1]).signed(by: rootKeys[0], of: markets[2].market)
        #expect(refusal(named, after: first) == "root_not_signed")
    }

    // MARK: Never skipped, never lowered

    @Test func `versions follow each other by hash`() throws {
        let first = try root(members(), signedBy: [0, 1, 2, 3])
        let second = try root(members(3), 2, after: first, signedBy: [0, 1, 2])
        let third = try root(members(), 3, after: second, signedBy: [0, 1, 2])
        #expect(refusal(third, after: first) == "root_skipped")
        #expect(verdict(third, after: second) == .successor)
        #expect(refusal(first, after: second) == "root_lowered")
        #expect(verdict(second, after: second) == .unchanged)
        // Fewer or other signatures are the same root.
        #expect(verdict(try root(members(3), 2, after: first, signedBy: [3]), after: second) == .unchanged)
        let other = try root(members(3), signedBy: [0, 1, 2])
        #expect(
            refusal(try root(members(3), 2, after: other, signedBy: [0, 1, 2]), after: first) == "root_other_previous")
        #expect(
            RootSuccession.of(first, adopted: nil, federation: FederationName("other")!)
                == .refused(.otherFederation(TestMarket.federation)))
    }

    @Test func `two valid successors are an alarm, an invalid one is none`() throws {
        let first = try root(members(), signedBy: [0, 1, 2, 3])
        let adopted = try root(members(3), 2, after: first, signedBy: [0, 1, 2])
        let rival = try root(members(), 2, after: first, signedBy: [1, 2, 3])
        #expect(refusal(rival, after: adopted, before: first) == "root_rival")
        // A first one signed by most of the same members is a rival, one that strangers have founded is not.
        #expect(refusal(try root(members(3), signedBy: [0, 1, 2]), after: first) == "root_rival")
        var strangers = try members()
        strangers.removeFirst(2)
        #expect(refusal(try root(strangers, signedBy: [2, 3]), after: first) == "root_lowered")
        let weak = try root(members(), 2, after: first, signedBy: [1, 2])
        #expect(refusal(weak, after: adopted, before: first) == "root_lowered")
    }

    // MARK: Form

    private func edited(_ edit: (String) -> String) throws -> String? {
        let bytes = try root(members(), signedBy: [0, 1]).raw
        let changed = edit(String(decoding: bytes, as: UTF8.self))
        #expect(Array(changed.utf8) != bytes)
        do {
            _ = try TrustRoot.parse(Array(changed.utf8))
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `reading takes what writing makes, and nothing looser`() throws {
        let root = try root(members(), signedBy: [0, 1])
        #expect(try TrustRoot.parse(root.raw) == root)
        #expect(root.signers(among: root.fields) == [markets[0].market, markets[1].market])
        #expect(try edited { $0.replacing("version: 1\n", with: "version: 1\nversion: 1\n") } == "root_not_yaml")
        #expect(try edited { $0.replacing("version: 1\n", with: "version: 01\n") } == "root_wrong_value")
        #expect(try edited { $0.replacing("members:", with: "extra: 1\nmembers:") } == "root_unknown_key")
        #expect(try edited { $0.replacing("members:", with: "members: &a") } == "root_forbidden_character")
        #expect(try edited { $0.replacing("version: 1\n", with: "version: !!int 1\n") } == "root_forbidden_character")
        #expect(try edited { $0 + "more: 1\n" } == "root_signatures_not_last")
        #expect(try edited { $0.replacing("version: 1\n", with: "version: 2\n") } == "root_previous_missing")
        #expect(
            try edited { $0.replacing("market: anhui\n    root", with: "market: jiangsu\n    root") }
                == "root_wrong_order")
        #expect(try edited { $0.replacing("require: [1]", with: "require: [2]") } == "root_required_suite_without_key")
        #expect(
            try edited {
                $0.replacing("  - market: anhui\n    root", with: "  - market: anhui\n    retired: \"yes\"\n    root")
            } == "root_retired_with_open_span")
        #expect(
            try edited {
                $0.replacing("  - market: anhui\n    root", with: "  - market: anhui\n    retired: \"no\"\n    root")
            } == "root_wrong_value")
    }

    @Test func `the limit is 256 KiB, before anything is parsed`() throws {
        let bytes = try root(members(), signedBy: []).raw
        func padded(_ count: Int) -> [UInt8] {
            Array("#".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: count - bytes.count - 2) + [10] + bytes
        }
        #expect(throws: Never.self) { try TrustRoot.parse(padded(Limits.trustRootBytes - 1)) }
        #expect(throws: Never.self) { try TrustRoot.parse(padded(Limits.trustRootBytes)) }
        #expect(throws: TrustRootRefusal.form(.tooLarge(bytes: Limits.trustRootBytes + 1))) {
            try TrustRoot.parse(padded(Limits.trustRootBytes + 1))
        }
    }

    @Test func `one key for two markets, or for two uses, is refused`() throws {
        var some = try members()
        some[1].rootKeys = some[0].rootKeys
        #expect(throws: TrustRootRefusal.sharedKey(some[1].market)) { try root(some, signedBy: []) }
        some = try members()
        some[2].rootKeys = [some[2].signing[0].key]
        #expect(throws: TrustRootRefusal.sharedKey(some[2].market)) { try root(some, signedBy: []) }
    }

    // MARK: Membership

    @Test func `under a root only its members count, with its keys and what they continue`() throws {
        let (anhui, jiangsu, zhejiang) = (markets[0], markets[1], markets[3])
        let root = try root(members(3), signedBy: [0, 1, 2])
        let descriptors = try markets.map { try $0.descriptor() }
        let membership = Membership(federation: TestMarket.federation, trusted: descriptors, root: root)
        #expect(membership.verify(try anhui.entry()).fact != nil)
        // In `peers/`, but no member.
        #expect(membership.verify(try zhejiang.entry()) == .unknownMember(zhejiang.market))
        // A member counts without any descriptor of it, and one that is only heard of may continue it.
        #expect(
            Membership(federation: TestMarket.federation, trusted: [], root: root).verify(try jiangsu.entry()).fact
                != nil)
        // A descriptor with other keys in a member's name says nothing.
        let impostor = try TestMarket("jiangsu")
        let misled = Membership(
            federation: TestMarket.federation, trusted: [try impostor.descriptor()], root: root)
        #expect(misled.verify(try impostor.entry()).fact == nil)
        #expect(misled.verify(try jiangsu.entry()).fact != nil)
    }

    @Test func `closures are read as they are written, and only in order`() throws {
        var some = try members()
        some[0].close([markets[0].closure((3, 1), (3, 2), (7, 0))])
        some[1].close([markets[1].closure()])
        some[1].revoke([some[1].signing[0].key.keyID])
        let made = try root(some, signedBy: [0, 1])
        #expect(try TrustRoot.parse(made.raw).fields.closures == made.fields.closures)
        #expect(made.fields.closures.map(\.ends.count) == [3, 0])
        #expect(try TrustRoot.parse(made.raw).fields.members[1].revoked == some[1].revoked)
        func edited(_ edit: (String) -> String) -> String? {
            do {
                _ = try TrustRoot.parse(Array(edit(String(decoding: made.raw, as: UTF8.self)).utf8))
                return nil
            } catch {
                return error.code
            }
        }
        #expect(edited { $0.replacing("- seq: 7", with: "- seq: 2") } == "root_wrong_order")
        #expect(edited { $0.replacing("- seq: 7", with: "- seq: 0") } == "root_wrong_value")
        #expect(edited { $0.replacing("ends: []", with: "ends: [1]") } == "root_wrong_value")
        #expect(edited { $0.replacing("        ends: []\n", with: "") } == "root_missing_key")
        #expect(edited { $0.replacing("ends: []", with: "ends: []\n        more: 1") } == "root_unknown_key")
        let id = some[1].revoked[0].hex
        #expect(
            edited { $0.replacing("revoked: [\"\(id)\"]", with: "revoked: [\"\(id)\", \"\(id)\"]") }
                == "root_wrong_order")
        #expect(
            edited { $0.replacing("revoked: [\"\(id)\"]", with: "revoked: [\"\(id.dropLast())\"]") }
                == "root_wrong_value")
        #expect(edited { $0.replacing("revoked: [\"\(id)\"]", with: "revoked: []") } == "root_wrong_value")
        // A revoked key is one of its market's, and may sign nothing more in any incarnation.
        #expect(
            edited { $0.replacing("revoked: [\"\(id)", with: "revoked: [\"\(String(id.reversed()))") }
                == "root_revoked_with_open_span")
        #expect(
            edited {
                $0.replacing(
                    "    closures:\n      - incarnation: \"\(markets[1].incarnation.hex)\"\n        ends: []\n",
                    with: "")
            } == "root_revoked_with_open_span")
        // Said anew, not added.
        some[0].close([markets[0].closure((2, 1))])
        #expect(some[0].closures == [markets[0].closure((2, 1))])
    }

    @Test func `a retired member's entries stay authentic, and every incarnation of it is closed`() throws {
        let anhui = markets[0]
        var some = try members()
        some[0].isRetired = true
        #expect(throws: TrustRootRefusal.retiredWithOpenSpan(anhui.market)) { try root(some, signedBy: []) }
        some[0].close([anhui.closure((1, 1))])
        let closed = try self.root(some, signedBy: [])
        let membership = Membership(
            federation: TestMarket.federation, trusted: [try anhui.descriptor()], root: closed)
        #expect(membership.verify(try anhui.entry(1)).fact != nil)
        // Void, by the closure, and no lie of who delivers it.
        #expect(membership.verify(try anhui.entry(2)).fact != nil)
        // No descriptor of its goes on.
        let more = try anhui.descriptor(
            serial: 2, spans: [KeySpan(incarnation: ID16(Array(repeating: 9, count: 16))!, fromSequence: 1)])
        #expect(some[0].signingKeys(continuedBy: more) == some[0].signing)
    }

    @Test func `a revoked key makes nobody's descriptor`() throws {
        let (anhui, new) = (markets[0], try SigningKey.generate(.ed25519SHA256))
        let incarnation = ID16(Array(repeating: 9, count: 16))!
        var member = try members()[0]
        let thief = try anhui.descriptor(serial: 9)
        #expect(member.isSpoken(by: thief))
        #expect(!member.disowns(thief))
        member.close([anhui.closure((1, 1))])
        #expect(member.isSpoken(by: thief), "its incarnation is closed, the key is its market's")
        member.revoke([member.signing[0].key.keyID])
        member.signing.append(
            SpannedKey(key: try new.verificationKey, spans: [KeySpan(incarnation: incarnation, fromSequence: 1)]))
        #expect(!member.isSpoken(by: thief))
        #expect(member.disowns(thief))
        #expect(member.signingKeys(continuedBy: thief) == member.signing)
        var fields = try anhui.fields(serial: 2)
        fields.signing.append(member.signing[1])
        let own = try DescriptorDraft(fields: fields).signed(by: anhui.signing + [new], tls: [anhui.tls])
        #expect(member.isSpoken(by: own))
        // A stranger's is nobody's, and is no usurper's either.
        let stranger = try TestMarket("anhui").descriptor()
        #expect(!member.isSpoken(by: stranger))
        #expect(!member.disowns(stranger))
    }

    @Test func `the root hash follows the root and its members' descriptors`() throws {
        let descriptors = try markets.map { try $0.descriptor() }
        let root = try root(members(3), signedBy: [0, 1, 2])
        func hash(_ trusted: [Descriptor], _ introduced: [Descriptor] = [], root: TrustRoot?) -> Digest {
            Membership(federation: TestMarket.federation, trusted: trusted, introduced: introduced, root: root).rootHash
        }
        #expect(hash(descriptors, root: root) != hash(descriptors, root: nil))
        // Whom a node dials, and whom it only heard of, makes no difference; who is no member neither.
        #expect(hash(descriptors, root: root) == hash([descriptors[0]], Array(descriptors[1...2]), root: root))
        #expect(hash(Array(descriptors.prefix(3)), root: root) == hash(descriptors, root: root))
        #expect(hash([descriptors[0]], root: root) != hash(descriptors, root: root))
    }
}
