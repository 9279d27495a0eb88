// When the watch over commits looks next: as a pure rule, without a clock.

import Testing

@testable import ReplicaStore

@Suite("The pace of looks for commits")
struct LookPaceTests {
    /// The pauses before the looks that find nothing, up to the last.
    private func pauses(from pace: LookPace) -> [Duration] {
        var pace = pace
        var pauses: [Duration] = []
        while let pause = pace.pause {
            pauses.append(pause)
            pace.lookedInVain()
        }
        return pauses
    }

    @Test func `before any event nothing is looked for`() {
        #expect(LookPace().pause == nil)
    }

    @Test func `looks after an event become rarer in proportion to the time that has passed, and end after a second`() {
        var pace = LookPace()
        pace.restart()
        let pauses = pauses(from: pace)
        #expect(pauses.first == .microseconds(50))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 < $1 && $1 <= $0 * 1.6 })
        let before = pauses.dropLast().reduce(Duration.zero, +)
        #expect(before < LookPace.settleTime && before + pauses.last! >= LookPace.settleTime)
        #expect(pauses.count < 40)
    }

    @Test func `after a commit to be sealed it rests, since more of them are taken at once, and looks once more`() {
        var pace = LookPace()
        pace.restart()
        #expect(pace.told(isPending: true) == LookPace.rest)
        #expect(pace.pause == LookPace.rest)
    }

    @Test func `a version that is new while nothing is pending may be a commit's beginning: no rest`() {
        var pace = LookPace()
        pace.restart()
        for _ in 0..<20 { pace.lookedInVain() }
        #expect(pace.told(isPending: false) == nil)
        // The commit stands within a flush of the disk; the looks until then are close to each other.
        let early = pauses(from: pace).prefix(4).reduce(Duration.zero, +)
        #expect(early < .milliseconds(2))
    }

    @Test func `an event during the looks begins them anew`() {
        var pace = LookPace()
        pace.restart()
        let fresh = pace
        for _ in 0..<10 { pace.lookedInVain() }
        pace.restart()
        #expect(pace == fresh)
    }
}
