// The token buckets of every peer: requests, entries and bytes.

import SyncCore
import Synchronization

final class PeerBudgets: Sendable {
    private struct Budget {
        var requests: TokenBucket
        var entries: TokenBucket
        var bytes: TokenBucket
    }

    /// Only pinned markets get here, so there are never more than the federation has members.
    private let budgets = Mutex<[Market: Budget]>([:])
    private let limits: ServerLimits

    init(limits: ServerLimits) {
        self.limits = limits
    }

    /// Nil if the market may send one more request, which is charged; else the seconds to wait.
    func admitRequest(from market: Market, at now: ContinuousClock.Instant) -> Int? {
        withBudget(of: market, at: now) { budget in
            let waits = [
                budget.requests.secondsUntilOpen(at: now), budget.entries.secondsUntilOpen(at: now),
                budget.bytes.secondsUntilOpen(at: now),
            ]
            if let wait = waits.compactMap({ $0 }).max() { return wait }
            budget.requests.charge(1, at: now)
            return nil
        }
    }

    func charge(entries: Int = 0, bytes: Int = 0, to market: Market, at now: ContinuousClock.Instant) {
        withBudget(of: market, at: now) { budget in
            budget.entries.charge(entries, at: now)
            budget.bytes.charge(bytes, at: now)
        }
    }

    private func withBudget<Value: Sendable>(
        of market: Market, at now: ContinuousClock.Instant, _ body: (inout Budget) -> Value
    ) -> Value {
        func bucket(_ size: ServerLimits.Bucket) -> TokenBucket {
            TokenBucket(capacity: size.capacity, perSecond: size.perSecond, at: now)
        }
        return budgets.withLock { budgets in
            var budget =
                budgets[market]
                ?? Budget(
                    requests: bucket(limits.requestBucket), entries: bucket(limits.entryBucket),
                    bytes: bucket(limits.byteBucket))
            defer { budgets[market] = budget }
            return body(&budget)
        }
    }
}
