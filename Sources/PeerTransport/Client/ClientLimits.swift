// How long a client waits; the defaults are the protocol's, tests use shorter ones.

import SyncCore

package struct ClientLimits: Hashable, Sendable {
    package var connectMilliseconds = 10_000
    package var lowSpeedBytesPerSecond = Limits.lowSpeedBytesPerSecond
    package var lowSpeedSeconds = Limits.lowSpeedSeconds
    /// Silence that a push may add: the server answers after its commit, and applies one batch after another.
    package var pushCommitSeconds = 120
    /// For everything but pull and push, which are bounded by their speed.
    package var requestMilliseconds = 60_000
    /// A connection idle for longer is not used again: the server ends it at 30 s, and a request must not meet that end.
    package var connectionIdleSeconds = Limits.idleSeconds - 5

    package init() {}
}
