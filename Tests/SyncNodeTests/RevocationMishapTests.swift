// What may go wrong in revoking a stolen key: a crash, a restore, a second machine, a key revoked twice or too late.

import ForeignPrograms
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Mishaps of a revocation")
struct RevocationMishapTests: StolenKeyStory {
    let stage: StolenKeyStage

    init() throws { stage = try StolenKeyStage() }

    @Test func `a revocation that is said twice is the same one`() throws {
        let stolen = try shanghai.keyRing.first().keyID
        _ = try shanghai.revokeSigningKey(nil)
        // The file was lost, or another root was adopted meanwhile: the operator runs it again.
        let again = try shanghai.revokeSigningKey(nil)
        #expect(again.revokedKeyIDs == [stolen])
        #expect(again.proposal.fields.member(shanghai.market)?.revoked.contains(stolen) == true)
        #expect(again.proposal.fields.closures.contains { $0.origin == origin })
    }

    @Test func `a key that was about to take over when the machine was copied does not`() throws {
        // An exchange of keys was interrupted; then a thief copied `keys/`.
        let (left, strange) = (try shanghai.nextSigningKey(.ed25519SHA256), ID16(Array(repeating: 6, count: 16))!)
        let named = try left.verificationKey
        try shanghai.publish { fields in
            let span = KeySpan(incarnation: strange, fromSequence: 1)
            fields.signing.append(SpannedKey(key: named, spans: [span]))
        }
        let revocation = try shanghai.revokeSigningKey(nil)
        #expect(revocation.keyIDs.header != left.keyID, "it goes on with a key that the thief has")
        let member = try #require(revocation.proposal.fields.member(shanghai.market))
        #expect(member.revoked.contains(left.keyID))
        #expect(member.closures.contains { $0.origin.incarnation == strange && $0.ends.isEmpty })
        #expect(revocation.revokedKeyIDs.contains(left.keyID), "what was done is said")
        // Nothing names these, and no revocation need; but neither takes over later.
        let other = try shanghai.nextSigningKey(.ed25519SHA256)
        let otherSuite = try shanghai.nextSigningKey(.sm2SM3)
        let again = try shanghai.revokeSigningKey(revocation.keyIDs.header.hex)
        #expect(again.keyIDs.header != other.keyID)
        #expect(try shanghai.keyRing.next().isEmpty)
        #expect(try shanghai.changeSuites(to: .both).new.second != otherSuite.keyID)
        #expect(again.proposal.fields.member(shanghai.market)?.revoked.contains(other.keyID) == false)
    }

