// Whole federations from seeds, for as long as one likes: what was thrown at them, and what held.

import FederationSimulation
import Foundation
import SyncSimulation

/// `soak [--seeds N] [--from N] [--steps N] [--threads N]` runs many seeds; `soak --seed N` tells one seed's story.
/// Exit: 0 every promise held · 1 one was broken, or a run of 200 seeds never met a fault that it should · 2 usage.
@main
struct Soak {
    private static let usage = """
        usage: soak [--seeds N] [--from N] [--steps N] [--threads N]
               soak --seed N [--steps N]

        """

    static func main() async throws {
        let options = readOptions()
        if let seed = options["seed"] {
            let story = try SeedStory(seed: UInt64(seed), steps: options["steps"] ?? 200)
            print(story.trace.text)
            print(story.violation.map { "VIOLATION: \($0)" } ?? "every promise held")
            exit(story.violation == nil ? 0 : 1)
        }
        let isHeld = try await run(
            seeds: options["seeds"] ?? 500, from: UInt64(options["from"] ?? 1), steps: options["steps"] ?? 200,
            threads: options["threads"] ?? ProcessInfo.processInfo.activeProcessorCount)
        exit(isHeld ? 0 : 1)
    }

    private static func readOptions() -> [String: Int] {
        var options: [String: Int] = [:]
        var words = CommandLine.arguments.dropFirst()
        while let word = words.popFirst() {
            let name = String(word.dropFirst(2))
            guard word.hasPrefix("--"), ["seed", "seeds", "from", "steps", "threads"].contains(name),
                let number = words.popFirst().flatMap({ Int($0) }), number >= 0
            else {
                FileHandle.standardError.write(Data(usage.utf8))
                exit(2)
            }
            options[name] = number
        }
        return options
    }

    private static func run(seeds count: Int, from first: UInt64, steps: Int, threads: Int) async throws -> Bool {
        let seeds = FailedSeeds.all + (first..<first + UInt64(count))
        let queue = SeedQueue(seeds, steps: steps)
        let start = ContinuousClock.now
        showProgress(of: queue, count: seeds.count)
        try await queue.work(threads: threads)
        let seconds = (ContinuousClock.now - start).components.seconds
        for line in queue.violations { print("VIOLATION \(line)") }
        print("\(seeds.count) seeds, \(steps) steps each, \(seconds) s, \(queue.violations.count) violations")
        for line in queue.tally.lines { print("  \(line)") }
        let missing = seeds.count < Required.seedsMin ? [] : Required.missing(in: queue.tally)
        for name in missing { print("NEVER MET \(name)") }
        return queue.violations.isEmpty && missing.isEmpty
    }

    /// A line every ten seconds on standard error, and broken promises as they come, until the process ends. On a thread of its own: the workers leave none
    /// of the cooperative ones free.
    private static func showProgress(of queue: SeedQueue, count: Int) {
        Thread.detachNewThread {
            var told = 0
            while true {
                Thread.sleep(forTimeInterval: 10)
                let violations = queue.violations
                let lines = violations[told...].map { "  VIOLATION \($0)\n" }
                told = violations.count
                let progress = "  seed \(queue.taken) of \(count), \(told) violations\n"
                FileHandle.standardError.write(Data((lines.joined() + progress).utf8))
            }
        }
    }
}
