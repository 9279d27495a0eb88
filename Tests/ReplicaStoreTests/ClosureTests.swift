// What the trust root closes: void on every node, whatever came first, and nothing else is lost with it.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@testable import PeerTrust

@Suite("Closures")
struct ClosureTests: ClosureStory {
    let stage: ClosureStage

    init() throws { stage = try ClosureStage() }

    @Test func `what lies beyond is void, whether the closure, the entry or its last predecessor comes first`() throws {
        let one = try entry("honest")
        let forged = try entry("forged", after: one)
        let beside = try entry("beside")
        let more = try entry("more", after: forged)
        // One has applied it all before, one hears of the closure first, one of the branch that does not count.
        try apply(one, forged, beside, more, to: [shanghai])
        #expect(try shanghai.conflict().conflict.sides.count == 2)
        try adopt(closure(one))
        #expect(try note(at: shanghai) == "honest")
        #expect(try shanghai.replica.openConflicts().isEmpty)
        try apply(one, beside, forged, more, to: [jiangsu])
        try apply(beside, to: [zhejiang])
        #expect(try note(at: zhejiang) == "old", "of the number of the last entry, and not it")
        try apply(one, forged, more, to: [zhejiang])
        for node in federation.nodes {
            #expect(try note(at: node) == "honest")
            #expect(try closed(at: node) == [forged.id, beside.id, more.id])
            #expect(try node.replica.frontier() == shanghai.replica.frontier())
        }
        try expectAsModel()
        // Its market's next word in another incarnation is a word like any other.
        try apply(
            try entry("anew", seeing: [one.row], incarnation: ID16(Array(repeating: 8, count: 16))!))
        #expect(try note(at: zhejiang) == "anew")
        try expectAsModel()
    }

    @Test func `until the last entry comes, a branch below it counts, and then no more`() throws {
        let one = try entry("1")
        let (honest, forged) = (try entry("honest", after: one), try entry("forged", after: one))
        let last = try entry("last", after: honest)
        try adopt(closure(last))
        try apply(one, forged)
        #expect(try note(at: shanghai) == "forged")
        #expect(try closed(at: shanghai).isEmpty)
        try expectAsModel()
        // In pieces, and in one go.
        try apply(honest, to: [shanghai])
        #expect(try shanghai.conflict().conflict.sides.count == 2)
        try apply(last, to: [shanghai])
        try apply(honest, last, to: [jiangsu])
        #expect(try note(at: shanghai) == "last")
        #expect(try closed(at: shanghai) == [forged.id])
        #expect(try closed(at: jiangsu) == [forged.id])
        try expectAsModel()
    }

    @Test func `of several branches those count that lead to a last entry, and without any nothing does`() throws {
        let one = try entry("1")
        let branches = try ["a", "b", "c"].map { try entry($0, after: one) }
        let further = try entry("further", after: branches[1])
        try apply(one, branches[0], branches[1], branches[2], further)
        try adopt(closure(branches[0], further))
        #expect(Set(try shanghai.conflict().conflict.sides.map(\.stamp.id)) == [branches[0].id, further.id])
        #expect(try closed(at: shanghai) == [branches[2].id])
        #expect(try shanghai.replica.forks().map(\.isSettled) == [true])
        try expectAsModel()
        try adopt(closure(), version: 2)
        #expect(try note(at: shanghai) == "old")
        #expect(try closed(at: shanghai).count == 5)
        try expectAsModel()
        // What a majority has closed in error, it may open again.
        try adopt(version: 3)
        #expect(try shanghai.conflict().conflict.sides.count == 3)
        #expect(try closed(at: shanghai).isEmpty)
        #expect(try shanghai.replica.forks().map(\.isSettled) == [false])
        try expectAsModel()
    }

    @Test func `an honest edit made on top of a void one stays, also where it waited for it`() throws {
        let forged = try entry("forged")
        try apply(forged, to: [shanghai])
        try shanghai.client.run("UPDATE item SET amount = 3")
        try shanghai.seal()
        try shanghai.client.run("UPDATE item SET note = 'seen and mended'")
        try shanghai.seal()
        try adopt(closure())
        try expectAsModel()
        for node in federation.nodes {
            #expect(try node.client.value("SELECT note || amount FROM item") == "seen and mended3")
        }
        // Where the void value had been shown, a person should look whether something of it was taken over.
        let findings = try shanghai.replica.findings().filter { $0.code == "written_over_void" }
        #expect(findings.map(\.key) == ["31-0001"], "once")
        #expect(findings.map(\.sequence) == [try shanghai.replica.ownHead().sequence])
    }