    @Test func `a crash inside a revocation, then a rotation: every key has its span`() throws {
        // `keys revoke` ends after its descriptor was published; the operator then rotates, and later revokes.
        let next = try shanghai.nextSigningKey(.ed25519SHA256)
        let named = try next.verificationKey
        try shanghai.publish { fields in
            fields.signing.append(
                SpannedKey(
                    key: named, spans: [KeySpan(incarnation: ID16(Array(repeating: 6, count: 16))!, fromSequence: 1)]))
        }
        let again = try LocalNode(directory: shanghai.directory)
        let rotation = try again.rotateSigningKey()
        // One that was named before is not taken: whoever copied `keys/` meanwhile has it.
        #expect(rotation.spki != named.spki)
        let spans = try again.ownDescriptor().signing.first { $0.key.spki == rotation.spki }!.spans
        #expect(
            spans.contains { $0.incarnation == origin.incarnation },
            "the descriptor never says that the new key signs here")
        try write("ours", at: again)
        try again.seal()
        let revocation = try again.revokeSigningKey(nil)
        #expect(!revocation.revokedKeyIDs.contains(revocation.keyIDs.header), "it goes on with the key that it revokes")
        #expect(revocation.closures.contains { $0.origin == origin })
    }

    @Test func `after a restore, what this machine has lost and got back is not guessed about`() throws {
        // The clone is a machine put back from a backup, after which two honest edits were accepted everywhere.
        try write("accepted", at: shanghai)
        try exchangeAll()
        #expect(try website(at: zhejiang) == "https://accepted.example")
        let restored = thief
        for _ in 0..<2 { try DeskFederation.exchange(restored, jiangsu) }
        #expect(try website(at: restored) == "https://accepted.example")
        #expect(code { _ = try restored.revokeSigningKey(nil) } == "not_sealed_here")
        let revocation = try restored.revokeSigningKey(nil, at: ["\(origin):2"])
        let root = try keys.sign(revocation.proposal, by: jiangsu, zhejiang)
        try adopt(root, at: restored, jiangsu, zhejiang)
        #expect(try website(at: zhejiang) == "https://accepted.example", "an accepted honest edit is lost")
        #expect(try void(at: zhejiang) == 0)
    }

    @Test func `of an incarnation in which this machine sealed nothing, a thief's entries do not count by default`()
        throws
    {
        try shanghai.recover(because: "any reason")
        let empty = try shanghai.replica.ownOrigin()
        try federation.sql("shanghai", "PRAGMA wal_checkpoint(TRUNCATE)")
        _ = try Command.run(["cp", "-r", shanghai.directory.path, federation.folder + "/thief2"])
        let thief2 = try LocalNode(directory: NodeDirectory(path: federation.folder + "/thief2"))
        try DeskFederation.exchange(shanghai, jiangsu)
        try write("stolen", at: thief2)
        try thief2.seal()
        #expect(try thief2.replica.ownOrigin() == empty)
        var cursor = try thief2.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        _ = try jiangsu.apply(try thief2.replica.nextBatch(&cursor), from: zhejiang.market)
        #expect(try website(at: jiangsu) == "https://stolen.example")
        try exchangeAll()
        #expect(code { _ = try shanghai.revokeSigningKey(nil) } == "not_sealed_here")
        #expect(
            code { _ = try shanghai.revokeSigningKey(nil, nothing: [jiangsu.replica.ownOrigin()]) } == "other_origin")
        let revocation = try shanghai.revokeSigningKey(nil, nothing: [empty])
        let ends = revocation.closures.first { $0.origin == empty }?.ends.map(\.sequence)
        #expect(ends == [], "what the thief signed there counts")
        let root = try keys.sign(revocation.proposal, by: jiangsu, zhejiang)
        try adopt(root, at: shanghai, jiangsu, zhejiang)
        try exchangeAll()
        #expect(try website(at: zhejiang) == "https://one.example")
    }

    @Test func `a key that was rotated first and revoked later leaves the thief's entries behind`() throws {
        // The thief goes on after our last entry; we meet it, and begin another incarnation.
        let stolen = try shanghai.keyRing.first().keyID
        try steal("stolen", for: jiangsu)
        try exchangeAll()
        #expect(try shanghai.replica.ownOrigin() != origin)
        _ = try shanghai.rotateSigningKey()
        try federation.sql("shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', 'other')")
        try shanghai.seal()
        #expect(
            try shanghai.replica.ownEnd(of: origin)
                == .entry(
                    shanghai.replica.entry(
                        at: Dot(origin: origin, sequence: 1)
                    ).map { EntryPlace(sequence: 1, id: $0.id) }!))
        #expect(code { _ = try shanghai.revokeSigningKey(stolen.hex) } == "not_sealed_here")
        let revocation = try shanghai.revokeSigningKey(stolen.hex, at: ["\(origin):1"])
        let ends = revocation.closures.first { $0.origin == origin }?.ends.map(\.sequence)
        #expect(ends == [1], "what the thief signed counts")
        let root = try keys.sign(revocation.proposal, by: jiangsu, zhejiang)
        try adopt(root, at: shanghai, jiangsu, zhejiang)
        try exchangeAll()
        #expect(try website(at: zhejiang) == "https://one.example")
    }

    @Test func `a market that has lost every key that the root knows comes back by its own proposal`() throws {
        // Revoked, and then the machine is lost: its backup of before has the old key only.
        let backup = thief
        let revocation = try shanghai.revokeSigningKey(nil)
        let root = try keys.sign(revocation.proposal, by: jiangsu, zhejiang)
        try adopt(root, at: jiangsu, zhejiang)
        for _ in 0..<2 {
            try backup.learn(TrustKeeper.documents(try jiangsu.trust()), from: jiangsu.market)
        }
        let again = try backup.revokeSigningKey(nil)
        let member = try #require(again.proposal.fields.member(backup.market))
        #expect(member.signing.contains { $0.key.keyID == again.keyIDs.header }, "the new key is in no root, ever")
        let next = try keys.sign(again.proposal, by: jiangsu, zhejiang)
        try adopt(next, at: backup, jiangsu, zhejiang)
        let own = try backup.ownDescriptor()
        for node in [jiangsu, zhejiang] {
            _ = try node.trustKeeper.add(own.raw, fingerprint: own.fingerprint, isReplacing: true)
        }
        try write("back again", at: backup)
        for _ in 0..<2 { try DeskFederation.exchange(backup, jiangsu) }
        #expect(try website(at: jiangsu) == "https://back again.example")
    }

    @Test func `a second machine of the market goes on under no revoked key, and keeps what it wrote`() throws {
        // Shanghai's second machine, honest, which has an incarnation of its own.
        let machine = thief
        try machine.recover(because: "a clone")
        for _ in 0..<2 {
            try DeskFederation.exchange(machine, jiangsu)
            try DeskFederation.exchange(shanghai, jiangsu)
        }
        try revokeEverywhere()
        try DeskFederation.exchange(machine, jiangsu)
        #expect(try machine.trust().rootVersion == 2)
        try write("pending", at: machine)
        for _ in 0..<2 { try DeskFederation.exchange(machine, jiangsu) }
        // Nothing is sealed with the revoked key, and nothing is lost: it is told, and waits.
        #expect(try machine.replica.hasPending())
        #expect(try website(at: machine) == "https://pending.example")
        #expect(try machine.replica.findings().map(\.code).contains("key_revoked"))
        #expect(try jiangsu.replica.summary().waiting.isEmpty)
        #expect(code { _ = try machine.rotateSigningKey() } == "incarnation_closed")
    }

    @Test func `a second machine that has rotated to a key of its own adopts the root, and begins no incarnations`()
        throws
    {
        let machine = thief
        try machine.recover(because: "a clone")
        _ = try machine.rotateSigningKey()
        try write("theirs", at: machine)
        for _ in 0..<2 { try DeskFederation.exchange(machine, jiangsu) }
        #expect(try website(at: jiangsu) == "https://theirs.example")
        try revokeEverywhere()
        let before = try machine.replica.ownOrigin()
        for _ in 0..<3 { try DeskFederation.exchange(machine, jiangsu) }
        #expect(try machine.trust().rootVersion == 2)
        #expect(try machine.replica.ownOrigin() == before)
        #expect(try website(at: jiangsu) == "https://one.example", "no present key has introduced it")
        #expect(try machine.replica.frontier() == jiangsu.replica.frontier())
    }

    @Test func `a retired market with something pending is told so, and nothing is lost`() throws {
        try write("pending", at: jiangsu)
        let before = try keys.sign(RootDesk(shanghai).propose(retiring: [jiangsu.market]), by: shanghai, zhejiang)
        try adopt(before, at: shanghai, jiangsu)
        try write("later", at: shanghai)
        try shanghai.seal()
        var cursor = try shanghai.replica.sendCursor(
            for: PullRequest(frontier: try jiangsu.replica.frontier(), held: []))
        let batch = try shanghai.replica.nextBatch(&cursor)
        #expect(try jiangsu.apply(batch, from: shanghai.market).applied == 1)
        #expect(try website(at: jiangsu) == "https://later.example")
        let kept = try jiangsu.replica.findings().filter { $0.code == "unsealable_write_set_aside" }
        #expect(kept.count == 1 && kept[0].detail.contains(Array("https://pending.example".utf8).hex.uppercased()))
    }
}
