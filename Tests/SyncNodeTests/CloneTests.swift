// A machine is copied, folder, keys and all, and both go on: nothing is undone, nobody waits, everyone is told.

import ForeignPrograms
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

extension DeskFederation {
    /// A second machine with all that a node has.
    func clone(of name: String) throws -> LocalNode {
        try self[name].seal()
        try sql(name, "PRAGMA wal_checkpoint(TRUNCATE)")
        let copy = folder + "/clone-of-" + name
        // By another process: a file that is closed here takes this process's locks on it along, and SQLite would take the
        // next program that closes for the last one.
        _ = try Command.run(["cp", "-r", self[name].directory.path, copy])
        return try LocalNode(directory: NodeDirectory(path: copy))
    }

    /// As a round does, without the network: descriptors both ways, then entries both ways.
    static func exchange(_ one: LocalNode, _ other: LocalNode) throws {
        for node in [one, other] { try node.seal() }
        for _ in 0..<2 {
            try other.learn(TrustKeeper.documents(try one.trust()), from: one.market)
            try one.learn(TrustKeeper.documents(try other.trust()), from: other.market)
            for (receiver, sender) in [(one, other), (other, one)] {
                let frontier = try receiver.replica.frontier(comparedWith: sender.replica.frontier())
                var cursor = try sender.replica.sendCursor(
                    for: PullRequest(frontier: frontier, held: try receiver.heldOrigins()))
                while !cursor.isFinished {
                    let batch = try sender.replica.nextBatch(&cursor)
                    guard !batch.entries.isEmpty else { break }
                    _ = try receiver.apply(batch, from: sender.market)
                }
            }
        }
    }
}

