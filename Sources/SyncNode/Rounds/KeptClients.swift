// A daemon visits its peers again and again: the connection of the last visit is still good.

import PeerTransport
import SyncCore
import Synchronization

/// One client a peer, kept while the peer's address, its pins and our own certificate stay what they were. Its connection
/// is used again if the next visit comes before the server ends it for idleness (`ClientLimits.connectionIdleSeconds`).
package final class KeptClients: Sendable {
    private struct Kept {
        let endpoint: PeerEndpoint
        let client: PeerClient
    }

    private let kept = Mutex<[Market: Kept]>([:])

    package init() {}

    /// A client for exactly this endpoint: one that was made for other pins or another address is never answered.
    func client(for endpoint: PeerEndpoint) -> PeerClient {
        kept.withLock { kept in
            if let standing = kept[endpoint.market], standing.endpoint == endpoint { return standing.client }
            let client = PeerClient(endpoint)
            kept[endpoint.market] = Kept(endpoint: endpoint, client: client)
            return client
        }
    }

    /// Lets go of all others: a connection ends when the visit that still uses it does.
    func retain(_ peers: [Market]) {
        kept.withLock { kept in kept = kept.filter { peers.contains($0.key) } }
    }
}
