// When what failed is tried again: never at once, ever more rarely, and not by everyone at the same instant.

package enum Backoff {
    /// A visit that failed (DESIGN.md section 9): 30 s · 2ⁿ, at most an hour.
    package static func delaySeconds(failures: Int) -> Int {
        min(3_600, 30 << min(max(failures - 1, 0), 7))
    }

    /// A peer with whom real time is to hold and that could not be reached: about 1 s · 2ⁿ, at most about a minute.
    ///
    /// - Parameter chance: from 0 to 1.
    package static func reconnectSeconds(failures: Int, chance: Double) -> Double {
        Double(1 << min(max(failures - 1, 0), 6)) * (0.5 + chance / 2)
    }

    static func rest(failures: Int) async throws {
        try await Task.sleep(for: .seconds(reconnectSeconds(failures: failures, chance: .random(in: 0...1))))
    }
}
