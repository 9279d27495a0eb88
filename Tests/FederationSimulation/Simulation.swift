// A whole federation from one seed: events, faults, and the promises that hold all the while.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

package struct Simulation {
    let seed: UInt64
    let nodes: [SimulatedNode]
    let allowsForks: Bool
    private let folder: String
    private var schedule: Schedule
    private var network: SimulatedNetwork
    let roots = FederationRoots()
    var writer: LocalWriter
    var generator: SeededGenerator
    private(set) var liar: LyingMember?
    var ledger = Ledger()
    private(set) var trace = Trace()
    var tally = Tally()
    private var awayUntil: [Int]
    var conflictsSeen: Set<DeclaredConflict> = []
    /// Conflicts as someone once saw them, and what was decided.
    var shown: [(id: Digest, record: RecordID, unit: UnitNumber, request: ResolutionRequest)] = []
    var resolved: [(id: Digest, record: RecordID, unit: UnitNumber)] = []

    /// 2023-11-14, for every run.
    private static let start: Int64 = 1_700_000_000_000

    /// In memory where there is such a place: what is simulated is the order of things, not the disk.
    private static let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()

    init(seed: UInt64) throws {
        self.seed = seed
        let root = SeededGenerator(seed: seed)
        generator = root.stream(1)
        let count = 2 + generator.pick(6)
        let hasLiar = generator.chance(percent: 60)
        allowsForks = generator.chance(percent: 30)
        folder = "\(Self.base)/yrd-sim-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let folder = folder
        let changesPerSet = generator.pick(from: [2, 3, Limits.opsPerChangeSet])
        // A stream of its own: older seeds tell the same story, under ciphertext or not.
        var atRest = root.stream(6)
        let encrypts = atRest.chance(percent: 35)
        nodes = try (0..<count).map { index in
            try SimulatedNode(
                index: index, folder: folder, clock: SimulatedClock(startMilliseconds: Self.start),
                changesPerSet: changesPerSet, encrypts: encrypts,
                root.stream(100 + UInt64(index)))
        }
        if hasLiar { liar = try LyingMember(index: count, allowsForks: allowsForks, root.stream(2)) }
        schedule = Schedule(root.stream(3), nodes: count, hasLiar: hasLiar, allowsForks: allowsForks)
        network = SimulatedNetwork(faults: .drawn(using: &generator), root.stream(4))
        writer = LocalWriter(nodes: count, root.stream(5))
        awayUntil = Array(repeating: 0, count: count)
        let descriptors = nodes.map(\.descriptor) + (liar.map { [$0.descriptor] } ?? [])
        for node in nodes { node.trust(descriptors) }
        trace.add(
            "seed \(seed): \(count) nodes, liar \(hasLiar), forks \(allowsForks), "
                + "\(changesPerSet) changes a set, encrypts \(encrypts), \(network.faults)")
    }

    mutating func note(_ line: String) { trace.add(line) }

    func removeFiles() { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Running

    /// Throws a `Violation` if a promise is broken.
    mutating func run(steps: Int) throws {
        for node in nodes { try writer.begin(at: node, &ledger, &tally) }
        for step in 1...steps {
            let event = schedule.next()
            for node in nodes { node.clock.advance(milliseconds: Int64(generator.pick(5_000))) }
            do {
                let what = try act(event, step)
                trace.add("\(step) \(event): \(what)")
            } catch let death as ProcessDied {
                try nodes[death.index].restart()
                tally.count("process died")
                trace.add("\(step) \(event): died")
            } catch let error as SQLiteError where error.isBusy && writer.hasOpenTransaction {
                tally.count("step held up by an open transaction")
                for node in nodes { try ledger.observe(node, hasSealed: false) }
                trace.add("\(step) \(event): busy")
            } catch let violation as Violation {
                throw Violation("step \(step), \(event): \(violation)")
            }
            tally.count("step")
            if step.isMultiple(of: Self.stepsBetweenChecks) { try checkStanding(after: step) }
        }
        try heal()
        try check()
        tally.add(network.tally)
        if let liar { tally.add(liar.tally) }
        tally.count("change set", ledger.sealed.count)
        tally.count("group of several change sets", ledger.groups)
        tally.count("change set lost with its only disk", ledger.lostWithDisk.count)
        tally.count("unit followed into its change set", ledger.unitsSealed)
        tally.count("new incarnation", nodes.reduce(0) { $0 + $1.recoveries })
        if !nodes[0].looksAtPair { tally.count("excused: federation whose pair is no longer looked at") }
        tally.count("delete followed into its change set", ledger.deletesSealed)
    }

    private static let stepsBetweenChecks = 20

    /// All nodes against each other, and one against itself.
    private mutating func checkStanding(after step: Int) throws {
        do {
            try checkMeanwhile(nodes)
            let node = nodes[step / Self.stepsBetweenChecks % nodes.count]
            if !writer.hasOpen(at: node) { try verify(node, isDeep: false) }
        } catch let violation as Violation {
            throw Violation("after step \(step): \(violation)")
        }
    }

    func isWriting(at node: SimulatedNode) -> Bool { ledger.hasUnsealed(at: node) || writer.hasOpen(at: node) }

    private mutating func act(_ event: SimulationEvent, _ step: Int) throws -> String {
        switch event {
        case .write(let node): return try writer.write(at: nodes[node], &ledger, &tally)
        case .leaveOpen(let node): return try writer.write(at: nodes[node], leavesOpen: true, &ledger, &tally)
        case .escape(let node): return try writer.escape(at: nodes[node], &ledger, &tally)
        case .audit(let node): return try audit(nodes[node], count: 2)
        case .seal(let node):
            try nodes[node].seal()
            try ledger.observe(nodes[node], hasSealed: true)
            try checkHidden(nodes[node])
            return "\(try nodes[node].replica.ownHead().sequence)"
        case .round(let one, let other):
            guard step >= awayUntil[one], step >= awayUntil[other] else { return "away" }
            return try round(nodes[one], nodes[other])
        case .lateMessage: return try deliverLate()
        case .restart(let node):
            try nodes[node].restart()
            tally.count("restart")
            return try changeRestKey(at: nodes[node])
        case .crashBeforeFence(let node):
            nodes[node].diesBeforeFence = true
            defer { nodes[node].diesBeforeFence = false }
            tally.count("crash before fence")
            do { try nodes[node].seal() } catch let death as ProcessDied {
                try ledger.observe(nodes[node], hasSealed: false)
                throw death
            }
            return ""
        case .backUp(let node):
            guard !writer.hasOpen(at: nodes[node]) else { return "a transaction is open" }
            try nodes[node].backUp()
            ledger.backedUp(nodes[node])
            return ""
        case .restore(let node, let isDeclared): return try restore(nodes[node], isDeclared: isDeclared)
        case .restoreSnapshot(let node):
            guard nodes[node].hasBackup else { return "no backup" }
            try putBackupBack(nodes[node], withFence: true)
            tally.count("restore, fence and all")
            return ""
        case .clockJump(let node, let milliseconds):
            nodes[node].clock.jump(milliseconds: milliseconds)
            tally.count(abs(milliseconds) > 86_400_000 ? "clock jump, ten years" : "clock jump")
            return ""
        case .clockFreeze(let node):
            nodes[node].clock.freeze()
            tally.count("clock freeze")
            return ""
        case .clockSetRight(let node):
            nodes[node].clock.setRight()
            return ""
        case .partition(let side):
            network.partition(side, nodes: nodes.count)
            return ""
        case .cutLink(let from, let to):
            network.cut(from: from, to: to)
            return ""
        case .slowPeer(let node):
            network.slowDown(node)
            return ""
        case .mendNetwork:
            network.mend()
            return ""
        case .leave(let node, let steps):
            awayUntil[node] = step + steps
            tally.count("node away")
            return ""
        case .upgrade(let node): return try upgrade(nodes[node])
        case .resolve(let node): return try resolve(at: nodes[node])
        case .resolveStale(let node): return try resolveStale(at: nodes[node])
        case .undo(let node): return try undo(at: nodes[node])
        case .lie(let node): return try lie(to: nodes[node])
        case .close(let node): return try close(at: nodes[node])
        case .verify(let node):
            try verify(nodes[node])
            return ""
        }
    }

    private mutating func audit(_ node: SimulatedNode, count: Int) throws -> String {
        do {
            let isEnded = try node.audit(count: count)
            try ledger.observe(node, hasSealed: false)
            return isEnded ? "to the end" : "a piece"
        } catch let death as ProcessDied {
            try ledger.observe(node, hasSealed: false)
            throw death
        }
    }

    private mutating func upgrade(_ node: SimulatedNode) throws -> String {
        guard !node.isUpgraded else { return "has it" }
        defer { tally.count("catalog upgraded") }
        do {
            try node.upgrade()
        } catch let death as ProcessDied {
            try ledger.observe(node, hasSealed: false)
            throw death
        }
        try ledger.observe(node, hasSealed: true)
        return "\(try node.replica.ownHead().sequence)"
    }

    private mutating func changeRestKey(at node: SimulatedNode) throws -> String {
        guard let what = try node.changeRestKey() else { return "" }
        tally.count("personal columns \(what)")
        return what
    }

    // MARK: Exchange

    private mutating func round(_ one: SimulatedNode, _ other: SimulatedNode) throws -> String {
        var exchange = SimulatedRound(
            one, other, roots, batchBytesMax: [1, 1_500, 6_000, 1 << 20][generator.pick(4)])
        defer { tally.count("round") }
        do {
            let outcome = try exchange.run(&network)
            try observeBoth(one, other)
            tally.count("change set travelled", outcome.sent + outcome.received)
            if outcome.isLevel { try checkMeanwhile([one, other]) }
            return "sent \(outcome.sent), received \(outcome.received), waiting \(outcome.waiting), "
                + "level \(outcome.isLevel)"
        } catch is LinkFailed {
            try observeBoth(one, other)
            tally.count("round broken off")
            return "broken off"
        } catch let death as ProcessDied {
            try observeBoth(one, other)
            throw death
        }
    }

    private mutating func observeBoth(_ one: SimulatedNode, _ other: SimulatedNode) throws {
        for node in [one, other] {
            try ledger.observe(node, hasSealed: false)
            try checkHeads(node)
        }
    }

    /// Nothing of a group is in a vector before the whole group is.
    private func checkHeads(_ node: SimulatedNode) throws {
        for row in try node.replica.frontier().rows
        where try node.replica.entry(row)?.entry.header.groupContinues != false {
            throw Violation("\(node.market) stands at \(row.dot), inside a group")
        }
    }

    private mutating func deliverLate() throws -> String {
        guard let message = network.takeLate() else { return "none" }
        let node = nodes[message.to]
        guard let batch = try? Batch(decoding: message.bytes) else { return "unreadable" }
        let report = try node.apply(batch, from: nodes[message.from].market)
        try observeBoth(node, node)
        tally.count("late message")
        return "applied \(report.applied)"
    }

    // MARK: Restores

    private mutating func restore(_ node: SimulatedNode, isDeclared: Bool) throws -> String {
        guard node.hasBackup else { return "no backup" }
        try putBackupBack(node, withFence: false)
        tally.count(isDeclared ? "restore, declared" : "restore, undeclared")
        if isDeclared { try node.declareRestored() }
        return "\(try node.replica.ownOrigin())"
    }

    private mutating func putBackupBack(_ node: SimulatedNode, withFence: Bool) throws {
        writer.forgetOpen(at: node)
        try node.putBackupBack(withFence: withFence)
        try ledger.setBack(node, among: nodes, fenceToo: withFence)
        if node === nodes[0] {
            for reader in nodes { reader.looksAtPair = false }
        }
    }

    // MARK: Lies

    private mutating func lie(to node: SimulatedNode) throws -> String {
        guard liar != nil else { return "" }
        let source = generator.pick(from: nodes)
        let lie = try liar!.lie(seeing: try source.replica.frontier(), keys: writer.itemKeys, token: writer.token())
        let market = liar!.market
        guard let decoded = try? Batch(decoding: lie.batch.encoded()) else { return "\(lie.name), unreadable" }
        let report = try node.apply(decoded, from: market)
        try observeBoth(node, node)
        try check(lie, against: report, at: node)
        return "\(lie.name), applied \(report.applied)"
    }

    /// What never can be applied is refused as what it is; the rest is judged by the logs at the end.
    private func check(_ lie: Lie, against report: ApplyReport, at node: SimulatedNode) throws {
        let header = lie.entry.header
        let classes = report.refused.filter { $0.sequence == header.sequence && $0.origin == header.origin }
            .map(\.refusalClass)
        let isRefused =
            switch lie.fate {
            case .notAuthentic: classes.contains(.notAuthentic)
            case .waits: classes.contains(.waiting)
            case .takesEffect, .faulty, .forbidden: true
            }
        guard isRefused else { throw Violation("\(node.market) did not refuse the lie: \(lie.name)") }
    }

    // MARK: After healing

    /// Rounds between all pairs until nothing travels; so many sweeps must do.
    private static let sweepsMax = 5

    private mutating func heal() throws {
        network.heal()
        awayUntil = Array(repeating: 0, count: nodes.count)
        while network.takeLate() != nil {}
        for node in nodes {
            try writer.commitOpen(at: node, &ledger, &tally)
            try auditToEnd(node)
            try upgradeToEnd(node)
        }
        for sweep in 1...Self.sweepsMax {
            var travelled = 0
            for one in nodes {
                for other in nodes where other !== one { travelled += try healedRound(one, other) }
            }
            trace.add("healing \(sweep): \(travelled)")
            if travelled == 0 { return }
        }
        throw Violation("after \(Self.sweepsMax) sweeps of rounds between all nodes, entries still travel")
    }

    private mutating func auditToEnd(_ node: SimulatedNode) throws {
        // What is pending is left to the seal; then the piece that is under way, and one whole audit.
        var (isSealed, endings) = (false, 0)
        while endings < 2 {
            do {
                if !isSealed {
                    try node.seal()
                    try ledger.observe(node, hasSealed: true)
                    isSealed = true
                }
                if try audit(node, count: 3) == "to the end" { endings += 1 }
            } catch is ProcessDied {
                try node.restart()
            }
        }
        try ledger.checkEscapes(at: node)
    }

    private mutating func upgradeToEnd(_ node: SimulatedNode) throws {
        while !node.isUpgraded {
            do { _ = try upgrade(node) } catch is ProcessDied { try node.restart() }
        }
    }

    private mutating func healedRound(_ one: SimulatedNode, _ other: SimulatedNode) throws -> Int {
        while true {
            do {
                var exchange = SimulatedRound(one, other, roots, batchBytesMax: 4_000)
                let outcome = try exchange.run(&network)
                try observeBoth(one, other)
                return outcome.sent + outcome.received
            } catch let death as ProcessDied {
                try nodes[death.index].restart()
                try observeBoth(one, other)
            }
        }
    }
}
