// Who may talk to us, by key: the one place where a TLS key becomes a market.

package import SyncCore
import Synchronization

/// SHA-256 of a TLS key's SPKI → market. Shared by the handshake, by every request, and by whoever changes trust; a change
/// takes effect at once and closes the connections of whoever is no longer in it.
package final class PinTable: Sendable {
    private struct State {
        var markets: [Digest: Market]
        var observers: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>
    /// The table as it should be now, nil if it has not changed; asked before every look-up.
    private let changed: @Sendable () -> [Digest: Market]?

    package init(
        _ markets: [Digest: Market] = [:], changed: @escaping @Sendable () -> [Digest: Market]? = { nil }
    ) {
        state = Mutex(State(markets: markets))
        self.changed = changed
    }

    package func market(for pin: Digest) -> Market? {
        if let markets = changed() { replace(with: markets) }
        return state.withLock { $0.markets[pin] }
    }

    package func replace(with markets: [Digest: Market]) {
        let observers = state.withLock { state in
            state.markets = markets
            return state.observers
        }
        for observer in observers { observer() }
    }

    /// Calls back after every change, from the thread that made it.
    func observe(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
