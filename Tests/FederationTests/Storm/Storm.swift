// Four real nodes, foreign clients on each, a bad network between them, and a plan of kills.

import ForeignPrograms
import Foundation
import Testing

/// One storm over one federation of processes. Phases in order: `found`, `rage`, `calm`, `check`.
final class Storm {
    private static let markets = ["shanghai", "jiangsu", "zhejiang", "anhui"]

    let plan: StormPlan
    private let seed: UInt64
    private let folder: String
    private let nodes: [NodeProcess]
    private var victims: [StormPlan.Target: Victim] = [:]
    private let network: FaultyNetwork
    private var figures: [String: Int] = [:]
    /// Whoever finds something wants to look at it.
    private var keepsFiles = ProcessInfo.processInfo.environment["YRD_KEEP_STORM"] != nil

    /// Makes the nodes. What is published is the network's port; the daemon listens on another.
    init(seed: UInt64, kills: Int) throws {
        self.seed = seed
        plan = StormPlan(seed: seed, kills: kills, markets: Self.markets)
        folder = NSTemporaryDirectory() + "yrd-storm-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder + "/ledger", withIntermediateDirectories: true)
        let folder = folder
        let fronts = try Self.markets.map { _ in try NodeProcess.freePort() }
        nodes = try zip(Self.markets, fronts).map { market, front in
            try NodeProcess(market, in: folder, endpoint: "https://127.0.0.1:\(front)")
        }
        network = try FaultyNetwork(
            program: Programs.foreign("proxy.py"), seed: seed, statistics: folder + "/network.json",
            routes: zip(nodes, fronts).map { (market: $0.market, front: $1, back: $0.port) })
        for node in nodes {
            for client in StormPlan.Client.allCases {
                victims[.client(node.market, client)] = foreign(client, at: node)
            }
            victims[.daemon(node.market)] = Victim(
                "\(node.market)'s daemon", Programs.yrdsync, ["serve", "-C", node.path],
                output: node.path + "/serve.out", errors: node.path + "/serve.log")
        }
    }