@Suite("A cloned machine")
struct CloneTests {
    private let federation: DeskFederation
    private let clone: LocalNode
    private let origin: Origin
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }
    private var zhejiang: LocalNode { federation["zhejiang"] }
    private var all: [LocalNode] { [shanghai, clone, jiangsu, zhejiang] }
    private static let agency = RecordID(type: "agency", key: "31-TTA-000001")

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        try federation.makeAgency()
        origin = try federation["shanghai"].replica.ownOrigin()
        clone = try federation.clone(of: "shanghai")
    }

    private static func sql(_ node: LocalNode, _ statement: String) throws {
        let result = try Command.run(["sqlite3", "-bail", node.directory.replica, statement])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Both write; each meets another peer first; then everyone meets everyone, but never the two machines each other.
    private func part() throws {
        try Self.sql(shanghai, "UPDATE agency SET website = 'https://a.example'")
        try Self.sql(clone, "UPDATE agency SET website = 'https://b.example', remark = 'clone'")
        try DeskFederation.exchange(shanghai, jiangsu)
        try DeskFederation.exchange(clone, zhejiang)
    }

    private func meet() throws {
        for _ in 0..<3 {
            for (one, other) in [
                (jiangsu, zhejiang), (shanghai, jiangsu), (shanghai, zhejiang), (clone, jiangsu), (clone, zhejiang),
            ] { try DeskFederation.exchange(one, other) }
        }
    }

    private func expectLevel(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let first = try shanghai.replica.position()
        for node in all {
            let position = try node.replica.position()
            #expect(position.frontier == first.frontier, "\(node.directory.path)", sourceLocation: sourceLocation)
            #expect(position.digest == first.digest, "\(node.directory.path)", sourceLocation: sourceLocation)
            #expect(try node.replica.summary().waiting.isEmpty, sourceLocation: sourceLocation)
            let findings = try node.replica.verify(
                isDeep: true, fault: try LogDesk(node).judge(), progress: { _ in })
            #expect(Set(findings.map(\.code)) == ["fork"], sourceLocation: sourceLocation)
        }
    }

    @Test func `both go on in incarnations of their own, everyone ends alike, and what overlaps is one conflict`()
        throws
    {
        try part()
        try meet()
        try expectLevel()
        let incarnations = try [shanghai, clone].map { try $0.replica.ownOrigin() }
        #expect(Set(incarnations + [origin]).count == 3)
        for node in all {
            let open = try node.replica.openConflicts()
            #expect(open.map(\.conflict.sides.count) == [2])
            #expect(try node.replica.record(Self.agency)?.values["remark"] == .text("clone"))
            #expect(try node.replica.forks().map(\.origin) == [origin])
            #expect(try node.replica.findings().contains { $0.code == "fork" })
        }
        // What they seal now has seen both branches, and takes effect everywhere.
        try Self.sql(clone, "UPDATE agency SET remark = 'after'")
        try Self.sql(shanghai, "UPDATE agency SET name = 'second'")
        try meet()
        try expectLevel()
        for node in all {
            let values = try #require(try node.replica.record(Self.agency)).values
            #expect(values["remark"] == .text("after"))
            #expect(values["name"] == .text("second"))
        }
    }

    @Test func `one decision settles what the two wrote, and a side is named by its branch`() throws {
        try part()
        try meet()
        let desk = ConflictDesk(jiangsu)
        let report = try #require(try jiangsu.replica.openConflicts().first)
        let names = report.conflict.sides.compactMap { report.dots[$0.stamp.id] }
        // One number, two change sets.
        #expect(Set(names.map(\.dot)).count == 1 && Set(names.map(\.description)).count == 2)
        #expect(names.allSatisfy { $0.branch != nil })
        let bare = try ConflictChoice.SideName(DotPrefix.short(names[0].dot))
        #expect(throws: DeskRefusal.self) { try desk.check(.take(bare), for: report) }
        let side = try ConflictChoice.SideName(DotPrefix.short(names[0]))
        _ = try desk.resolve(report, .take(side), reason: "核实", author: "李敏")
        try meet()
        try expectLevel()
        for node in all { #expect(try node.replica.openConflicts().isEmpty) }
        let item = try LogDesk(zhejiang).entry(DotPrefix.short(names[1]))
        #expect(item.name == names[1])
        #expect(throws: DeskRefusal.self) { try LogDesk(zhejiang).entry(DotPrefix.short(names[1].dot)) }
    }

    @Test func `the proof leaves a node as a file, and whoever knows the keys can judge it`() throws {
        try part()
        try meet()
        for node in all {
            let line = try #require(try node.replica.quarantine().first { $0.class == "fork" })
            let desk = ForkDesk(node)
            let proof = try #require(try desk.item(String(line.id.hex.prefix(8))).proof)
            #expect(proof.first.header.origin == origin && proof.second.header.previous == proof.first.header.previous)
            let file = try desk.file(of: proof).encoded()
            for judge in all { #expect(try ForkDesk(judge).judge(file) == origin) }
            // Both signatures count, and every byte of both headers.
            let text = String(decoding: file, as: UTF8.self)
            for head in [proof.first, proof.second] {
                for hex in [head.header.encoded().hex, head.signatures[0].signature.hex] {
                    let last = hex.last == "0" ? "1" : "0"
                    let forged = text.replacingOccurrences(of: hex, with: hex.dropLast() + last)
                    #expect(throws: NodeError.self) { try desk.judge(Array(forged.utf8)) }
                }
            }
            #expect(throws: NodeError.self) { try desk.judge(Array("{}".utf8)) }
        }
        // Who does not know the market cannot tell.
        let stranger = try DeskFederation("anhui")
        let line = try #require(try jiangsu.replica.quarantine().first { $0.class == "fork" })
        let proof = try #require(try ForkDesk(jiangsu).item(line.id.hex).proof)
        let file = try ForkDesk(jiangsu).file(of: proof).encoded()
        let refusal = #expect(throws: NodeError.self) { try ForkDesk(stranger["anhui"]).judge(file) }
        #expect(refusal?.code == "key_unknown" && refusal?.kind == .trust)
    }
}
