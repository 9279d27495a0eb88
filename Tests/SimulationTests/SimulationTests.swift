// Whole federations from seeds. Seeds that ever failed run first; `make soak SEEDS=n` runs more of them.

import Foundation
import SyncSimulation
import Synchronization
import Testing

/// Which seeds run, and how far.
enum SimulationRun {
    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? standard
    }

    /// Every seed on which production code ever failed.
    static let thatFailed: [UInt64] = [
        9, 11, 17, 18,  // RollbackRule: a backup that was put back twice gave a sequence number to two change sets.
    ]

    static let steps = number("YRD_SIM_STEPS", 200)
    static let isReplay = number("YRD_SIM_SEED", -1) >= 0

    static let seeds: [UInt64] = {
        let one = number("YRD_SIM_SEED", -1)
        if one >= 0 { return [UInt64(one)] }
        let first = UInt64(number("YRD_SIM_FROM", 1))
        return thatFailed + (first..<(first + UInt64(number("YRD_SIM_SEEDS", 100))))
    }()

    /// The story of one seed; a violation is its last line.
    static func story(_ seed: UInt64, steps: Int = steps) throws -> (trace: Trace, tally: Tally, violation: String?) {
        var simulation = try Simulation(seed: seed)
        defer { simulation.removeFiles() }
        do {
            try simulation.run(steps: steps)
            return (simulation.trace, simulation.tally, nil)
        } catch {
            return (simulation.trace, simulation.tally, "\(error)")
        }
    }
}

/// Seeds that workers take one by one, and what they found.
private final class SeedQueue: Sendable {
    private let seeds: [UInt64]
    private let next = Mutex(0)
    private let total = Mutex(Tally())

    init(_ seeds: [UInt64]) { self.seeds = seeds }

    func take() -> UInt64? {
        next.withLock { next in
            guard next < seeds.count else { return nil }
            next += 1
            return seeds[next - 1]
        }
    }

    func add(_ tally: Tally) { total.withLock { $0.add(tally) } }

    var lines: [String] { total.withLock { $0.lines } }

    /// On the calling thread until none is left.
    func work() throws {
        while let seed = take() {
            let (trace, tally, violation) = try SimulationRun.story(seed)
            add(tally)
            if let violation { Issue.record("seed \(seed): \(violation)") }
            if SimulationRun.isReplay { print(trace.text) }
        }
    }
}

@Suite("Simulated federations")
struct SimulationTests {
    @Test func `no accepted edit is lost, whatever happens`() async throws {
        let seeds = SimulationRun.seeds
        let queue = SeedQueue(seeds)
        let clock = ContinuousClock()
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                group.addTask { @concurrent in try queue.work() }
            }
            try await group.waitForAll()
        }
        let seconds = (clock.now - start).components.seconds
        print("\(seeds.count) seeds, \(SimulationRun.steps) steps each, \(seconds) s")
        for line in queue.lines { print("  \(line)") }
    }

    /// Another process hashes in another order: what depended on that would tell another story there.
    @Test func `one seed gives one story, byte for byte, also in another process`() async throws {
        for seed in UInt64(1)...2 {
            let here = try SimulationRun.story(seed, steps: 120).trace.text
            #expect(try SimulationRun.story(seed, steps: 120).trace.text == here)
            let result = try await #require(
                processExitsWith: .success, observing: [\.standardOutputContent]
            ) { [seed = seed as UInt64] in
                print("story", try SimulationRun.story(seed, steps: 120).trace.text, "end of story")
            }
            let there = String(decoding: result.standardOutputContent, as: UTF8.self)
            #expect(there.contains("story \(here) end of story"))
        }
    }
}
