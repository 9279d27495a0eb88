// The time in the envelope. It orders shown values for people, and never decides whether there is a conflict.

/// A hybrid logical clock: the wall clock, or one past the highest time seen, whichever is later.
package struct HybridClock: Hashable, Sendable {
    /// The highest time that was taken into account.
    package private(set) var highestMilliseconds: Int64

    package init(highestMilliseconds: Int64) {
        self.highestMilliseconds = highestMilliseconds
    }

    /// Takes note of another's time. A time too far ahead of our wall clock never advances ours; the answer says so.
    package mutating func observe(_ timeMilliseconds: Int64, wallMilliseconds: Int64) -> Bool {
        let (latest, isEndless) = wallMilliseconds.addingReportingOverflow(Limits.clockAheadMillisecondsMax)
        guard isEndless || timeMilliseconds <= latest else { return false }
        highestMilliseconds = max(highestMilliseconds, timeMilliseconds)
        return true
    }

    /// The time for a change set sealed now. Also our own past is not followed further than the limit allows: a wall
    /// clock that was set back ten years must not drag the old future along for ten years.
    package mutating func tick(wallMilliseconds: Int64) -> Int64 {
        let wall = min(max(wallMilliseconds, 0), Int64(Limits.counterMax))
        let isFollowed = highestMilliseconds <= wall + Limits.clockAheadMillisecondsMax
        highestMilliseconds = isFollowed ? min(max(wall, highestMilliseconds + 1), Int64(Limits.counterMax)) : wall
        return highestMilliseconds
    }
}
