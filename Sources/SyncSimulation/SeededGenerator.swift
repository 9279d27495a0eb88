// Chance for a simulation: one seed, one sequence, on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014). Bounded draws are its own arithmetic, so that no standard library's choice of
/// algorithm is part of a seed's meaning.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    private static func mixed(_ input: UInt64) -> UInt64 {
        var word = input
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A generator of its own for one purpose: a draw more in one place changes nothing in the others.
    package func stream(_ purpose: UInt64) -> SeededGenerator {
        SeededGenerator(seed: Self.mixed(state &+ Self.mixed(purpose &+ 1)))
    }

    /// 0 ..< count.
    package mutating func pick(_ count: Int) -> Int {
        precondition(count > 0, "there is nothing to pick from")
        return Int(next() % UInt64(count))
    }

    package mutating func pick<Element>(from elements: [Element]) -> Element { elements[pick(elements.count)] }

    package mutating func chance(percent: Int) -> Bool { pick(100) < percent }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
