// Random histories over real files: whatever markets do and in whatever order it travels, everyone ends alike and
// nothing that was written is gone without a successor.

import ForeignSQL
import Foundation
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

/// SplitMix64: one seed, one history.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0xD1B5_4A32_D192_ED03 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

@Suite("Random federations")
struct RandomFederationTests {
    /// Seeds that failed once, and then those of this run: `YRD_SEEDS=5000 swift test` runs more, `YRD_SEEDS=20` fewer.
    private static let seeds: [UInt64] = {
        let wanted = ProcessInfo.processInfo.environment["YRD_SEEDS"].flatMap { UInt64($0) } ?? 100
        return failedOnce + Array(1...max(1, wanted))
    }()

    private static let failedOnce: [UInt64] = []

    @Test(arguments: seeds)
    func `a random history ends alike everywhere, as the slow model says`(seed: UInt64) throws {
        var history = try RandomHistory(seed: seed)
        try history.run(steps: 70)
        let federation = history.federation
        try federation.settle()
        try history.adoptAll()
        try federation.settle()
        try federation.expectAgreement()
        let node = federation.nodes[0]
        let model = try SlowModel(of: node.replica)
        #expect(try node.digest() == model.digest)
        #expect(try node.replica.openConflicts().map(\.id).sorted() == model.conflicts)
        for (record, view) in model.shown {
            let row = try node.replica.record(record)
            #expect((row != nil) == view.isShown)
            guard let row else { continue }
            for unit in node.replica.catalog.schema.record(record.type)!.units {
                let values = view.shown[unit.number]?.values ?? unit.nulls
                #expect(unit.columns.map { row.values[$0.name] } == values.map { $0 }, "\(record) \(unit.name)")
            }
        }
        // Nothing waits, nothing was refused, nothing was found.
        #expect(try federation.nodes.allSatisfy { try $0.replica.summary().waiting.isEmpty })
        let reasons = try Set(federation.nodes.flatMap { try $0.replica.quarantine() }.map(\.code))
        #expect(
            reasons.isSubset(
                of: (history.hasClone ? ["second_branch"] : []) + (history.hasClosures ? ["closed"] : [])))
    }
}

