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

    package init(_ markets: [Digest: Market] = [:]) {
        state = Mutex(State(markets: markets))
    }

    package func market(for pin: Digest) -> Market? {
        state.withLock { $0.markets[pin] }
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
