// A wall clock that is wrong in every way a wall clock can be.

private import Synchronization

/// One node's wall clock: true time, plus what is wrong with it. Sendable, since a replica's environment is.
package final class SimulatedClock: Sendable {
    private struct State {
        var trueMilliseconds: Int64
        var skewMilliseconds: Int64 = 0
        var frozenMilliseconds: Int64?
    }

    private let state: Mutex<State>

    /// Ten years: the largest jump that is thrown at a node.
    package static let jumpMillisecondsMax: Int64 = 10 * 365 * 86_400 * 1_000

    package init(startMilliseconds: Int64) {
        state = Mutex(State(trueMilliseconds: startMilliseconds))
    }

    /// What the clock shows. True time goes on by a millisecond at every look.
    package func read() -> Int64 {
        state.withLock { state in
            state.trueMilliseconds += 1
            return state.frozenMilliseconds ?? state.trueMilliseconds + state.skewMilliseconds
        }
    }

    /// Time passes, here as everywhere.
    package func advance(milliseconds: Int64) { state.withLock { $0.trueMilliseconds += milliseconds } }

    package func jump(milliseconds: Int64) {
        precondition(abs(milliseconds) <= Self.jumpMillisecondsMax, "a jump of \(milliseconds) ms is over ten years")
        state.withLock { $0.skewMilliseconds = milliseconds }
    }

    package func freeze() {
        state.withLock { $0.frozenMilliseconds = $0.trueMilliseconds + $0.skewMilliseconds }
    }

    /// Shows true time again.
    package func setRight() {
        state.withLock {
            $0.frozenMilliseconds = nil
            $0.skewMilliseconds = 0
        }
    }
}
