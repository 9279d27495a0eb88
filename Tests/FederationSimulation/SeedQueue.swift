// Many seeds on all cores, each on one thread from its first step to its last.

package import SyncSimulation
private import Synchronization

/// Seeds that workers take one by one, and the sum of what they met.
package final class SeedQueue: Sendable {
    private struct State {
        var next = 0
        var total = Tally()
        var violations: [String] = []
    }

    private let seeds: [UInt64]
    private let steps: Int
    private let state = Mutex(State())

    package init(_ seeds: [UInt64], steps: Int) {
        self.seeds = seeds
        self.steps = steps
    }

    /// How many seeds were taken.
    package var taken: Int { state.withLock { $0.next } }

    package var tally: Tally { state.withLock { $0.total } }

    /// One line a broken promise, with the seed that repeats it.
    package var violations: [String] { state.withLock { $0.violations } }

    private func take() -> UInt64? {
        state.withLock { state in
            guard state.next < seeds.count else { return nil }
            state.next += 1
            return seeds[state.next - 1]
        }
    }

    /// On the calling thread until no seed is left.
    package func work() throws {
        while let seed = take() {
            let story = try SeedStory(seed: seed, steps: steps)
            state.withLock { state in
                state.total.add(story.tally)
                if let violation = story.violation { state.violations.append("seed \(seed): \(violation)") }
            }
        }
    }

    /// On so many threads, until no seed is left.
    package func work(threads: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<threads { group.addTask { @concurrent in try self.work() } }
            try await group.waitForAll()
        }
    }
}
