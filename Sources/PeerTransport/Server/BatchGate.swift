// A pushed batch is held in memory while it is read and applied; this bounds how many there are.

import SyncCore
import Synchronization

/// Admits one batch a peer and a few a node (DESIGN.md section 10), first come, first served. Whoever waits has not sent
/// its body yet: the socket holds it back.
final class BatchGate: Sendable {
    private struct Waiter {
        let number: UInt64
        let market: Market
        let admitted: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var busy: Set<Market> = []
        var waiting: [Waiter] = []
        var nextNumber: UInt64 = 0
    }

    private let state = Mutex(State())
    private let slots: Int
    private let waitTime: Duration

    init(slots: Int, waitTime: Duration) {
        self.slots = slots
        self.waitTime = waitTime
    }

    /// False if no slot came free in time, or the task was cancelled. True must be answered by `leave`.
    func enter(_ market: Market) async -> Bool {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        let timeout = Task { [waitTime] in
            try await Task.sleep(for: waitTime)
            giveUp(number)
        }
        defer { timeout.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { admitted in
                state.withLock { $0.waiting.append(Waiter(number: number, market: market, admitted: admitted)) }
                admitWaiters()
                if Task.isCancelled { giveUp(number) }
            }
        } onCancel: {
            giveUp(number)
        }
    }

    func leave(_ market: Market) {
        state.withLock { _ = $0.busy.remove(market) }
        admitWaiters()
    }

    private func admitWaiters() {
        let admitted = state.withLock { state in
            var admitted: [Waiter] = []
            state.waiting.removeAll { waiter in
                guard state.busy.count < slots, !state.busy.contains(waiter.market) else { return false }
                state.busy.insert(waiter.market)
                admitted.append(waiter)
                return true
            }
            return admitted
        }
        for waiter in admitted { waiter.admitted.resume(returning: true) }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
        }
        waiter?.admitted.resume(returning: false)
    }
}
