// Keys that no entry can hand over: the second suite's, and those of other suites.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Keys of other suites")
struct SigningRenewalTests: TwoSuiteStory {
    let federation: DeskFederation

    init() throws { federation = try Self.stage() }

    // MARK: The second key

    @Test func `the second key is replaced, in a new incarnation, and the old one names no successor any more`() throws
    {
        try write("one", at: anhui)
        try anhui.seal()
        let (before, left) = (try anhui.signingKeyIDs(), try anhui.replica.ownHead())
        // Pending when the command comes: still the old keys'.
        try write("two", at: anhui)
        let renewal = try anhui.rotateSecondKey()
        #expect(renewal.old == before)
        #expect(renewal.new.header == before.header && renewal.new.second != before.second)
        try write("three", at: anhui)
        try expectLevel()
        #expect(try anhui.replica.ownOrigin() == renewal.origin)
        #expect(try entries(of: left.origin).map(signers) == [Set(before.all), Set(before.all)])
        #expect(try entries().map(signers) == [Set(renewal.new.all)])
        let own = try anhui.ownDescriptor()
        let old = try #require(own.signing.first { $0.key.keyID == before.second })
        #expect(!old.isCurrent)
        #expect(old.spans.map(\.toSequence) == [left.sequence + 1])
        // Nor is the first one asked alone, behind that end, for what wanted both.
        let first = try #require(own.signing.first { $0.key.keyID == before.header })
        #expect(first.spans.map(\.toSequence) == [left.sequence + 1, nil])
        let header = try LocalNode.signer(
            SigningKeys(header: anhui.keyRing.first(), second: nil), anhui.federation, anhui.keyRing
        ).forge(left.origin, sequence: left.sequence + 2)
        let membership = try jiangsu.trust().membership
        if case .verified = membership.verifyHeaderWithoutChain(header.header, header.signatures) {
            Issue.record("evidence, by one key of two")
        }
        if case .verified = membership.verify(header) { Issue.record("an entry, by one key of two") }
        let states = try anhui.keys().filter { $0.kind == .signing }.map { ($0.suite, $0.state) }
        #expect(states.map(\.0) == [.ed25519SHA256, .sm2SM3, .sm2SM3])
        #expect(states.map(\.1) == [.current, .retired, .current])
        #expect(try anhui.keyRing.second()?.keyID == renewal.new.second)
        #expect(try anhui.keyRing.key(#require(before.second)).keyID == before.second, "it signs our descriptors on")
    }

    @Test func `a process that began before signs with the new second key, and the first one rotates on`() throws {
        let daemon = try LocalNode(directory: anhui.directory)
        try write("one", at: anhui)
        try daemon.seal()
        let renewal = try anhui.rotateSecondKey()
        try write("two", at: anhui)
        #expect(try daemon.seal().changeSets == 1)
        try federation.exchangeAll()
        #expect(try signers(of: entries().last) == Set(renewal.new.all))
        let rotation = try daemon.rotateSigningKey()
        try write("three", at: anhui)
        try expectLevel()
        #expect(rotation.origin == renewal.origin)
        #expect(try signers(of: entries().last) == Set(anhui.signingKeyIDs().all))
        #expect(try anhui.signingKeyIDs().second == renewal.new.second)
        #expect(try anhui.signingKeyIDs().header != renewal.new.header)
    }

