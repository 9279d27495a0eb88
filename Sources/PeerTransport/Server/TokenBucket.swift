// How much a peer may ask of us: a bucket that fills with time and is emptied by use.

/// A token bucket that may go into debt: what is admitted is charged in full when its size is known, and nothing more is
/// admitted until the debt is paid. So one large batch is never refused for ever, and a flood always is.
package struct TokenBucket: Hashable, Sendable {
    package let capacity: Double
    package let perSecond: Double
    /// Invariant: at most `capacity`; below zero while in debt.
    private var tokens: Double
    private var updated: ContinuousClock.Instant

    package init(capacity: Double, perSecond: Double, at now: ContinuousClock.Instant) {
        precondition(capacity > 0 && perSecond > 0, "a bucket of \(capacity), \(perSecond) a second, admits nothing")
        self.capacity = capacity
        self.perSecond = perSecond
        tokens = capacity
        updated = now
    }

    /// Nil if something may be admitted now; else the whole seconds until then, at least one.
    package mutating func secondsUntilOpen(at now: ContinuousClock.Instant) -> Int? {
        refill(at: now)
        guard tokens <= 0 else { return nil }
        return max(1, Int((-tokens / perSecond).rounded(.up)))
    }

    package mutating func charge(_ amount: Int, at now: ContinuousClock.Instant) {
        refill(at: now)
        tokens -= Double(amount)
    }

    private mutating func refill(at now: ContinuousClock.Instant) {
        guard now > updated else { return }
        tokens = min(capacity, tokens + (now - updated) / .seconds(1) * perSecond)
        updated = now
    }
}
