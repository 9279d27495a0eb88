// A market's signing key changes by its own log: nobody has to be told first, and nobody can be told wrong.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Signing key rotation")
struct SigningRotationTests {
    private let federation: DeskFederation
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu")
    }

    private func insert(_ number: Int) throws {
        try federation.sql(
            "shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(number)', '\(number)')")
    }

    private func entries(of node: LocalNode) throws -> [Entry] {
        var cursor = try node.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        return try node.replica.nextBatch(&cursor).entries
    }

    @Test func `what follows a rotation is taken before any descriptor tells of it`() throws {
        try insert(1)
        let rotation = try shanghai.rotateSigningKey()
        try insert(2)
        try federation.settle()
        #expect(rotation.sequence == 2)
        #expect(try jiangsu.trust().descriptor(of: shanghai.market)?.serial == 1)
        #expect(try jiangsu.replica.frontier() == shanghai.replica.frontier())
        let keys = try entries(of: jiangsu).map(\.header.keyID)
        #expect(keys == [rotation.oldKeyID, rotation.oldKeyID, try shanghai.keyRing.first().keyID])
        #expect(keys[1] != keys[2])
        for node in federation.nodes {
            #expect(try node.replica.verify(isDeep: true, fault: try LogDesk(node).judge(), progress: { _ in }).isEmpty)
        }
        // The receipt is the new key's.
        #expect(try jiangsu.take(receipt: shanghai.receipt(), from: shanghai.market) != nil)
    }

    @Test func `the descriptor closes the old span at the rotation and opens the new one behind it`() throws {
        try insert(1)
        let rotation = try shanghai.rotateSigningKey()
        let own = try shanghai.trust().own
        #expect(own.serial == 2)
        #expect(own.signing.map(\.isCurrent) == [false, true])
        #expect(own.signing[0].spans.map(\.toID) == [rotation.id])
        #expect(own.signing[1].spans.map(\.fromSequence) == [3])
        #expect(try jiangsu.trustKeeper.learn(own.raw, from: shanghai.market))
        try insert(2)
        try federation.settle()
        #expect(try jiangsu.replica.frontier() == shanghai.replica.frontier())
    }

    @Test func `the old key signs nothing after its rotation`() throws {
        let old = try shanghai.keyRing.first()
        try insert(1)
        let rotation = try shanghai.rotateSigningKey()
        try federation.settle()
        let forged = try shanghai.forge(rotation.origin, sequence: 3, previous: rotation.id)
        #expect(forged.header.keyID == old.keyID)
        #expect(try jiangsu.apply(Batch(entries: [forged]), from: nil).refused.map(\.code) == ["key_not_valid_here"])
        // It is no sign to its own market that it was set back, either.
        let own = try shanghai.replica.ownOrigin()
        #expect(try shanghai.apply(Batch(entries: [forged]), from: nil).refused.map(\.code) == ["key_not_valid_here"])
        #expect(try shanghai.replica.ownOrigin() == own)
        // Nor a statement of what came after.
        try insert(2)
        try federation.settle()
        let next = try shanghai.replica.nextStatement(over: shanghai.signingKeyIDs())
        let statement = try FrontierStatement(
            receiptOf: next.frontier, federation: shanghai.federation.id, origin: rotation.origin,
            trustRootVersion: 0, counter: next.counter, timeMilliseconds: 1
        ).signed(by: [old])
        #expect(try jiangsu.take(receipt: statement, from: shanghai.market) == nil)
    }

    @Test func `a process that began before the rotation signs with the new key, and a second rotation follows`() throws
    {
        let daemon = try LocalNode(directory: shanghai.directory)
        try daemon.seal()
        try insert(1)
        _ = try shanghai.rotateSigningKey()
        try insert(2)
        #expect(try daemon.seal().changeSets == 1)
        let second = try daemon.rotateSigningKey()
        try insert(3)
        try shanghai.seal()
        try federation.settle()
        #expect(try entries(of: jiangsu).count == 5)
        #expect(Set(try entries(of: jiangsu).map(\.header.keyID)).count == 3)
        #expect(try shanghai.trust().own.signing.count == 3)
        #expect(try shanghai.keys().filter { $0.kind == .signing }.map(\.state) == [.retired, .retired, .current])
        #expect(second.sequence == 4)
    }

    /// Note 7 that names a key whose owner did not sign for it, or signed for another place.
    @Test func `a next key without its own proof for that very place makes the entry faulty, and takes nothing over`()
        throws
    {
        let origin = try shanghai.replica.ownOrigin()
        let federationID = shanghai.federation.id
        let stranger = try SigningKey.generate(.ed25519SHA256)
        let otherSuite = try SigningKey.generate(.sm2SM3)
        func note(_ key: SigningKey, first: UInt64, isBroken: Bool = false) throws -> Note {
            let next = try KeyProof.nextKey(key, federation: federationID, origin: origin, firstSequence: first)
            var proof = next.proof
            if isBroken { proof[0] ^= 1 }
            var note = Note()
            note.nextKey = NextKey(suite: next.suite, spki: next.spki, proof: proof).encoded
            return note
        }
        // Each stands at the sequence number of its place here, and would hand over at the one after it.
        let wrong: [[Note]] = [
            [try note(stranger, first: 1)],
            [try note(stranger, first: 4)],
            [try note(stranger, first: 4, isBroken: true)],
            [try note(stranger, first: 5), try note(stranger, first: 5)],
            [try note(otherSuite, first: 6)],
        ]
        var previous = Digest.zero
        for (index, notes) in wrong.enumerated() {
            let entry = try shanghai.forge(
                origin, sequence: UInt64(index) + 1, previous: previous, notes: notes)
            #expect(
                try jiangsu.apply(Batch(entries: [entry]), from: nil).refused.map(\.code) == ["next_key_refused"],
                "\(index)")
            previous = entry.header.entryID(OpenSSLHashing.hashing)
        }
        #expect(try jiangsu.replica.rotations().isEmpty)
        // A good one in the same place is taken.
        let good = try shanghai.forge(
            origin, sequence: 6, previous: previous, notes: [try note(stranger, first: 7)])
        #expect(try jiangsu.apply(Batch(entries: [good]), from: nil).refused.isEmpty)
        #expect(try jiangsu.replica.rotations().map(\.sequence) == [6])
    }

    @Test func `a rotation that was interrupted before its descriptor goes on at the next start`() throws {
        let directory = shanghai.directory
        let old = try shanghai.keyRing.first()
        try insert(1)
        // The entry is sealed, and then the process ends: as `rotateSigningKey` does up to there.
        let next = try SigningKey.generate(.ed25519SHA256)
        try PrivateKeyFile.write(try next.pem(), to: directory.nextSigningKey(.ed25519SHA256))
        let federationID = shanghai.federation.id
        _ = try shanghai.replica.rotateSigningKey(shanghai.signer) { origin, first in
            try KeyProof.nextKey(next, federation: federationID, origin: origin, firstSequence: first)
        }
        #expect(try shanghai.trust().own.serial == 1)
        let again = try LocalNode(directory: directory)
        #expect(try again.trust().own.serial == 2)
        #expect(try again.keyRing.first().keyID == next.keyID)
        #expect(try again.keyRing.key(old.keyID).keyID == old.keyID)
        #expect(!FileManager.default.fileExists(atPath: directory.nextSigningKey(.ed25519SHA256)))
        // One whose entry was never sealed changes nothing.
        try PrivateKeyFile.write(
            try SigningKey.generate(.ed25519SHA256).pem(), to: directory.nextSigningKey(.ed25519SHA256))
        let third = try LocalNode(directory: directory)
        #expect(try third.trust().own.serial == 2)
        #expect(try third.keyRing.first().keyID == next.keyID)
    }

    @Test func `a replica that was set back beyond a rotation goes on with the new key`() throws {
        try insert(1)
        try shanghai.seal()
        let (path, old) = (shanghai.directory.replica, federation.folder + "/old.sqlite")
        try federation.sql("shanghai", "VACUUM INTO '\(old)'")
        _ = try shanghai.rotateSigningKey()
        try insert(2)
        try federation.settle()
        let directory = shanghai.directory
        try shanghai.replica.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try FileManager.default.copyItem(atPath: old, toPath: path)
        let back = try LocalNode(directory: directory)
        try federation.sql(
            "shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000003', '3')")
        try back.seal()
        #expect(back.recoveredBecause != nil)
        #expect(try jiangsu.trustKeeper.learn(try back.trust().own.raw, from: back.market))
        // Its lost entries come back, and its new ones go out.
        _ = try back.apply(Batch(entries: try entries(of: jiangsu)), from: jiangsu.market)
        _ = try jiangsu.apply(Batch(entries: try entries(of: back)), from: back.market)
        #expect(try back.replica.frontier() == jiangsu.replica.frontier())
        #expect(try back.replica.position().digest == jiangsu.replica.position().digest)
    }
}
