// A trust root is proposed, signed once a version, and adopted on nobody's word but the members'.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Trust root of a node")
struct RootDeskTests {
    private let federation: DeskFederation
    private let rootKeys: RootKeys
    private var keys: [Market: String] { rootKeys.files }
    private var named: [RootPublicKey] { rootKeys.named }
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        rootKeys = try RootKeys(federation)
    }

    private func sign(_ root: TrustRoot, by nodes: LocalNode...) throws -> TrustRoot {
        try nodes.reduce(root) { try rootKeys.sign($0, by: $1) }
    }

    private func adoptFirst() throws -> TrustRoot { try rootKeys.adoptFirst() }

    @Test func `the root key stays outside the node, is never overwritten, and is nobody else's to read`() throws {
        #expect(
            code { _ = try RootDesk(shanghai).makeKey(shanghai.directory.keys + "/root.pem", .ed25519SHA256) }
                == "root_key_inside")
        #expect(code { _ = try RootDesk(shanghai).makeKey(keys[shanghai.market]!, .ed25519SHA256) } == "file_exists")
        let mode = try FileManager.default.attributesOfItem(atPath: keys[shanghai.market]!)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let text = try String(contentsOfFile: keys[shanghai.market]! + ".pub", encoding: .utf8)
        #expect(RootPublicKey(text) == named[0])
    }

    @Test func `entries name the adopted version, and never an older one`() throws {
        try federation.makeAgency()
        #expect(code { _ = try RootDesk(shanghai).propose(rootKeys: [named[0]]) } == "root_key_needed")
        _ = try adoptFirst()
        try federation.sql("shanghai", "UPDATE agency SET website = 'https://two.example'")
        // This process began before the root was adopted, by another one.
        let other = try LocalNode(directory: shanghai.directory)
        try other.seal()
        try federation.settle()
        var cursor = try jiangsu.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        #expect(try jiangsu.replica.nextBatch(&cursor).entries.map(\.header.trustRootVersion) == [0, 1])
        #expect(try shanghai.trust().rootVersion == 1)
        #expect(try shanghai.hello().hasSameRoot(as: jiangsu.hello()))
        for node in federation.nodes {
            #expect(try node.replica.verify(isDeep: true, fault: try LogDesk(node).judge(), progress: { _ in }).isEmpty)
        }
    }

    @Test func `an entry under a later root waits until the root has come`() throws {
        let first = try adoptFirst()
        let second = try sign(RootDesk(shanghai).propose(), by: shanghai, jiangsu)
        _ = try shanghai.trustKeeper.adopt(second.raw, fingerprint: nil)
        try federation.sql("shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '一号')")
        try shanghai.seal()
        var cursor = try shanghai.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        let batch = try shanghai.replica.nextBatch(&cursor)
        #expect(try jiangsu.apply(batch, from: nil).refused.map(\.code) == ["trust_root_unknown"])
        #expect(try jiangsu.heldOrigins().count == 1)
        // Documents as a round carries them.
        #expect(try jiangsu.trustKeeper.learn(TrustKeeper.documents(try shanghai.trust()), from: shanghai.market))
        #expect(try jiangsu.trust().rootVersion == 2)
        #expect(try jiangsu.heldOrigins().isEmpty)
        #expect(try jiangsu.apply(batch, from: nil).applied == 1)
        // Nobody goes back.
        #expect(try !jiangsu.trustKeeper.learn(root: first.raw, from: shanghai.market))
        #expect(try jiangsu.trust().rootVersion == 2)
    }

    @Test func `a peer's word is no root: not one too few, not a first one that we have not signed`() throws {
        let proposal = try RootDesk(shanghai).propose(rootKeys: named)
        let unsigned = try sign(proposal, by: shanghai, jiangsu)
        #expect(try !shanghai.trustKeeper.learn(root: unsigned.raw, from: jiangsu.market))
        #expect(code { _ = try shanghai.trustKeeper.adopt(unsigned.raw, fingerprint: nil) } == "root_not_signed")
        let root = try sign(unsigned, by: federation["zhejiang"])
        // A fifth market has signed nothing, and knows nobody.
        let alone = try DeskFederation("suzhou")
        let suzhou = alone["suzhou"]
        #expect(try !suzhou.trustKeeper.learn(root: root.raw, from: jiangsu.market))
        #expect(code { _ = try suzhou.trustKeeper.adopt(root.raw, fingerprint: nil) } == "root_fingerprint_needed")
        #expect(code { _ = try suzhou.trustKeeper.adopt(root.raw, fingerprint: "00") } == "other_fingerprint")
        #expect(code { _ = try suzhou.trustKeeper.adopt(root.raw, fingerprint: root.fingerprint) } == "root_without_us")
        withExtendedLifetime(alone) {}
        // Whoever signed it takes it from anyone.
        #expect(try jiangsu.trustKeeper.learn(root: root.raw, from: federation["zhejiang"].market))
        #expect(try jiangsu.trust().rootVersion == 1)
    }

    @Test func `a market signs one successor a version, remembered before it signs`() throws {
        _ = try adoptFirst()
        let desk = RootDesk(shanghai)
        let one = try desk.propose()
        let other = try desk.propose(retiring: [federation["zhejiang"].market])
        #expect(one.digest != other.digest)
        _ = try sign(one, by: shanghai)
        // The same again is the same.
        _ = try sign(one, by: shanghai)
        #expect(code { _ = try sign(other, by: shanghai) } == "root_signed_another")
        // Also by another process, from the file alone.
        let again = RootDesk(try LocalNode(directory: shanghai.directory))
        let pem = try PrivateKeyFile.read(keys[shanghai.market]!)
        #expect(code { _ = try again.sign(other.raw, with: SigningKey(pem: pem)) } == "root_signed_another")
        // Nor with another's key.
        let stranger = try PrivateKeyFile.read(keys[jiangsu.market]!)
        #expect(code { _ = try desk.sign(one.raw, with: SigningKey(pem: stranger)) } == "not_a_root_key")
    }

    @Test func `two valid successors: this node stays, and says so`() throws {
        _ = try adoptFirst()
        let one = try sign(RootDesk(shanghai).propose(), by: shanghai, jiangsu)
        // Shanghai's memory is lost, and it signs another one.
        try FileManager.default.removeItem(atPath: shanghai.directory.signedRoots)
        let other = try sign(
            RootDesk(shanghai).propose(retiring: [jiangsu.market]), by: shanghai, federation["zhejiang"])
        #expect(try jiangsu.trustKeeper.learn(root: one.raw, from: shanghai.market))
        #expect(try !jiangsu.trustKeeper.learn(root: other.raw, from: shanghai.market))
        #expect(try jiangsu.trust().root?.digest == one.digest)
        #expect(try jiangsu.replica.findings().map(\.code) == ["root_rival"])
        try federation.makeAgency()
    }

    @Test func `a rotation and a new incarnation go on under the same root`() throws {
        _ = try adoptFirst()
        try federation.makeAgency()
        _ = try shanghai.rotateSigningKey()
        try shanghai.recover(because: "a test")
        try federation.sql("shanghai", "UPDATE agency SET website = 'https://two.example'")
        try shanghai.seal()
        #expect(try jiangsu.trustKeeper.learn(TrustKeeper.documents(try shanghai.trust()), from: shanghai.market))
        _ = try federation["zhejiang"].trustKeeper.learn(
            TrustKeeper.documents(try shanghai.trust()), from: shanghai.market)
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.replica.frontier() == shanghai.replica.frontier())
            #expect(try node.hello().hasSameRoot(as: shanghai.hello()))
        }
    }
}
