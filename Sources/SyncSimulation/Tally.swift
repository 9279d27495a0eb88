// What was thrown at a federation and what came of it, counted by name.

/// Counts by name; printed in the order of names.
package struct Tally: Hashable, Sendable {
    private var counts: [String: Int] = [:]

    package init() {}

    package mutating func count(_ name: String, _ times: Int = 1) {
        if times != 0 { counts[name, default: 0] += times }
    }

    package subscript(name: String) -> Int { counts[name] ?? 0 }

    package mutating func add(_ other: Tally) {
        for (name, times) in other.counts { counts[name, default: 0] += times }
    }

    package var lines: [String] { counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } }
}
