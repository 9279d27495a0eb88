// kill -9 of anything at any time, over a bad network: nothing acknowledged is missing at the end on any node.

import Foundation
import Testing

@Suite("Kills", .serialized)  // A storm takes the whole machine.
struct KillTests {
    private static func environment(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// `make kills KILLS=200` for a long one, `SEED=n` for another plan.
    @Test func `after kills, cuts and conflicts nothing acknowledged is missing on any node`() throws {
        let kills = Int(Self.environment("YRD_KILLS") ?? 22)
        let seed = Self.environment("YRD_KILL_SEED") ?? 1
        let storm = try Storm(seed: seed, kills: kills)
        try storm.found()
        try storm.rage()
        try storm.calm(within: .seconds(300))
        let verdict = try storm.check()
        print("seed \(seed)\n\(verdict.table)\nviolations: \(verdict.violations.count)")
        #expect(verdict.violations.isEmpty, "\(verdict.violations.joined(separator: "\n"))")
        #expect(verdict.unnoticed.isEmpty, "the check is blind to: \(verdict.unnoticed)")
        #expect(verdict.kills >= kills)
        // A storm that threw nothing proves nothing.
        for figure in [
            "transactions acknowledged", "conflicts seen", "conflicts settled, acknowledged", "looks of readers",
            "contexts checked",
        ] {
            #expect(verdict.figures[figure, default: 0] > 0, "\(figure)")
        }
    }
}
