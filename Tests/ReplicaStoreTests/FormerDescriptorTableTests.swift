// Descriptors that do not stand, in the store: kept together with what ends by them, and bounded in what they cost.

import ForeignSQL
import ReplicaStore
import SyncCore
import Testing

@testable import PeerTrust

@Suite("Former descriptors in the store")
struct FormerDescriptorTableTests: ClosureStory {
    let stage: ClosureStage

    init() throws { stage = try ClosureStage() }

    @Test func `a former descriptor is kept together with what ends by it, under the root it was judged by`() throws {
        let forged = try entry("forged")
        try apply(forged, to: [shanghai])
        try adopt(at: [shanghai])
        try shanghai.client.run("UPDATE item SET title = 'pending'")
        func keep(_ document: UInt8, version: UInt64, dropping dropped: [[UInt8]] = [], closures: Closure...) throws {
            try shanghai.replica.keepFormer(
                [(jiangsu.market, [document])], dropping: dropped,
                ClosuresInForce(version: version, closures: closures)
            ) { shanghai.signer }
        }
        // Judged under a root that is not adopted here any more.
        try keep(1, version: 2, closures: closure())
        #expect(try note(at: shanghai) == "forged")
        #expect(try shanghai.replica.closures().isEmpty)
        try keep(2, version: 1, closures: closure())
        #expect(try shanghai.replica.trustRecords().former == [[1], [2]])
        #expect(try note(at: shanghai) == "old")
        #expect(try shanghai.client.value("SELECT title FROM item") == "pending", "what is pending is lost")
        #expect(try !shanghai.replica.hasPending(), "it is sealed before the log is folded again")
        #expect(try closed(at: shanghai) == [forged.id])
        try keep(3, version: 1, dropping: [[1]], closures: closure())
        try keep(3, version: 1, closures: closure())
        #expect(try shanghai.replica.trustRecords().former == [[2], [3]])
        try keep(3, version: 1)
        #expect(try note(at: shanghai) == "forged")
        // One that would end our own incarnation waits for the next one.
        let own = try shanghai.replica.ownOrigin()
        #expect(throws: IncarnationClosed(origin: own)) {
            try keep(4, version: 1, closures: Closure(origin: own, ends: []))
        }
        #expect(try shanghai.replica.trustRecords().former == [[2], [3]], "half of it was done")
    }

    @Test func `the log is folded again only if something applied ends otherwise`() throws {
        try apply(entry("forged"), to: [shanghai])
        try adopt(closure(), at: [shanghai])
        try shanghai.client.run("DELETE FROM yrd_quarantine")
        let nobodys = Closure(
            origin: Origin(market: jiangsu.market, incarnation: ID16(Array(repeating: 8, count: 16))!), ends: [])
        try shanghai.replica.keepFormer(
            [(jiangsu.market, [1])], dropping: [], ClosuresInForce(version: 1, closures: [closure(), nobodys])
        ) { shanghai.signer }
        #expect(try shanghai.replica.closures().count == 2)
        #expect(try shanghai.replica.quarantine().isEmpty, "it was folded again")
    }

    @Test func `what stood before is kept as a former descriptor in the same transaction`() throws {
        func save(_ document: UInt8, _ market: Market) throws {
            try shanghai.replica.save(
                MemberRecord(market: market, state: .trusted, serial: UInt64(document), document: [document]))
        }
        try save(1, jiangsu.market)
        try save(1, jiangsu.market)
        #expect(try shanghai.replica.trustRecords().former.isEmpty)
        try save(2, jiangsu.market)
        try save(9, zhejiang.market)
        #expect(try shanghai.replica.trustRecords().former == [[1]])
    }

    @Test func `a market begins so many void incarnations and no more, unless honest ones are named`() throws {
        let incarnations = (0..<(Limits.branchesOfMarket + 2)).map {
            ID16(Array(repeating: UInt8(100 + $0), count: 16))!
        }
        let closures = incarnations.map { Closure(origin: Origin(market: jiangsu.market, incarnation: $0), ends: []) }
        for node in [shanghai, zhejiang] { try node.adopt(closures, version: 1) }
        let entries = try incarnations.map { try entry("void", incarnation: $0) }
        for one in entries { _ = try shanghai.apply([one], from: zhejiang.market) }
        _ = try zhejiang.apply(entries, from: shanghai.market)
        let applied = try [shanghai, zhejiang].map {
            try $0.replica.frontier().rows.count { $0.origin.market == jiangsu.market }
        }
        #expect(applied == [Limits.branchesOfMarket, Limits.branchesOfMarket])
        // Who had applied all of them before they ended goes on, and whoever reads what it wrote then takes them too.
        for one in entries { _ = try jiangsu.apply([one], from: zhejiang.market) }
        try jiangsu.client.run("INSERT INTO item (item_no, title) VALUES ('32-0001', 'honest')")
        try jiangsu.seal()
        try jiangsu.adopt(closures, version: 1)
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.client.value("SELECT title FROM item WHERE item_no = '32-0001'") == "honest")
        }
    }

    @Test func `where chains begin is read off the log`() throws {
        let first = try entry("first")
        let beside = try entry("beside")
        try apply(first, beside, entry("second", after: first), to: [shanghai])
        let starts = try shanghai.replica.chainStarts(of: jiangsu.market)
        #expect(starts == [ChainStart(origin: origin, keyID: first.header.keyID)])
        #expect(try shanghai.replica.chainStarts(of: zhejiang.market).isEmpty)
    }
}
