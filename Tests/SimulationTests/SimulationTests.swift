// Whole federations from seeds, in the build of the suite; `make soak` runs many more, in release.

import FederationSimulation
import Foundation
import SyncSimulation
import Testing

@Suite("Simulated federations")
struct SimulationTests {
    @Test func `no accepted edit is lost, whatever happens`() async throws {
        let queue = SeedQueue(FailedSeeds.all + Array(1...8), steps: 200)
        try await queue.work(threads: ProcessInfo.processInfo.activeProcessorCount)
        for violation in queue.violations { Issue.record("\(violation)") }
    }

    /// Another process hashes in another order: what depended on that would tell another story there.
    @Test func `one seed gives one story, byte for byte, also in another process`() async throws {
        for seed in UInt64(1)...2 {
            let here = try SeedStory(seed: seed, steps: 120).trace.text
            #expect(try SeedStory(seed: seed, steps: 120).trace.text == here)
            let result = try await #require(
                processExitsWith: .success, observing: [\.standardOutputContent]
            ) { [seed = seed as UInt64] in
                print("story", try SeedStory(seed: seed, steps: 120).trace.text, "end of story")
            }
            let there = String(decoding: result.standardOutputContent, as: UTF8.self)
            #expect(there.contains("story \(here) end of story"))
        }
    }
}