    @Test func `a decision about a void side stands, and one that only void sides called for is none`() throws {
        try jiangsu.client.run("UPDATE item SET note = 'theirs'")
        let forged = try entry("forged")
        try apply(forged)
        try federation.settle()
        #expect(try shanghai.conflict().conflict.sides.count == 2)
        let shown = try note(at: shanghai)
        try shanghai.client.run("UPDATE item SET note = 'plain'")
        try shanghai.seal()
        #expect(try shanghai.conflict().conflict.sides.count == 2, "a plain write keeps what it was not shown")
        try federation.settle()
        try adopt(closure(), at: [jiangsu, zhejiang])
        // What the plain write was shown it has replaced, void or not; what it kept is a side, unless it is void.
        #expect(try jiangsu.replica.openConflicts().map(\.conflict.sides.count) == (shown == "forged" ? [2] : []))
        try shanghai.resolve(try shanghai.conflict(), .value([.text("settled")]))
        try adopt(closure(), at: [shanghai])
        try expectAsModel()
        #expect(try note(at: zhejiang) == "settled")
    }

    @Test func `local writes of all kinds outlive the folding: pending, past the triggers, not to be sealed`() throws {
        let one = try entry("1")
        let (honest, forged) = (try entry("honest", after: one), try entry("forged", after: one))
        for closes in [true, false] {
            let node = try federation.copy(of: shanghai)
            if !closes { try node.adopt([closure(honest)], version: 1) }
            _ = try node.apply(closes ? [one, honest, forged] : [one, forged], from: nil)
            let frontier = try node.replica.frontier()
            let last = Int64(try node.client.value("SELECT max(number) FROM yrd_entry"))!
            try node.client.run("UPDATE item SET amount = 7")
            try node.client.runPastTriggers("INSERT INTO item (item_no, title) VALUES ('31-0009', 'b')")
            if closes {
                try node.adopt([closure(honest)], version: 1)
            } else {
                // A write past the triggers on the very record, too.
                try node.client.runPastTriggers("UPDATE item SET title = 'c' WHERE item_no = '31-0001'")
                _ = try node.apply([honest], from: nil)
            }
            let rows = try node.client.rows("SELECT item_no, title, note, amount FROM item ORDER BY 1")
            #expect(rows == ["31-0001|\(closes ? "a" : "c")|honest|7", "31-0009|b||"], "\(closes)")
            // The client changed one column; the note that it saw is not its word.
            try node.seal()
            #expect(try node.replica.frontier() != frontier)
            var written: Set<UnitNumber> = []
            let own = try node.replica.ownOrigin()
            try node.replica.forEachLogItem { item in
                guard item.stored.dot.origin == own, item.stored.number > last else { return }
                written.formUnion(item.changeSet!.changes.filter { $0.kind == .update }.flatMap(\.writtenUnits))
            }
            #expect(written == (closes ? [33] : [1, 33]), "\(closes)")
            #expect(try node.findings(in: federation).filter { $0.code != "uncaptured_write" } == [])
        }
    }

