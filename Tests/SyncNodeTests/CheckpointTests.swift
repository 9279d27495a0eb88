// A market's signed word on its whole state.

import Foundation
import PeerTrust
import SyncCore
import Testing

@testable import SyncNode

@Suite("Checkpoints")
struct CheckpointTests {
    private let federation: DeskFederation
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }
    private var anhui: LocalNode { federation["anhui"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "anhui", signing: ["jiangsu": .sm2, "anhui": .both])
        try federation.makeAgency()
    }

    private func make(_ node: LocalNode) throws -> [UInt8] { try CheckpointDesk(node).make().file.encoded() }

    private func refusal(_ bytes: [UInt8], at node: LocalNode) -> String? {
        code { _ = try CheckpointDesk(node).judge(bytes) }
    }

    /// The file with another value under a name.
    private func altered(_ bytes: [UInt8], _ name: String, _ change: (Any?) -> Any) throws -> [UInt8] {
        var object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        object[name] = change(object[name])
        return Array(try JSONSerialization.data(withJSONObject: object))
    }

    @Test func `level nodes sign one state, and each may judge all of them, now and later`() throws {
        let files = try federation.nodes.map(make)
        let judged = try files.map { try CheckpointDesk(shanghai).judge($0) }
        #expect(judged.map(\.market) == federation.nodes.map(\.market))
        #expect(Set(judged.map(\.statement.digest)).count == 1)
        for one in judged {
            #expect(judged.allSatisfy { one.agrees(with: $0) })
            for node in federation.nodes { #expect(try CheckpointDesk(node).agrees(with: one) == true) }
        }
        // Time goes on: what was signed then still agrees with what was signed then, and with nothing else.
        try federation.sql("shanghai", "UPDATE agency SET website = 'https://later.example'")
        let later = try CheckpointDesk(jiangsu).judge(try make(shanghai))
        #expect(try CheckpointDesk(jiangsu).agrees(with: later) == nil)
        #expect(try CheckpointDesk(jiangsu).originsMissing(of: later) == 1, "what was pending is in it")
        #expect(!later.isComparable(with: judged[0]))
        try federation.settle()
        #expect(try CheckpointDesk(jiangsu).agrees(with: later) == true)
        #expect(try CheckpointDesk(jiangsu).agrees(with: judged[0]) == nil)
        #expect(try CheckpointDesk(jiangsu).originsMissing(of: judged[0]) == 0)
        // Each draws a counter of its own, as receipts do.
        #expect(later.statement.counter > judged[0].statement.counter)
    }

    @Test func `a node whose state is wrong contradicts the others by its own signature`() throws {
        let right = try CheckpointDesk(shanghai).judge(try make(shanghai))
        try federation.sql(
            "anhui", "UPDATE yrd_digest SET sum = zeroblob(32)")
        let wrong = try CheckpointDesk(shanghai).judge(try make(anhui))
        #expect(wrong.isComparable(with: right))
        #expect(!wrong.agrees(with: right))
        #expect(try CheckpointDesk(shanghai).agrees(with: wrong) == false)
    }

    @Test func `what is not signed like that is refused, whoever hands it over`() throws {
        for (index, node) in federation.nodes.enumerated() {
            let (file, judge) = (try make(node), federation.nodes[(index + 1) % 3])
            #expect(refusal(file, at: judge) == nil)
            let digest = try altered(file, "statement") { value in
                var body = [UInt8](hex: value as! String)!
                body[80] ^= 1
                return body.hex
            }
            #expect(refusal(digest, at: judge) == "wrong_signature", "\(node.market)")
            #expect(refusal(try altered(file, "market") { _ in judge.market.name }, at: judge) == "other_market")
            #expect(refusal(try altered(file, "market") { _ in "zhejiang" }, at: judge) == "other_market")
            #expect(refusal(try altered(file, "signatures") { _ in [Any]() }, at: judge) == "no_checkpoint")
            #expect(refusal(try altered(file, "statement") { _ in "00" }, at: judge) != nil)
            #expect(refusal(try altered(file, "yrd_checkpoint") { _ in 2 }, at: judge) == "no_checkpoint")
            #expect(refusal(Array(file.dropLast(3)), at: judge) == "no_checkpoint")
            // A receipt is none: it says nothing of a state.
            let receipt = try node.receipt()
            let posed = CheckpointFile(receipt, of: node.market, catalog: .zero, try node.ownDescriptor())
            #expect(refusal(try posed.encoded(), at: judge) == "wrong_signature")
        }
        let stranger = try DeskFederation("zhejiang")
        let foreign = try CheckpointDesk(stranger["zhejiang"]).make().file.encoded()
        #expect(refusal(foreign, at: shanghai) == "key_unknown")
        withExtendedLifetime(stranger) {}
    }

    @Test func `under another root the same change sets are another point, and an old word outlives its key`() throws {
        let keys = try RootKeys(federation)
        let before = try make(shanghai)
        try keys.adoptFirst()
        let (old, new) = (try CheckpointDesk(jiangsu).judge(before), try CheckpointDesk(jiangsu).judge(make(shanghai)))
        #expect(old.statement.frontier == new.statement.frontier && old.statement.digest == new.statement.digest)
        #expect(!old.isComparable(with: new))
        #expect(try CheckpointDesk(jiangsu).agrees(with: old) == nil)
        #expect(try CheckpointDesk(jiangsu).agrees(with: new) == true)
        // Said before the theft, it stays said.
        let revocation = try shanghai.revokeSigningKey(nil)
        let root = try keys.sign(revocation.proposal, by: jiangsu, anhui)
        _ = try jiangsu.followingRoot { try jiangsu.trustKeeper.adopt(root.raw, fingerprint: nil) }
        #expect(refusal(before, at: jiangsu) == nil)
    }

    @Test func `it is one signature short of a market that signs with both`() throws {
        let short = try altered(try make(anhui), "signatures") { value in Array((value as! [Any]).prefix(1)) }
        #expect(refusal(short, at: shanghai) == "required_signature_missing")
    }
}
