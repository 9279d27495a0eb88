// A daemon visits its peers again and again: the connection of the last visit is still good.

import PeerTransport
import PeerTrust
import SyncCore
import Synchronization

/// One client a peer, kept while the peer's address, its pins and our own certificate stay what they were. Its connection
/// is used again if the next visit comes before the server ends it for idleness (`ClientLimits.connectionIdleSeconds`).
package final class KeptClients: Sendable {
    private struct Kept {
        let endpoint: PeerEndpoint
        let client: PeerClient
        var shown: (certificate: [UInt8], expirySeconds: Int64?)?
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

    /// When the certificate that a peer showed ends, in seconds of Unix time; read once while it shows the same. Nil if it
    /// cannot be read.
    func expirySeconds(of certificate: [UInt8], shownBy peer: Market) -> Int64? {
        kept.withLock { kept in
            if let shown = kept[peer]?.shown, shown.certificate == certificate { return shown.expirySeconds }
            let expiry = try? TLSKey.certificateExpiry(certificate)
            kept[peer]?.shown = (certificate, expiry)
            return expiry
        }
    }

    /// Lets go of all others: a connection ends when the visit that still uses it does.
    func retain(_ peers: [Market]) {
        kept.withLock { kept in kept = kept.filter { peers.contains($0.key) } }
    }
}
