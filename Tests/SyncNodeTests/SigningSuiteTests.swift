// Markets that sign with Ed25519, with SM2 and with both, in one federation.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Signing suites")
struct SigningSuiteTests {
    private let federation: DeskFederation
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }
    private var anhui: LocalNode { federation["anhui"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "anhui", signing: ["jiangsu": .sm2, "anhui": .both])
    }

    private func write(_ site: String, at names: [String] = ["shanghai", "jiangsu", "anhui"]) throws {
        for name in names {
            try federation.sql(
                name, "UPDATE agency SET website = 'https://\(name).example/\(site)' WHERE agency_id = '31-TTA-000001'")
        }
    }

    private func entries(of market: LocalNode, at node: LocalNode) throws -> [Entry] {
        try federation.entries(of: market, at: node)
    }

    private func expectLevel(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try DeskFederation.expectLevel(federation.nodes, sourceLocation: sourceLocation)
    }

    private func exchangeReceipts() throws { try federation.expectReceipts() }

    @Test func `all see the same records and conflicts, one settles them for all, and each entry bears its suites`()
        throws
    {
        try federation.makeAgency()
        try write("one")
        try federation.settle()
        let conflict = try #require(try federation.openConflicts(at: "anhui").first)
        #expect(conflict.conflict.sides.count == 3)
        _ = try ConflictDesk(shanghai).resolve(conflict, .take(.market(anhui.market)), reason: "电话核实", author: "李敏")
        try federation.settle()
        #expect(try federation.openConflicts(at: "jiangsu").isEmpty)
        try expectLevel()
        try exchangeReceipts()
        let expected: [(LocalNode, Suite, [Suite])] = [
            (shanghai, .ed25519SHA256, [.ed25519SHA256]), (jiangsu, .sm2SM3, [.sm2SM3]),
            (anhui, .ed25519SHA256, [.ed25519SHA256, .sm2SM3]),
        ]
        for (market, suite, signed) in expected {
            let written = try entries(of: market, at: shanghai)
            #expect(!written.isEmpty)
            for entry in written {
                #expect(entry.header.suite == suite)
                #expect(entry.signatures.map(\.suite) == signed)
            }
        }
    }

    @Test func `keys rotate, incarnations change, and the second key goes on signing`() throws {
        try federation.makeAgency()
        for node in [jiangsu, anhui] { _ = try node.rotateSigningKey() }
        try write("rotated")
        try federation.settle()
        try expectLevel()
        for node in [jiangsu, anhui] { try node.recover(because: "a test") }
        for node in federation.nodes {
            for other in [jiangsu, anhui] where other !== node {
                try node.learn(try other.ownDescriptor().raw, from: other.market)
            }
        }
        try write("again")
        try federation.settle()
        try expectLevel()
        try exchangeReceipts()
        let states = try anhui.keys().filter { $0.kind == .signing }.map { ($0.suite, $0.state) }
        #expect(states.map(\.1) == [.retired, .current, .current])
        #expect(states.map(\.0) == [.ed25519SHA256, .sm2SM3, .ed25519SHA256])
        let last = try #require(try entries(of: anhui, at: shanghai).last)
        #expect(last.signatures.map(\.suite) == [.ed25519SHA256, .sm2SM3])
        #expect(
            last.header.origin.incarnation != (try entries(of: anhui, at: shanghai).first?.header.origin.incarnation))
    }

    @Test func `of a market that signs with both, one signature alone is nobody's word`() throws {
        try federation.makeAgency()
        try write("one", at: ["anhui"])
        try anhui.seal()
        let sealed = try #require(try entries(of: anhui, at: anhui).last)
        var flipped = sealed.signatures
        var bytes = flipped[1].signature
        bytes[10] ^= 1
        flipped[1] = SignatureRecord(suite: flipped[1].suite, keyID: flipped[1].keyID, signature: bytes)
        for (signatures, name) in [
            ([sealed.signatures[0]], "the second is missing"), ([sealed.signatures[1]], "the header's is missing"),
            (flipped, "the second is wrong"), (sealed.signatures.reversed(), "out of order"),
        ] {
            let forged = Entry(
                header: sealed.header, signatures: signatures, context: sealed.context, ops: sealed.ops)
            let report = try jiangsu.apply(Batch(entries: [forged]), from: anhui.market)
            #expect(report.applied == 0 && report.refused.map(\.refusalClass) == [.notAuthentic], "\(name)")
        }
        #expect(try jiangsu.apply(Batch(entries: [sealed]), from: anhui.market).applied == 1)
        // A receipt as well.
        let receipt = try anhui.receipt()
        let half = SignedStatement(body: receipt.body, signatures: [receipt.signatures[0]])
        #expect(try jiangsu.take(receipt: half, from: anhui.market) == nil)
        #expect(try jiangsu.take(receipt: receipt, from: anhui.market) != nil)
    }

    @Test func `a node that cannot sign as its descriptor says does not open`() throws {
        let directory = anhui.directory
        let key = try PrivateKeyFile.read(directory.secondSigningKey)
        try PrivateKeyFile.remove(directory.secondSigningKey)
        let missing = #expect(throws: NodeError.self) { try LocalNode(directory: directory) }
        #expect(missing?.code == "signing_key_missing")
        try PrivateKeyFile.write(try PrivateKeyFile.read(directory.signingKey), to: directory.secondSigningKey)
        let same = #expect(throws: NodeError.self) { try LocalNode(directory: directory) }
        #expect(same?.code == "second_key_same_suite")
        try PrivateKeyFile.write(key, to: directory.secondSigningKey)
        #expect(throws: Never.self) { try LocalNode(directory: directory) }
    }

    @Test func `evidence of all three verifies, with our program and with the script`() throws {
        try federation.makeAgency()
        try write("one")
        try federation.settle()
        try exchangeReceipts()
        let record = RecordID(type: "agency", key: "31-TTA-000001")
        let bundle = try EvidenceExport(jiangsu).bundle(of: record, exportedAt: "2026-11-26T00:00:00Z")
        let bytes = Array(try JSONEncoder().encode(bundle))
        let report = try EvidenceCheck(bytes).run()
        #expect(Set(report.changes.map(\.market.name)) == ["shanghai", "jiangsu", "anhui"])
        #expect(report.changes.allSatisfy { !$0.receivedBy.isEmpty })
        let script = try EvidenceScript.run(bytes)
        #expect(script.isTrue, "\(script.output)")
    }
}
