// What one seed tells, from its first event to the checks at its end.

package import SyncSimulation

/// The story of one seed; a violation is its last line.
package struct SeedStory: Sendable {
    package let seed: UInt64
    package let trace: Trace
    package let tally: Tally
    /// The broken promise, nil if all held.
    package let violation: String?

    /// Runs a whole federation. Its files are gone afterwards.
    package init(seed: UInt64, steps: Int) throws {
        var simulation = try Simulation(seed: seed)
        defer { simulation.removeFiles() }
        self.seed = seed
        do {
            try simulation.run(steps: steps)
            violation = nil
        } catch {
            violation = "\(error)"
        }
        trace = simulation.trace
        tally = simulation.tally
    }
}
