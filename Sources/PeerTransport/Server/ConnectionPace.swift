// When a connection is too slow to keep: pure, so that years of waiting are tested in microseconds.

/// The pace of one connection (DESIGN.md section 10): a head within 10 s, idle at most 30 s, less than 1 KiB/s for 30 s
/// is cut. Time during which the peer waits for us never counts against it.
struct ConnectionPace {
    enum Cut: String, Equatable {
        case slowHeader = "slow_header"
        case idle
        case slowBody = "slow_body"
        case slowReader = "slow_reader"
        case lingered
    }

    private enum Phase: Equatable {
        /// From the connection's first byte, or the first byte after an answer, until the request's head is complete. The
        /// TLS handshake counts as part of the first head.
        case head(since: ContinuousClock.Instant)
        case idle(since: ContinuousClock.Instant)
        case request
        /// The answer is out and says that the connection ends; what is left of the request is read and dropped.
        case lingering(since: ContinuousClock.Instant)
    }

    /// Bytes that moved since `start`.
    private struct Window: Equatable {
        var start: ContinuousClock.Instant
        var bytesAtStart: Int
    }

    private let limits: ServerLimits
    private var phase: Phase
    private var isBodyComplete = true
    private var bytesReceived = 0
    private var bodyWindow: Window?
    private var answerWindow: Window?

    init(limits: ServerLimits, connectedAt now: ContinuousClock.Instant) {
        self.limits = limits
        phase = .head(since: now)
    }

    /// Often enough to notice the shortest limit within a quarter of it.
    var checkSecondsMax: Double {
        let times = [limits.headerTime, limits.idleTime, limits.lowSpeedTime, limits.lingerTime]
        return (times.min() ?? .seconds(1)) / .seconds(1) / 4
    }

    mutating func received(bytes: Int, at now: ContinuousClock.Instant) {
        bytesReceived += bytes
        if case .idle = phase { phase = .head(since: now) }
    }

    mutating func requestHeadReceived() {
        phase = .request
        isBodyComplete = false
        bodyWindow = nil
        answerWindow = nil
    }

    mutating func requestEndReceived() {
        isBodyComplete = true
    }

    /// Whether the whole request has been read, so that the connection can end without a reset.
    var isRequestComplete: Bool { isBodyComplete }

    mutating func answerSent(closing: Bool, at now: ContinuousClock.Instant) {
        phase = closing ? .lingering(since: now) : .idle(since: now)
    }

    /// What to cut the connection for, if anything. `isReadingBody`: we wait for the peer's body, not the other way round.
    /// `bytesSent` have left this process, `bytesBuffered` wait for the peer to take them.
    mutating func check(
        at now: ContinuousClock.Instant, isReadingBody: Bool, bytesSent: Int, bytesBuffered: Int
    ) -> Cut? {
        switch phase {
        case .head(let since):
            return now - since >= limits.headerTime ? .slowHeader : nil
        case .idle(let since):
            return now - since >= limits.idleTime ? .idle : nil
        case .lingering(let since):
            return now - since >= limits.lingerTime ? .lingered : nil
        case .request:
            let isWaitingForBody = isReadingBody && !isBodyComplete
            if isTooSlow(&bodyWindow, isWaiting: isWaitingForBody, bytes: bytesReceived, at: now) { return .slowBody }
            if isTooSlow(&answerWindow, isWaiting: bytesBuffered > 0, bytes: bytesSent, at: now) { return .slowReader }
            return nil
        }
    }

    private func isTooSlow(
        _ window: inout Window?, isWaiting: Bool, bytes: Int, at now: ContinuousClock.Instant
    ) -> Bool {
        guard isWaiting else {
            window = nil
            return false
        }
        guard let current = window else {
            window = Window(start: now, bytesAtStart: bytes)
            return false
        }
        guard now - current.start >= limits.lowSpeedTime else { return false }
        let bytesDue = Double(limits.lowSpeedBytesPerSecond) * (limits.lowSpeedTime / .seconds(1))
        guard Double(bytes - current.bytesAtStart) >= bytesDue else { return true }
        window = Window(start: now, bytesAtStart: bytes)
        return false
    }
}
