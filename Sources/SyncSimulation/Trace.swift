// What happened, line by line: the same seed gives the same bytes.

/// The story of one seed. Lines hold nothing that differs between runs: no wall time, no hash order, no path.
package struct Trace: Hashable, Sendable {
    package private(set) var lines: [String] = []

    package init() {}

    package mutating func add(_ line: String) { lines.append(line) }

    package var text: String { lines.joined(separator: "\n") }
}
