// Every call to the disk fails once, in every way; afterwards nothing may be lost, halved or stuck.

import CSQLite
import CrashDisk
import ForeignSQL
import Foundation

@testable import ReplicaStore

/// What a sweep threw at an operation, and what did not hold.
struct SweepReport {
    fileprivate(set) var summary = ""
    fileprivate(set) var problems: [String] = []
    fileprivate(set) var strikes: [Fault: Int] = [:]
    /// Strikes that no step complained of, as at a checkpoint that the next one makes up for.
    fileprivate(set) var absorbed = 0
    /// Distinct images of the disk that a restart was tried on.
    fileprivate(set) var images = 0
    fileprivate(set) var cuts = 0
}

final class Sweep {
    /// More random survivors for each power cut, and no stride.
    static let seeds = ProcessInfo.processInfo.environment["YRD_CRASH_SEEDS"].flatMap { Int($0) }

    private let operation: Operation
    private let honesty: Honesty
    private let problemsMax: Int
    private let folder: Folder
    private var report = SweepReport()
    /// After each step of a run without fault; the first is before all of them.
    private var standings: [Standing] = []
    /// By step: what stands between two of its transactions.
    private var milestones: [[Standing]] = []
    private var seen: Set<[UInt64]> = []
    private var counts = crashdisk_counts()

    init(_ operation: Operation, _ honesty: Honesty = .honest, problemsMax: Int = 10) throws {
        self.operation = operation
        self.honesty = honesty
        self.problemsMax = problemsMax
        folder = try Folder()
    }

    func run() throws -> SweepReport {
        let start = crashdisk_thread_seconds()
        try runWithoutFault()
        for fault in Fault.allCases { try sweep(fault) }
        let took = crashdisk_thread_seconds() - start
        let strikes = report.strikes
        report.summary = """
            \(operation.name): \(counts.all) I/O calls (\(counts.changing) change the disk, \(counts.space) need space); \
            \(strikes[.powerCut, default: 0]) power cuts with \(report.cuts) outcomes, \
            \(strikes[.eioOnce, default: 0]) EIO once, \(strikes[.eioFromThenOn, default: 0]) EIO from then on, \
            \(strikes[.full, default: 0]) disk full; \(report.absorbed) absorbed, \(report.images) distinct images \
            restarted, \(report.problems.count) problems, \(String(format: "%.1f", took)) s CPU
            """
        return report
    }

    // MARK: Without fault

    private func runWithoutFault() throws {
        let (node, disk) = try start("reference")
        standings = [try standing(from: disk)]
        expect(operation.findings, in: standings[0], "before")
        for step in operation.steps {
            milestones.append(
                try step.milestones.map { reach in
                    try standing(from: disk) { copy in
                        try reach(copy)
                        copy.forget()
                    }
                })
            try step.run(node)
            standings.append(try standing(from: disk))
            expect(step.findings, in: standings.last!, step.name)
        }
        node.forget()
        let (again, sound) = try start("count")
        sound.count()
        for step in operation.steps { try step.run(again) }
        counts = sound.counts
        again.forget()
    }

    private func expect(_ findings: [String], in standing: Standing, _ name: String) {
        precondition(
            standing.findings == findings, "\(operation.name), \(name): without any fault \(standing.findings)")
    }

    /// Looked at from a copy, so that looking changes nothing.
    private func standing(from disk: Disk, after reach: ((CrashNode) throws -> Void)? = nil) throws -> Standing {
        let copy = try folder.make("copy")
        _ = disk.leave(.everything, in: copy)
        let node = try CrashNode(operation.market, in: copy)
        defer { node.forget() }
        try reach?(node)
        return try standing(of: node)
    }

    private func standing(of node: CrashNode) throws -> Standing {
        let state = try State(of: node.folder, files: operation.files)
        return Standing(state: state, findings: state.replica == nil ? [] : try node.findings().map(\.code))
    }

    private func start(_ name: String) throws -> (CrashNode, Disk) {
        let place = try folder.make(name)
        try operation.image.write(to: place)
        let disk = Disk(place, checkpointEvery: operation.checkpointEvery, honesty)
        if operation.hasSmallCache { disk.shrinkCache() }
        let node = try CrashNode(operation.market, in: place)
        if operation.beginsOpen { try node.open() }
        return (node, disk)
    }

    // MARK: With faults

    private func sweep(_ fault: Fault) throws {
        let stride = Self.seeds == nil ? operation.stride * fault.stride : 1
        var call = 1
        while try strike(fault, at: call) {
            report.strikes[fault, default: 0] += 1
            guard report.problems.count < problemsMax else { return }
            call += stride
        }
    }

    /// False if the operation ended before that call.
    private func strike(_ fault: Fault, at call: Int) throws -> Bool {
        let (node, disk) = try start("run")
        defer { node.forget() }
        disk.arm(fault, at: call)
        var acknowledged = 0
        var failure: (any Error)?
        for step in operation.steps {
            do {
                try step.run(node)
                acknowledged += 1
            } catch {
                failure = error
                break
            }
        }
        let struck = disk.struck
        let story = "\(operation.name), \(fault) at call \(call) (\(struck ?? "none")), \(acknowledged) acknowledged"
        if let failure, struck == nil {
            add(story, "failed without a fault: \(failure)")
            return true
        }
        if fault == .powerCut {
            // Also after the last call: by then everything was acknowledged.
            disk.cutPower()
            node.forget()
            restart(disk, Survivors.tried(at: call), acknowledged, story, call)
        } else if struck != nil {
            goOn(node, disk, acknowledged, failure, story)
        }
        return struck != nil
    }

