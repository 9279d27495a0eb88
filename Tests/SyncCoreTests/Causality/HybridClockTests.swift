// The clock orders what people see; it never runs away with a neighbour's, nor with its own old future.

import Testing

@testable import SyncCore

@Suite("Hybrid clock")
struct HybridClockTests {
    private static let now: Int64 = 1_800_000_000_000
    private static let tenYears: Int64 = 10 * 365 * 86_400_000

    @Test func `it is the wall clock while that goes on`() {
        var clock = HybridClock(highestMilliseconds: 0)
        #expect(clock.tick(wallMilliseconds: Self.now) == Self.now)
        #expect(clock.tick(wallMilliseconds: Self.now + 5) == Self.now + 5)
    }

    @Test func `it rises by one where the wall clock stands still or goes back a little`() {
        var clock = HybridClock(highestMilliseconds: Self.now)
        #expect(clock.tick(wallMilliseconds: Self.now) == Self.now + 1)
        #expect(clock.tick(wallMilliseconds: Self.now - 1_000) == Self.now + 2)
    }

    @Test func `what it seals comes after everything it has seen`() {
        var clock = HybridClock(highestMilliseconds: 0)
        #expect(clock.observe(Self.now + 60_000, wallMilliseconds: Self.now) == true)
        #expect(clock.tick(wallMilliseconds: Self.now) == Self.now + 60_001)
    }

    @Test(arguments: [(599_999, true), (600_000, true), (600_001, false)] as [(Int64, Bool)])
    func `a time over ten minutes ahead is flagged and advances nothing`(_ ahead: Int64, _ taken: Bool) {
        var clock = HybridClock(highestMilliseconds: 5)
        #expect(clock.observe(Self.now + ahead, wallMilliseconds: Self.now) == taken)
        #expect(clock.highestMilliseconds == (taken ? Self.now + ahead : 5))
    }

    @Test func `a clock set back ten years follows its wall, not its old future`() {
        var clock = HybridClock(highestMilliseconds: Self.now)
        let back = Self.now - Self.tenYears
        #expect(clock.tick(wallMilliseconds: back) == back)
        #expect(clock.tick(wallMilliseconds: back) == back + 1)
        #expect(clock.tick(wallMilliseconds: Self.now) == Self.now)
    }

    @Test func `a clock set forward ten years and back again is itself again`() {
        var clock = HybridClock(highestMilliseconds: Self.now)
        #expect(clock.tick(wallMilliseconds: Self.now + Self.tenYears) == Self.now + Self.tenYears)
        #expect(clock.tick(wallMilliseconds: Self.now + 1) == Self.now + 1)
    }

    @Test(arguments: [.min, -1, 0, 1 << 53, .max] as [Int64])
    func `no wall clock makes a time that the envelope cannot carry`(_ wall: Int64) {
        for highest in [0, Self.now, Int64(Limits.counterMax)] {
            var clock = HybridClock(highestMilliseconds: highest)
            for _ in 0..<3 {
                let time = clock.tick(wallMilliseconds: wall)
                #expect((0...Int64(Limits.counterMax)).contains(time))
            }
        }
    }

    @Test(arguments: [.min, -1, 0, 1 << 53, .max] as [Int64])
    func `no time and no wall clock trap it`(_ extreme: Int64) {
        for other in [.min, -1, 0, Self.now, .max] as [Int64] {
            var clock = HybridClock(highestMilliseconds: 0)
            #expect(clock.observe(extreme, wallMilliseconds: other) == (Double(extreme) - Double(other) <= 600_000))
            _ = clock.tick(wallMilliseconds: other)
            var stored = HybridClock(highestMilliseconds: extreme)
            _ = stored.tick(wallMilliseconds: other)
        }
    }
}
