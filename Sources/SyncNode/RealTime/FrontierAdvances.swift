// Who waits for this replica's frontier to advance: peers whose pull is held open, and our own pushes.

package import SyncCore
import Synchronization

/// Counts the advances of the frontier, and wakes whoever waits for one. Waiting is a continuation in a list: no thread, no
/// transaction.
///
/// An advance names where it came from: what a market gave us is no news to it, and a held pull that answered with it
/// would send every entry back to its sender.
package final class FrontierAdvances: Sendable {
    package enum Wake: Hashable, Sendable {
        case advanced
        /// The time is up, or a newer wait of the same market took this one's place.
        case nothing
    }

    /// Who asks on behalf of a market.
    package enum Holder: Hashable, Sendable {
        /// The market, by a pull that is held open.
        case peer
        /// We, who push to it.
        case ourselves
    }

    /// How many pulls may be held open at a time.
    package struct Bounds: Hashable, Sendable {
        package var perMarket = Limits.waitingPullsPerPeer
        package var inAll = Limits.waitingPulls

        package init() {}
    }

    private struct Waiter {
        let number: UInt64
        let market: Market
        let holder: Holder
        let wake: CheckedContinuation<Wake, any Error>
    }

    private struct State {
        var advances: UInt64 = 0
        var advancesFrom: [Market: UInt64] = [:]
        /// In order of arrival.
        var waiters: [Waiter] = []
        var nextNumber: UInt64 = 0
        var relayed: Set<Market> = []
        /// When a market's last held pull was answered.
        var answered: [Market: ContinuousClock.Instant] = [:]
        /// When a wait last began or ended.
        var lastWait: ContinuousClock.Instant?

        func count(for market: Market) -> UInt64 { advances - advancesFrom[market, default: 0] }
    }

    private let state = Mutex(State())
    private let bounds: Bounds
    private let relayDelay: Duration

    /// - Parameter relayDelay: what others gave us is told after this time. Its author most likely tells everybody itself;
    ///   and what comes in many pieces is passed on in few.
    package init(bounds: Bounds = Bounds(), relayDelay: Duration = .milliseconds(50)) {
        self.bounds = bounds
        self.relayDelay = relayDelay
    }

    // MARK: Advancing

    /// The frontier has advanced by entries of our own, or by ones that `peer` gave us.
    package func note(from peer: Market?) {
        guard let peer else { return announce([nil]) }
        let isFirst = state.withLock { state in
            defer { state.relayed.insert(peer) }
            return state.relayed.isEmpty
        }
        guard isFirst else { return }
        Task { [self, relayDelay] in
            try? await Task.sleep(for: relayDelay)
            let peers = state.withLock { state in
                defer { state.relayed = [] }
                return state.relayed
            }
            announce(peers.map { $0 })
        }
    }

    private func announce(_ sources: [Market?]) {
        let woken = state.withLock { state in
            for source in sources {
                state.advances += 1
                if let source { state.advancesFrom[source, default: 0] += 1 }
            }
            let isNews = { (market: Market) in sources.contains { $0 != market } }
            defer { state.waiters.removeAll { isNews($0.market) } }
            return state.waiters.filter { isNews($0.market) }
        }
        for waiter in woken { waiter.wake.resume(returning: .advanced) }
    }

    /// So long after an answer a peer is taken to hold its next pull soon.
    private static let graceTime = Duration.seconds(10)

    // MARK: Waiting

    /// How often the frontier has advanced by what is news to a market. Asked for *before* looking at the replica, and
    /// given to `wait`: so nothing that happens in between is missed.
    package func count(for market: Market) -> UInt64 { state.withLock { $0.count(for: market) } }

    /// Whether anybody waits, or did a short while ago and will again: only then is a commit sealed before its second.
    package var isWanted: Bool {
        state.withLock { state in
            !state.waiters.isEmpty || state.lastWait.map { .now < $0 + Self.wantedTime } ?? false
        }
    }

    private static let wantedTime = Duration.seconds(60)

    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Whether a market holds a pull open here, or was just answered and will come back: then nothing is pushed to it.
    package func isHeld(by market: Market) -> Bool {
        state.withLock { state in
            let isWaiting = state.waiters.contains { $0.market == market && $0.holder == .peer }
            return isWaiting || state.answered[market].map { .now < $0 + Self.graceTime } ?? false
        }
    }

    /// Returns at the first advance after `count` that is news to the market, or at `deadline`. Of more waits of one market
    /// than it may have, the newest stand: the others' connections are most likely broken.
    ///
    /// Throws `TooManyWaiting`, or `CancellationError` if the task is cancelled.
    package func wait(
        for market: Market, holder: Holder = .peer, since count: UInt64, until deadline: ContinuousClock.Instant
    ) async throws -> Wake {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        let timeout = Task {
            try await Task.sleep(until: deadline)
            end(number, .success(.nothing))
        }
        defer { timeout.cancel() }
        let wake = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wake in
                add(Waiter(number: number, market: market, holder: holder, wake: wake), since: count)
                if Task.isCancelled { end(number, .failure(CancellationError())) }
            }
        } onCancel: {
            end(number, .failure(CancellationError()))
        }
        if holder == .peer { state.withLock { $0.answered[market] = .now } }
        return wake
    }

    private func add(_ waiter: Waiter, since count: UInt64) {
        enum Placing {
            case waits(displaced: Waiter?)
            case isNews
            case isFull
        }
        let placing = state.withLock { state -> Placing in
            state.lastWait = .now
            guard state.count(for: waiter.market) == count else { return .isNews }
            guard waiter.holder == .peer else {
                state.waiters.append(waiter)
                return .waits(displaced: nil)
            }
            let held = state.waiters.indices.filter { state.waiters[$0].holder == .peer }
            let own = held.filter { state.waiters[$0].market == waiter.market }
            let displaced = own.count >= bounds.perMarket ? state.waiters.remove(at: own[0]) : nil
            guard displaced != nil || held.count < bounds.inAll else { return .isFull }
            state.waiters.append(waiter)
            return .waits(displaced: displaced)
        }
        switch placing {
        case .waits(let displaced): displaced?.wake.resume(returning: .nothing)
        case .isNews: waiter.wake.resume(returning: .advanced)
        case .isFull: waiter.wake.resume(throwing: TooManyWaiting())
        }
    }

    private func end(_ number: UInt64, _ result: Result<Wake, any Error>) {
        let waiter = state.withLock { state in
            state.lastWait = .now
            return state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
        }
        waiter?.wake.resume(with: result)
    }
}

/// As many pulls are held open as may be.
package struct TooManyWaiting: Error, Hashable, Sendable {}
