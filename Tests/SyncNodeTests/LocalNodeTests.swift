// A node's folder in one process: trust, the fence, and what happens when something is set back.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("A node's folder")
struct LocalNodeTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "yrd-node-" + UUID().uuidString

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func node(_ market: String, port: Int = 7_441) throws -> NodeDirectory {
            let directory = NodeDirectory(path: path + "/" + market)
            _ = try NodeInitialisation(
                market: Market(market)!, listen: ListenAddress("127.0.0.1:\(port)")!, federation: "yrd",
                endpoint: nil, catalogPath: nil
            ).run(in: directory)
            return directory
        }
    }

    private func descriptor(_ directory: NodeDirectory) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: directory.descriptor)))
    }

    @Test func `init leaves private keys readable by their owner only`() throws {
        let folder = Folder()
        let directory = try folder.node("shanghai")
        for file in [directory.signingKey, directory.tlsKey, directory.fence] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file)")
        }
    }

    @Test func `a daemon and commands that publish at one time lose nothing of each other's`() async throws {
        let folder = Folder()
        let directory = try folder.node("shanghai")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    let node = try LocalNode(directory: directory)
                    for count in 0..<8 {
                        let incarnation = ID16(Array(repeating: UInt8(part * 8 + count + 1), count: 16))!
                        try node.publish { fields in
                            let own = fields.signing[0]
                            let span = KeySpan(incarnation: incarnation, fromSequence: 1)
                            fields.signing[0] = SpannedKey(key: own.key, spans: own.spans + [span])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let own = try LocalNode(directory: directory).ownDescriptor()
        #expect(Set(own.signing[0].spans.map(\.incarnation)).count == 1 + 32)
        #expect(own.serial == 1 + 32)
        withExtendedLifetime(folder) {}
    }

    @Test func `init that fails leaves nothing behind`() throws {
        let folder = Folder()
        let directory = NodeDirectory(path: folder.path + "/x")
        #expect(throws: (any Error).self) {
            try NodeInitialisation(
                market: Market("shanghai")!, listen: ListenAddress("127.0.0.1:1")!, federation: "yrd",
                endpoint: nil, catalogPath: "/nonexistent"
            ).run(in: directory)
        }
        #expect(!FileManager.default.fileExists(atPath: directory.path))
    }

    @Test func `the fence only rises within an incarnation`() throws {
        let folder = Folder()
        let directory = try folder.node("shanghai")
        let incarnation = try IncarnationGenerator.make()
        let id = Digest(words: (1, 2, 3, 4))
        try Fence(incarnation: incarnation, sequence: 5, id: id).raise(directory.fence)
        try Fence(incarnation: incarnation, sequence: 4, id: .zero).raise(directory.fence)
        #expect(try Fence.read(directory.fence) == Fence(incarnation: incarnation, sequence: 5, id: id))
        try Fence(incarnation: incarnation, sequence: 6, id: id).raise(directory.fence)
        #expect(try Fence.read(directory.fence)?.sequence == 6)
        try "nonsense\n".write(toFile: directory.fence, atomically: true, encoding: .utf8)
        #expect(throws: NodeError.self) { try Fence.read(directory.fence) }
    }

    @Test func `a backup that is put back a second time is noticed too, though nothing was sealed since the first`()
        throws
    {
        let folder = Folder()
        let directory = try folder.node("shanghai")
        let node = try LocalNode(directory: directory)
        let first = try node.replica.ownOrigin()
        // The first recovery left a fence of a new incarnation, in which nothing was sealed; the file is the old one.
        try node.recover(because: "a test")
        let second = try node.replica.ownOrigin()
        try node.replica.beginIncarnation(first.incarnation, because: "the old file is back")
        #expect(try node.recoverIfRolledBack())
        #expect(try node.replica.ownOrigin() != first)
        #expect(try node.replica.ownOrigin() != second)
    }

    @Test func `a replica ahead of its fence is normal, one behind it goes on in a new incarnation`() throws {
        let folder = Folder()
        let directory = try folder.node("shanghai")
        let node = try LocalNode(directory: directory)
        let first = try node.replica.ownOrigin()
        #expect(try !node.recoverIfRolledBack())
        // The fence knows of an entry that this replica does not have.
        try Fence(incarnation: first.incarnation, sequence: 3, id: Digest(words: (9, 9, 9, 9))).raise(directory.fence)
        #expect(try node.recoverIfRolledBack())
        let second = try node.replica.ownOrigin()
        #expect(second.incarnation != first.incarnation)
        #expect(try node.trust().own.serial == 2)
        // Once is enough.
        #expect(try !node.recoverIfRolledBack())
        #expect(try node.replica.ownOrigin() == second)
        // A crash after the new incarnation's commit and before its fence was written: nothing to recover.
        try FileManager.default.removeItem(atPath: directory.fence)
        try Fence(incarnation: first.incarnation, sequence: 3, id: Digest(words: (9, 9, 9, 9))).raise(directory.fence)
        #expect(try !node.recoverIfRolledBack())
    }

    @Test func `trust follows the files in peers`() throws {
        let folder = Folder()
        let (shanghai, jiangsu) = (try folder.node("shanghai"), try folder.node("jiangsu", port: 7_442))
        let node = try LocalNode(directory: shanghai)
        _ = try node.trustKeeper.add(try descriptor(jiangsu), fingerprint: nil, isReplacing: false)
        #expect(try node.trust().trusted.map(\.market.name) == ["jiangsu"])
        try FileManager.default.removeItem(atPath: shanghai.peers + "/jiangsu.yaml")
        let trust = try node.trust()
        #expect(trust.trusted.isEmpty)
        #expect(trust.others.map(\.state) == [.distrusted])
        // Its entries still count: trust ends the connection, not the history.
        #expect(trust.membership.markets.map(\.name).sorted() == ["jiangsu", "shanghai"])
        _ = try node.trustKeeper.add(try descriptor(jiangsu), fingerprint: nil, isReplacing: false)
        #expect(try node.trust().trusted.count == 1)
    }

    @Test func `descriptors that travel are introduced, and a signed successor takes effect`() throws {
        let folder = Folder()
        let directories = [
            try folder.node("shanghai"), try folder.node("jiangsu", port: 7_442), try folder.node("anhui", port: 7_443),
        ]
        let nodes = try directories.map { try LocalNode(directory: $0) }
        _ = try nodes[0].trustKeeper.add(try descriptor(directories[1]), fingerprint: nil, isReplacing: false)
        _ = try nodes[1].trustKeeper.add(try descriptor(directories[2]), fingerprint: nil, isReplacing: false)
        let jiangsu = Market("jiangsu")!
        #expect(try nodes[0].trustKeeper.learn(TrustKeeper.documents(try nodes[1].trust()), from: jiangsu))
        #expect(try nodes[0].trust().others.map(\.descriptor.market.name) == ["anhui"])
        #expect(try nodes[0].trust().others.map(\.state) == [.introduced])
        // The same again is nothing new.
        #expect(try !nodes[0].trustKeeper.learn(TrustKeeper.documents(try nodes[1].trust()), from: jiangsu))

        try nodes[1].recover(because: "test")
        #expect(try nodes[0].trustKeeper.learn(TrustKeeper.documents(try nodes[1].trust()), from: jiangsu))
        #expect(try nodes[0].trust().descriptor(of: jiangsu)?.serial == 2)
    }

    /// A descriptor of serial 2 and above that names keys of its forger.
    private func forged(_ market: String, serials: ClosedRange<UInt64>) throws -> [[UInt8]] {
        let (signing, tls) = (try SigningKey.generate(.ed25519SHA256), try TLSKey.generate())
        return try serials.map { serial in
            let fields = DescriptorFields(
                federation: FederationName("yrd")!, market: Market(market)!, serial: serial, endpoint: nil,
                tls: [try TLSPublicKey(spki: tls.spki)],
                signing: [
                    SpannedKey(
                        key: try signing.verificationKey, spans: [KeySpan(incarnation: .zero, fromSequence: 1)])
                ],
                require: [signing.suite])
            return try DescriptorDraft(fields: fields).signed(by: [signing], tls: [tls]).raw
        }
    }

    @Test func `of many descriptors of one market that a peer shows, the newest alone is looked at`() throws {
        let folder = Folder()
        let (shanghai, anhui) = (try folder.node("shanghai"), try folder.node("anhui", port: 7_443))
        let node = try LocalNode(directory: shanghai)
        _ = try node.trustKeeper.add(try descriptor(anhui), fingerprint: nil, isReplacing: false)
        let shown = try forged("anhui", serials: 2...60).joined(separator: Array("---\n".utf8))
        #expect(try !node.trustKeeper.learn(Array(shown), from: Market("jiangsu")!))
        #expect(try node.trust().trusted.map(\.serial) == [1])
        let findings = try node.replica.findings().filter { $0.code == "descriptor_refused" }
        #expect(findings.count == 1 && findings[0].detail.contains("serial 60,"))
    }

    @Test func `no more descriptors are looked at than a node can know`() throws {
        let folder = Folder()
        let node = try LocalNode(directory: try folder.node("shanghai"))
        let market = try forged("jiangsu", serials: 3...3)
        // 64 members, as many introduced, and as many that do not stand any more of either.
        let blanks = Array(repeating: Array("a: 1\n".utf8), count: 4 * Limits.members)
        let mark = Array("---\n".utf8)
        let late = Array((blanks + market).joined(separator: mark))
        #expect(try !node.trustKeeper.learn(late, from: Market("anhui")!))
        let inTime = Array((blanks.dropLast() + market).joined(separator: mark))
        #expect(try node.trustKeeper.learn(inTime, from: Market("anhui")!))
    }
}
