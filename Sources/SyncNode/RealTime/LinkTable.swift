// The links that stand, so that they end when what they were made on ends: trust, an endpoint, the operator's wish.

package import PeerTransport
package import PeerTrust
package import SyncCore
import Synchronization

/// What a link was made on.
package struct LinkTerms: Hashable, Sendable {
    package let market: Market
    /// Of the peer's descriptor: its endpoint and pins.
    private let descriptor: Digest
    /// What we show.
    let identity: ServerIdentity
    package let isRealTime: Bool
    /// From the end of a round to the next.
    package let everySeconds: Int

    package init(_ descriptor: Descriptor, _ schedule: PeerSchedule, identity: ServerIdentity) {
        self.identity = identity
        market = descriptor.market
        self.descriptor = descriptor.digest
        isRealTime = schedule.isRealTime
        everySeconds = schedule.everySeconds
    }
}

/// Links under way, at most one a peer.
final class LinkTable: Sendable {
    private let links = Mutex<[LinkTerms: Task<Void, any Error>]>([:])

    /// Runs a link until it ends, its terms do, or the task is cancelled.
    func hold(_ terms: LinkTerms, _ link: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await link() }
        links.withLock { $0[terms] = task }
        defer { links.withLock { _ = $0.removeValue(forKey: terms) } }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Ends every link whose terms are not among those that hold now.
    func keep(only terms: [LinkTerms]) {
        let ended = links.withLock { links in links.filter { !terms.contains($0.key) }.map(\.value) }
        for link in ended { link.cancel() }
    }
}