    @Test func `an exchange of keys may end at any step, and goes on`() throws {
        let directory = anhui.directory
        let standing = try anhui.keyRing.filed()
        // After the new key's file: nobody has seen it, and the next one takes it.
        let next = try anhui.nextSigningKey(.sm2SM3)
        let second = try LocalNode(directory: directory)
        #expect(try second.signingKeyIDs() == standing.ids)
        #expect(try second.keyRing.filed().ids == standing.ids)
        // After the descriptor: the incarnation that it names was never begun, and its suites ask for nothing.
        try second.publish { fields in
            let span = KeySpan(incarnation: strange, fromSequence: 1)
            fields.signing.append(SpannedKey(key: try next.verificationKey, spans: [span]))
        }
        let other = try LocalNode(directory: directory)
        #expect(try other.signingKeyIDs() == standing.ids)
        // What our descriptor names already, a thief may have seen: another one takes its place.
        let fresh = try other.nextSigningKey(.sm2SM3)
        #expect(fresh.keyID != next.keyID)
        #expect(try other.nextSigningKey(.sm2SM3).keyID == fresh.keyID)
        #expect(try other.keyRing.key(next.keyID).keyID == next.keyID, "every key that it names signs it")
        // After the incarnation has begun: the next process puts the files into their places.
        let keys = SigningKeys(header: standing.header, second: fresh)
        try second.begin(under: keys, because: "a test")
        // A process that finds the replica set back meanwhile goes on under the keys that are being put there.
        try second.recover(because: "a test")
        #expect(try second.signingKeyIDs() == keys.ids)
        let third = try LocalNode(directory: directory)
        #expect(try third.keyRing.filed().ids == keys.ids)
        #expect(try third.keyRing.next().isEmpty)
        #expect(try third.keyRing.key(#require(standing.second).keyID).keyID == standing.second?.keyID)
        try write("one", at: anhui)
        try expectLevel()
        #expect(try signers(of: entries().last) == Set(keys.ids.all))
    }

    @Test(arguments: [SigningSuites.both, .sm2])
    func `a change of suites that ends behind its descriptor locks nobody out`(_ suites: SigningSuites) throws {
        // As `changeSuites` does up to there.
        let made = try suites.suites.map(shanghai.nextSigningKey)
        try shanghai.publish { fields in
            for key in made {
                let span = KeySpan(incarnation: strange, fromSequence: 1)
                fields.signing.append(SpannedKey(key: try key.verificationKey, spans: [span]))
            }
            fields.require = suites.suites
        }
        let again = try LocalNode(directory: shanghai.directory)
        try write("one", at: shanghai)
        #expect(try again.seal().changeSets == 1)
        try expectLevel()
        let renewal = try again.changeSuites(to: suites)
        #expect(Set(renewal.new.all).isDisjoint(with: made.map(\.keyID)))
        try write("two", at: shanghai)
        try expectLevel()
        #expect(try federation.value("anhui", "SELECT website FROM agency") == "https://new-two.example")
    }

    @Test func `where the incarnation before ends is said, also after a crash in between`() throws {
        try write("one", at: anhui)
        try anhui.seal()
        let (old, left) = (try anhui.keyRing.filed(), try anhui.replica.ownHead())
        let next = try anhui.nextSigningKey(.sm2SM3)
        try anhui.begin(under: SigningKeys(header: old.header, second: next), because: nil)
        _ = try LocalNode(directory: anhui.directory)
        for key in old.all {
            let entry = try #require(try anhui.ownDescriptor().signing.first { $0.key.keyID == key.keyID })
            #expect(entry.spans.first?.toSequence == left.sequence)
        }
        #expect(try anhui.replica.findings().isEmpty, "what an operator wanted is nothing to look at")
        try expectLevel()
    }

    @Test func `who may only read does not begin anything, and what is pending stays`() throws {
        let keys = try RootKeys(federation)
        try keys.adoptFirst()
        try adopt(try RootDesk(jiangsu).propose(retiring: [anhui.market]), signedBy: jiangsu, shanghai, keys)
        try write("pending", at: anhui)
        let own = try anhui.replica.ownOrigin()
        #expect(code { _ = try anhui.rotateSecondKey() } == "incarnation_closed")
        #expect(code { _ = try anhui.changeSuites(to: .sm2) } != nil)
        #expect(try anhui.replica.ownOrigin() == own)
        #expect(try anhui.replica.hasPending())
        #expect(try federation.value("anhui", "SELECT website FROM agency") == "https://new-pending.example")
    }

    @Test func `near its limit a descriptor takes no more keys, but a revocation and a recovery still do`() throws {
        let keys = try RootKeys(federation)
        try keys.adoptFirst()
        var count = 0
        while code({ try anhui.checkRoomForKeys() }) == nil {
            _ = try anhui.rotateSecondKey()
            count += 1
        }
        #expect(count > 8)
        let own = try anhui.replica.ownOrigin()
        #expect(code { _ = try anhui.rotateSecondKey() } == "descriptor_full")
        #expect(code { _ = try anhui.rotateSigningKey() } == "descriptor_full")
        #expect(try anhui.replica.ownOrigin() == own, "nothing was done")
        _ = try anhui.revokeSigningKey(nil)
        try anhui.recover(because: "a test")
        _ = try LocalNode(directory: anhui.directory)
    }

