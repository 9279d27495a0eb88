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

    /// In which order others hear of what was given to us: of two nodes that got the same from its author, the first tells
    /// the other, which then knows that the first has it (`PeerWords`) and tells it nothing.
    private enum Turn {
        case first
        case second
    }

    private struct State {
        /// Of our own making: news to all.
        var advances: UInt64 = 0
        /// Gifts of others that have been told of, to whose turn it was; and of them a market's own.
        var relays: [Turn: UInt64] = [:]
        var relaysFrom: [Market: UInt64] = [:]
        /// In order of arrival.
        var waiters: [Waiter] = []
        var nextNumber: UInt64 = 0
        var relayed: Set<Market> = []
        /// When a market's last held pull was answered.
        var answered: [Market: ContinuousClock.Instant] = [:]
        /// When a wait last began or ended.
        var lastWait: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let market: Market
    private let bounds: Bounds
    private let relayDelay: Duration

    /// - Parameters:
    ///   - market: whose replica it is.
    ///   - relayDelay: what others gave us is told after this time, or after twice as much. Its author most likely tells
    ///     everybody itself; and what comes in many pieces is passed on in few.
    package init(of market: Market, bounds: Bounds = Bounds(), relayDelay: Duration = .milliseconds(50)) {
        self.market = market
        self.bounds = bounds
        self.relayDelay = relayDelay
    }

    // MARK: Advancing

    /// The frontier has advanced by entries of our own, or by ones that `peer` gave us.
    package func note(from peer: Market?) {
        guard let peer else { return announce() }
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
            relay(from: peers, in: .first)
            try? await Task.sleep(for: relayDelay)
            relay(from: peers, in: .second)
        }
    }

    private func announce() {
        wake({ _ in true }) { $0.advances += 1 }
    }

    private func relay(from sources: Set<Market>, in turn: Turn) {
        let isNews = { market in self.turn(of: market) == turn && sources.contains { $0 != market } }
        wake(isNews) { state in
            state.relays[turn, default: 0] += UInt64(sources.count)
            for source in sources where self.turn(of: source) == turn { state.relaysFrom[source, default: 0] += 1 }
        }
    }

    private func wake(_ isNews: (Market) -> Bool, counting advance: (inout State) -> Void) {
        let woken = state.withLock { state in
            advance(&state)
            defer { state.waiters.removeAll { isNews($0.market) } }
            return state.waiters.filter { isNews($0.market) }
        }
        for waiter in woken { waiter.wake.resume(returning: .advanced) }
    }

    /// Of each two nodes it is one's turn to tell the other first.
    private func turn(of peer: Market) -> Turn { market < peer ? .first : .second }

    private func count(for market: Market, _ state: State) -> UInt64 {
        state.advances + state.relays[turn(of: market), default: 0] - state.relaysFrom[market, default: 0]
    }

    /// So long after an answer a peer is taken to hold its next pull soon.
    private static let graceTime = Duration.seconds(10)

    // MARK: Waiting

    /// How often the frontier has advanced by what is news to a market. Asked for *before* looking at the replica, and
    /// given to `wait`: so nothing that happens in between is missed.
    package func count(for market: Market) -> UInt64 { state.withLock { count(for: market, $0) } }

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
            guard self.count(for: waiter.market, state) == count else { return .isNews }
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