struct RandomHistory {
    let federation: TestFederation
    private var generator: SeededGenerator
    private let keys: [String]
    /// Machines are copied, and both go on under one origin until they hear of each other.
    let hasClone: Bool
    /// A majority ends incarnations, at whatever entries, and each node hears of it in its own time.
    let hasClosures: Bool
    /// Nodes go over to ciphertext at rest, and back, whenever they like.
    let hasCiphers: Bool
    private var roots: [[Closure]] = []
    /// By the path of a node's file.
    private var adopted: [String: Int] = [:]

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        let names = Array(["shanghai", "jiangsu", "zhejiang", "anhui"].prefix(seed % 3 == 0 ? 4 : 3))
        federation = try TestFederation(names, catalog: try SmallCatalog.version1())
        hasClone = seed % 5 < 2
        hasClosures = seed % 7 < 3
        hasCiphers = seed % 2 == 0
        keys = ["31-0001", "31-0002", "32-0001", "33-0001"]
    }

    mutating func run(steps: Int) throws {
        if pick(4) > 0 {
            try federation.nodes[0].client.run(
                "INSERT OR IGNORE INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'a')")
            try federation.settle()
        }
        for step in 0..<steps {
            if step == steps / 3, pick(3) == 0 { try federation.addTwin(of: "shanghai") }
            if hasClone, [steps / 4, steps / 2].contains(step) {
                try federation.addClone(of: federation.nodes[pick(federation.nodes.count)])
            }
            let node = federation.nodes[pick(federation.nodes.count)]
            if hasClosures {
                if step % 16 == 15 { try close() }
                if pick(4) == 0 { try adoptNext(at: node) }
            }
            if hasCiphers, pick(8) == 0 {
                try node.replica.changeRestKey(to: pick(2) == 0 ? federation.clock.cipher : nil)
            }
            switch pick(20) {
            case 0..<12: try write(at: node)
            case 12: try node.seal()
            case 13..<17:
                let sender = federation.nodes[pick(federation.nodes.count)]
                if sender !== node { try federation.pull(node, from: sender) }
            case 17..<19: try resolve(at: node)
            default: federation.clock.advance(by: Int64(pick(3)) * 1_000)
            }
        }
    }

    // MARK: Closures

    /// The next root: one origin more ends, or one that had ended ends elsewhere, or not at all.
    private mutating func close() throws {
        var items: [StoredEntry] = []
        try federation.nodes[pick(federation.nodes.count)].replica.forEachLogItem { items.append($0.stored) }
        guard !items.isEmpty else { return }
        let origin = items[pick(items.count)].dot.origin
        let own = items.filter { $0.dot.origin == origin && !$0.entry.header.groupContinues }
        let ends = (0..<pick(3)).compactMap { _ in own.isEmpty ? nil : own[pick(own.count)] }
        var closures = (roots.last ?? []).filter { $0.origin != origin }
        if pick(5) > 0 {
            closures.append(
                Closure(
                    origin: origin, ends: Set(ends.map { EntryPlace(sequence: $0.dot.sequence, id: $0.id) })))
        }
        roots.append(closures)
    }

    private mutating func adoptNext(at node: TestNode) throws {
        // A copy of a node's file has adopted what the node had.
        let version = try adopted[node.path] ?? Int(node.client.value("SELECT count(*) FROM yrd_root"))!
        guard version < roots.count else { return }
        try node.adopt(roots[version], version: UInt64(version + 1))
        adopted[node.path] = version + 1
    }

    mutating func adoptAll() throws {
        for node in federation.nodes {
            for _ in roots { try adoptNext(at: node) }
        }
    }

    private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    private mutating func text() -> String { ["NULL", "'a'", "'b'", "'c'", "''"][pick(5)] }

    private mutating func number() -> String { ["NULL", "1", "2", "3"][pick(4)] }

    private mutating func tags() -> String {
        ["NULL", "'[]'", "'[\"red\"]'", "'[\"red\",\"blue\"]'", "'[ \"blue\", \"red\" ]'"][pick(5)]
    }

    private mutating func colour() -> String { ["NULL", "'red'", "'blue'"][pick(3)] }

    /// Writes that a guard refuses are part of the game.
    private mutating func write(at node: TestNode) throws {
        let count = pick(3) == 0 ? 2 : 1
        var statements = (0..<count).map { _ in statement(at: node) }
        switch pick(6) {
        case 0: statements = ["BEGIN"] + statements + ["COMMIT"]
        case 1: statements = ["BEGIN"] + statements + ["ROLLBACK"]
        case 2: statements = ["BEGIN", "SAVEPOINT a"] + statements + ["ROLLBACK TO a", statement(at: node), "COMMIT"]
        default: break
        }
        for statement in statements {
            do {
                try node.client.run(statement)
            } catch is SQLComplaint {
                // The statement alone had no effect.
            }
        }
    }

    private mutating func statement(at node: TestNode) -> String {
        // Mostly what the market may do at all: the guards refuse the rest.
        let prefix = ["shanghai": "31", "jiangsu": "32", "zhejiang": "33"][node.market.name] ?? ""
        let own = keys.filter { $0.hasPrefix(prefix) && !prefix.isEmpty }
        let isHome = !own.isEmpty && pick(5) > 0
        let key = "'\(isHome ? own[pick(own.count)] : keys[pick(2)])'"
        let all = "item_no, title, width, height, note, amount, tags, first, second"
        switch isHome || pick(6) == 0 ? pick(13) : 7 + pick(6) {
        case 0, 1:
            return "INSERT INTO item (item_no, title, note) VALUES (\(key), \(text()), \(text()))"
        case 2:
            return "INSERT OR REPLACE INTO item (\(all)) VALUES (\(key), \(text()), \(number()), 1, \(text()), "
                + "\(number()), \(tags()), \(text()), \(colour()))"
        case 3: return "INSERT OR IGNORE INTO item (item_no, title) VALUES (\(key), \(text()))"
        case 4:
            return "INSERT INTO item (item_no, title) VALUES (\(key), \(text())) "
                + "ON CONFLICT DO UPDATE SET title = excluded.title, width = \(number())"
        case 5: return "DELETE FROM item WHERE item_no = \(key)"
        case 6: return "UPDATE item SET title = \(text()), width = \(number()) WHERE item_no = \(key)"
        case 7: return "UPDATE item SET amount = \(number()) WHERE item_no = \(key)"
        case 8: return "UPDATE item SET tags = \(tags())  WHERE item_no = \(key)"
        case 9: return "UPDATE item SET first = \(text()), second = \(colour()) WHERE item_no = \(key)"
        case 10: return "UPDATE OR REPLACE item SET rowid = \(pick(6)), note = \(text()) WHERE item_no = \(key)"
        default: return "UPDATE item SET note = \(text()) WHERE item_no = \(key)"
        }
    }

    private mutating func resolve(at node: TestNode) throws {
        let open = try node.replica.openConflicts()
        guard !open.isEmpty else { return }
        let report = open[pick(open.count)]
        let side = report.conflict.sides[pick(report.conflict.sides.count)]
        let isExistence = report.conflict.unit == UnitRule.existence
        let request: ResolutionRequest =
            pick(2) == 0 || !isExistence ? .take(side.stamp.id) : pick(2) == 0 ? .keep : .delete
        do {
            try node.resolve(report, request)
        } catch let refusal as ResolveRefusal {
            switch refusal {
            // Another market's to decide, or something was pending.
            case .refused(.notAllowed), .changed: break
            default: throw refusal
            }
        }
    }
}