    @Test func `a market with one suite has no second key to replace, and nothing happens`() throws {
        let own = try shanghai.replica.ownOrigin()
        #expect(code { _ = try shanghai.rotateSecondKey() } == "no_second_key")
        #expect(code { _ = try shanghai.changeSuites(to: .ed25519) } == "suites_unchanged")
        #expect(code { _ = try anhui.changeSuites(to: .both) } == "suites_unchanged")
        #expect(try shanghai.replica.ownOrigin() == own)
        #expect(try shanghai.ownDescriptor().serial == 1)
    }

    // MARK: Suites

    @Test func `a market goes over to both, to SM2 and back, and what it has signed stays its own`() throws {
        var known = try Set(anhui.signingKeyIDs().all)
        for (number, suites) in [SigningSuites.sm2, .both, .ed25519, .sm2, .ed25519, .both].enumerated() {
            try write("before\(number)", at: anhui)
            let renewal = try anhui.changeSuites(to: suites)
            #expect(known.isDisjoint(with: renewal.new.all), "every key is a new one")
            known.formUnion(renewal.new.all)
            try write("after\(number)", at: anhui)
            try expectLevel()
            let last = try #require(try entries().last)
            #expect(last.signatures.map(\.suite) == suites.suites)
            #expect(last.header.suite == suites.suites[0])
            #expect(signers(of: last) == Set(renewal.new.all))
            #expect(try anhui.ownDescriptor().require == suites.suites)
            // Started anew it signs on, and its files are where they belong.
            #expect(try LocalNode(directory: anhui.directory).keyRing.filed().ids == renewal.new)
            #expect(FileManager.default.fileExists(atPath: anhui.directory.secondSigningKey) == (suites == .both))
        }
        #expect(try federation.value("shanghai", "SELECT website FROM agency") == "https://new-after5.example")
    }

    @Test func `a suite that the trust root requires is given up by the federation's word only`() throws {
        let keys = try RootKeys(federation)
        try keys.adoptFirst()
        #expect(code { _ = try anhui.changeSuites(to: .ed25519) } == "suite_required")
        #expect(code { _ = try shanghai.changeSuites(to: .sm2) } == "suite_required")
        // Shanghai takes SM2 on beside its own, and the next root requires it.
        _ = try shanghai.changeSuites(to: .both)
        try expectLevel()
        try adopt(try RootDesk(jiangsu).propose(), signedBy: jiangsu, anhui, keys)
        #expect(try shanghai.trust().root?.fields.member(shanghai.market)?.require == [.ed25519SHA256, .sm2SM3])
        // What is required is not forgotten by a proposal about something else, whatever a descriptor says.
        try anhui.publish { $0.require = [.ed25519SHA256] }
        try federation.exchangeAll()
        #expect(try jiangsu.trust().descriptor(of: anhui.market)?.require == [.ed25519SHA256])
        #expect(
            try RootDesk(jiangsu).propose(requiring: [shanghai.market: [.sm2SM3]]).fields.member(anhui.market)?.require
                == [.ed25519SHA256, .sm2SM3])
        try adopt(
            try RootDesk(jiangsu).propose(requiring: [shanghai.market: [.sm2SM3]]), signedBy: jiangsu, anhui, keys)
        _ = try shanghai.changeSuites(to: .sm2)
        try write("sm2", at: shanghai)
        try expectLevel()
        #expect(try federation.value("anhui", "SELECT website FROM agency") == "https://new-sm2.example")
        #expect(
            code { _ = try RootDesk(jiangsu).propose(requiring: [Market("zhejiang")!: [.sm2SM3]]) } == "not_a_member")
        #expect(
            code { _ = try RootDesk(anhui).propose(requiring: [jiangsu.market: [.sm2SM3]]) }
                == "suite_without_key")
    }
}