    deinit {
        for victim in victims.values { victim.kill() }
        if keepsFiles {
            print("the storm's files are in \(folder)")
        } else {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private func foreign(_ client: StormPlan.Client, at node: NodeProcess) -> Victim {
        let ledger = folder + "/ledger/\(node.market)-\(client.rawValue).jsonl"
        let arguments =
            switch client {
            case .python, .shell:
                ["writer.py", node.replica, node.market, client.rawValue, ledger, "\(seed)"]
            case .admin: ["admin.py", Programs.yrdsync, node.path, node.market, ledger, "\(seed)"]
            case .reader: ["reader.py", node.replica, ledger]
            }
        return Victim(
            "\(node.market)'s \(client.rawValue)", Programs.python,
            [Programs.foreign(arguments[0])] + arguments.dropFirst(),
            output: folder + "/ledger/\(node.market)-\(client.rawValue).out",
            errors: folder + "/ledger/\(node.market)-\(client.rawValue).err")
    }

    private func each(_ body: (Victim) throws -> Void) rethrows { for victim in victims.values { try body(victim) } }

    private func daemons(_ body: (Victim) throws -> Void) rethrows {
        for market in Self.markets { try body(victims[.daemon(market)]!) }
    }

    // MARK: Phases

    /// Trust, the first records on every node, and all daemons up.
    func found() throws {
        for node in nodes {
            for other in nodes where other !== node { try node.trust(other) }
            let schedule = nodes.filter { $0 !== node }.map { "  \($0.market): {every: 1s, jitter: 0s}\n" }
            let configuration = try String(contentsOfFile: node.configuration, encoding: .utf8)
            try (configuration + "peers:\n" + schedule.joined())
                .write(toFile: node.configuration, atomically: true, encoding: .utf8)
            let result = try Programs.run(
                Programs.python, [Programs.foreign("seed.py"), node.replica, node.market])
            try #require(result.status == 0, "\(result.errors)")
        }
        let incarnations = try nodes.map { ($0.market, try $0.status()["incarnation"] as? String) }
        try JSONSerialization.data(withJSONObject: Dictionary(uniqueKeysWithValues: incarnations))
            .write(to: URL(fileURLWithPath: folder + "/founding.json"))
        try daemons { try $0.start() }
        try settle(within: .seconds(300))
    }

    /// Everybody writes, and the plan is carried out.
    func rage() throws {
        try each { try $0.start() }
        network.order("storm")
        let start = ContinuousClock.now
        var agenda = plan.blows.map { (at: $0.atSeconds, deed: Deed.blow($0.blow)) }
        agenda.append((plan.seconds, .nothing))
        while let next = agenda.first {
            agenda.removeFirst()
            let wait = (start + .seconds(next.at)) - .now
            if wait > .zero { Thread.sleep(forTimeInterval: wait / .seconds(1)) }
            each { $0.noticeOwnEnd() }
            switch next.deed {
            case .blow(.kill(let targets, let awaySeconds)):
                for target in targets where victims[target]!.kill() { count(target) }
                agenda.append((next.at + awaySeconds, .revive(targets)))
                agenda.sort { $0.at < $1.at }
            case .blow(.part(let one, let other, let seconds)): network.order("part \(one) \(other) \(seconds)")
            case .revive(let targets): for target in targets { try victims[target]!.start() }
            case .nothing: break
            }
        }
    }

    private enum Deed {
        case blow(StormPlan.Blow)
        case revive([StormPlan.Target])
        case nothing
    }

    private func count(_ target: StormPlan.Target) {
        switch target {
        case .daemon: figures["kills of daemons", default: 0] += 1
        case .client(_, .admin): figures["kills of admins with their command", default: 0] += 1
        case .client(_, let client): figures["kills of \(client.rawValue) writers", default: 0] += 1
        }
    }

    /// The clients end, the network heals, every daemon is killed once more and started: within the time given all
    /// four nodes must hold the same and know it.
    ///
    /// The last kill is there because a daemon that failed to reach a peer rests for up to an hour (DESIGN.md section
    /// 9); one that has just started visits everyone.
    func calm(within bound: Duration) throws {
        for (target, victim) in victims {
            if case .client = target { victim.end() }
        }
        network.order("calm")
        daemons { victim in
            if victim.kill() { figures["kills of daemons", default: 0] += 1 }
        }
        try daemons { try $0.start() }
        let start = ContinuousClock.now
        try settle(within: bound)
        figures["seconds to settle"] = Int((ContinuousClock.now - start) / .seconds(1))
        figures["seconds of storm"] = Int(plan.seconds)
    }

    private func settle(within bound: Duration) throws {
        let end = ContinuousClock.now + bound
        var standing: [[String: Any]] = []
        while ContinuousClock.now < end {
            standing = try nodes.map { try $0.status() }
            if Self.isSettled(standing) { return }
            Thread.sleep(forTimeInterval: 0.5)
        }
        Issue.record("the nodes did not come to agree within \(bound): \(standing)")
    }

    private static func isSettled(_ standing: [[String: Any]]) -> Bool {
        let vectors = Set(standing.compactMap { $0["vector"] as? [String: Int] })
        let digests = Set(standing.compactMap { $0["digest"] as? String })
        return vectors.count == 1 && digests.count == 1
            && standing.allSatisfy { status in
                let peers = status["peers"] as? [[String: Any]] ?? []
                return status["pending"] as? Int == 0 && peers.allSatisfy { $0["agrees"] as? Bool == true }
            }
    }

    /// Everything is asked and read by `check.py`; here only who ended without a blow is added.
    func check() throws -> Verdict {
        let result = try Programs.run(Programs.python, [Programs.foreign("check.py"), Programs.yrdsync, folder])
        let report = try #require(result.lines.last, "\(result.errors)")
        var verdict = Verdict(
            violations: report["violations"] as? [String] ?? [], unnoticed: report["unnoticed"] as? [String] ?? [],
            figures: figures.merging(report["figures"] as? [String: Int] ?? [:]) { one, _ in one })
        daemons { $0.end() }
        verdict.violations += victims.values.flatMap(\.ownEnds)
        for (fate, count) in try network.close() { verdict.figures["connections \(fate)"] = count }
        keepsFiles = keepsFiles || !verdict.violations.isEmpty || !verdict.unnoticed.isEmpty
        return verdict
    }

    struct Verdict {
        var violations: [String]
        /// Falsified evidence that the check would have let pass.
        let unnoticed: [String]
        var figures: [String: Int]

        var kills: Int { figures.filter { $0.key.hasPrefix("kills of") }.map(\.value).reduce(0, +) }

        var table: String {
            figures.sorted { $0.key < $1.key }
                .map { $0.key.padding(toLength: 44, withPad: " ", startingAt: 0) + "\($0.value)" }
                .joined(separator: "\n")
        }
    }
}