    @Test func `a closed incarnation seals nothing more: the next one does, or, of who leaves, none`() throws {
        let own = try jiangsu.replica.ownOrigin()
        let ended = Closure(origin: own, ends: try jiangsu.replica.heads(of: own))
        try jiangsu.client.run("UPDATE item SET note = 'pending'")
        #expect(throws: IncarnationClosed(origin: own)) {
            try jiangsu.replica.adopt(
                root: [1], after: 0, ClosuresInForce(version: 1, closures: [ended]), jiangsu.signer)
        }
        #expect(try jiangsu.replica.closures().isEmpty)
        #expect(try !jiangsu.replica.isOwnOriginClosed())
        let leaving = try federation.copy(of: jiangsu)
        try adopt(ended)
        try federation.settle()
        #expect(try note(at: shanghai) == "pending")
        try expectAsModel()
        // Who leaves keeps what it wrote, and signs nothing.
        try leaving.replica.adopt(
            root: [1], after: 0, ClosuresInForce(version: 1, closures: [ended], isLeaving: true), leaving.signer)
        #expect(try leaving.seal() == SealReport())
        #expect(try leaving.replica.hasPending())
        #expect(try note(at: leaving) == "pending")
        #expect(throws: IncarnationClosed(origin: own)) {
            try leaving.replica.rotateSigningKey(leaving.signer) { _, _ in
                NextKey(suite: .ed25519SHA256, spki: [], proof: [])
            }
        }
    }

    @Test func `a root that closes what ends there anyway folds nothing again`() throws {
        let one = try entry("1")
        try apply(one)
        // A row that only folding would repair.
        try shanghai.client.run("UPDATE yrd_record SET history = x'00' WHERE key = '31-0001'")
        let before = try shanghai.client.rows("SELECT quote(history) FROM yrd_record")
        try adopt(closure(one), at: [shanghai])
        #expect(try shanghai.client.rows("SELECT quote(history) FROM yrd_record") == before)
    }

    // MARK: Attacks

    @Test func `a row that cannot be sealed shows no void value, and launders none`() throws {
        let forged = try entry("forged")
        try apply(forged)
        try shanghai.sql("UPDATE item SET first = CAST(x'ff41' AS TEXT)")
        #expect(try shanghai.seal().parked == 1)
        try adopt(closure())
        #expect(try note(at: jiangsu) == "old")
        #expect(try note(at: shanghai) == "old", "the void value is shown")
        try shanghai.sql("UPDATE item SET first = 'mended'")
        try shanghai.seal()
        try federation.settle()
        #expect(try note(at: jiangsu) == "old", "the void value was sealed as Shanghai's word")
    }

    @Test func `a thief's branches do not keep out the one that leads to the last entry`() throws {
        let one = try entry("1")
        // A thief has seventeen branches taken before the market's own branch arrives.
        let forged = try (0..<17).map { try entry("forged \($0)", after: one) }
        let honest = try entry("honest", after: one)
        try apply(one, to: [shanghai, zhejiang])
        for branch in forged { try apply(branch, to: [shanghai]) }
        try apply(honest, to: [zhejiang])
        try adopt(closure(honest), at: [shanghai, zhejiang])
        try apply(honest, to: [shanghai])
        #expect(try note(at: shanghai) == "honest")
        // What the market says next waits with it.
        let next = try entry("next", seeing: [honest.row], incarnation: ID16(Array(repeating: 8, count: 16))!)
        try apply(next, to: [shanghai])
        #expect(try note(at: shanghai) == "next")
    }

    @Test func `a delete over a void value is looked at too`() throws {
        // A void value moved an honest market to delete the record: nobody is told.
        let forged = try entry("forged")
        try apply(forged, to: [shanghai])
        try shanghai.client.run("DELETE FROM item")
        try shanghai.seal()
        try adopt(closure())
        #expect(try shanghai.replica.findings().map(\.code) == ["written_over_void"])
        try expectAsModel()
    }

    @Test func `who leaves loses no write that no capture saw`() throws {
        try jiangsu.client.run("UPDATE item SET note = 'theirs'")
        try jiangsu.seal()
        let own = try jiangsu.replica.ownOrigin()
        try jiangsu.client.runPastTriggers("INSERT INTO item (item_no, title) VALUES ('32-0009', 'mine')")
        try jiangsu.replica.adopt(
            root: [1], after: 0,
            ClosuresInForce(version: 1, closures: [Closure(origin: own, ends: [])], isLeaving: true), jiangsu.signer)
        #expect(
            try jiangsu.client.value("SELECT count(*) FROM item WHERE item_no = '32-0009'") == "1",
            "a local write is gone")
    }

    @Test func `void branches do not use up the market's own`() throws {
        let one = try entry("1")
        try apply(one)
        try adopt(closure(one))
        let forged = try (0..<16).map { try entry("forged \($0)", after: one) }
        for branch in forged { try apply(branch, to: [shanghai]) }
        let other = ID16(Array(repeating: 8, count: 16))!
        let base = try entry("base", incarnation: other)
        let (left, right) = (
            try entry("left", after: base, incarnation: other), try entry("right", after: base, incarnation: other)
        )
        try apply(base, left, right, to: [shanghai])
        #expect(try shanghai.replica.heads(of: Origin(market: jiangsu.market, incarnation: other)).count == 2)
    }
}