    /// The same process goes on once the fault is gone; then the power fails.
    private func goOn(_ node: CrashNode, _ disk: Disk, _ acknowledged: Int, _ failure: (any Error)?, _ story: String) {
        disk.disarm()
        if let failure {
            if !Self.isProper(failure) { add(story, "improper error: \(failure)") }
            restart(disk, [.everything], acknowledged, story + ", killed", 0)
        } else {
            report.absorbed += 1
        }
        let end: Standing
        do {
            try operation.meanwhile?(node)
            for step in operation.steps[acknowledged...] { try step.run(node) }
            end = try standing(of: node)
        } catch {
            return add(story, "could not go on: \(error)")
        }
        judge(end, after: acknowledged, story + ", went on")
        disk.cutPower()
        node.forget()
        for survivors in operation.meanwhile == nil ? [Survivors.nothing] : Survivors.allCases {
            expectLeft(disk, survivors, end.state, story + ", went on, power cut, \(survivors) survives")
        }
    }

    /// Where another try ends that came after something else is not known beforehand; that it is sound, and builds on what
    /// was acknowledged, is.
    private func judge(_ end: Standing, after acknowledged: Int, _ story: String) {
        guard let wanted = standings.last else { return }
        if operation.meanwhile == nil {
            if end != wanted { add(story, "another state than without fault: \(difference(end, wanted))") }
            return
        }
        if end.findings != wanted.findings { add(story, "findings \(end.findings)") }
        if !end.state.entries.isSuperset(of: standings[acknowledged].state.entries) {
            add(story, "a number that was given out names another change set")
        }
    }

    /// Everything has been acknowledged, so nothing of it may have depended on luck.
    private func expectLeft(_ disk: Disk, _ survivors: Survivors, _ end: State, _ story: String) {
        do {
            let place = try folder.make("left")
            let hash = disk.leave(survivors, seed: UInt64(report.cuts), in: place)
            report.cuts += 1
            guard seen.insert([hash, .max, UInt64(bitPattern: Int64(end.hashValue))]).inserted else { return }
            report.images += 1
            let left = try State(of: place, files: operation.files)
            if left != end { add(story, "what was acknowledged is lost: \(left.difference(from: end))") }
        } catch {
            add(story, "what was acknowledged is lost: \(error)")
        }
    }

    /// Thrown for the disk's sake, with what was being done.
    private static func isProper(_ error: any Error) -> Bool {
        switch error {
        case let error as SQLiteError:
            [SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN].contains(error.code & 0xFF) && !error.doing.isEmpty
        case BackupFailure.failed: true
        case is SQLComplaint: true
        default: false
        }
    }

    // MARK: Restarts

    private func restart(
        _ disk: Disk, _ survivors: [Survivors], _ acknowledged: Int, _ story: String, _ call: Int
    ) {
        for survivors in survivors {
            for round in 0..<(survivors.isRandom ? max(1, Self.seeds ?? 1) : 1) {
                guard let place = try? folder.make("restart") else { preconditionFailure("no room for a restart") }
                let seed = UInt64(call / 2 + round * 100_003)
                let hash = disk.leave(survivors, seed: seed, in: place)
                report.cuts += 1
                guard seen.insert([hash, UInt64(acknowledged)]).inserted else { continue }
                report.images += 1
                check(place, acknowledged, "\(story), \(survivors) survives, seed \(seed)")
            }
        }
    }

    /// A new process on a sound disk.
    private func check(_ place: String, _ acknowledged: Int, _ story: String) {
        do {
            let node = try CrashNode(operation.market, in: place)
            defer { node.forget() }
            let found = try standing(of: node)
            let steps = operation.steps
            var allowed = [standings[acknowledged]]
            if acknowledged < steps.count { allowed += milestones[acknowledged] + [standings[acknowledged + 1]] }
            guard allowed.contains(found) else {
                let lost = standings[..<acknowledged].contains(found) ? "what was acknowledged is lost" : "half done"
                return add(story, "\(lost): \(difference(found, standings[acknowledged]))")
            }
            guard acknowledged < steps.count else { return }
            for (index, step) in steps.enumerated() where index >= acknowledged {
                if step.isOnce, index == acknowledged, found == standings[index + 1] { continue }
                try step.run(node)
            }
            // What `verify` says of that state is known.
            let now = try State(of: place, files: operation.files)
            if let end = standings.last?.state, now != end {
                add(story, "repeated to another state than without fault: \(now.difference(from: end))")
            }
        } catch {
            add(story, "could not restart: \(error)")
        }
    }

    private func difference(_ found: Standing, _ wanted: Standing) -> String {
        "findings \(found.findings)\n    \(found.state.difference(from: wanted.state))"
    }

    private func add(_ story: String, _ problem: String) { report.problems.append("\(story): \(problem)") }
}
