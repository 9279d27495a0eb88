// `sync`: one round with each peer, now; with and without a daemon beside it.

import Foundation
import PeerTransport
import PeerTrust
import ReplicaStore
package import SyncCore

/// What `sync --dry-run` says of one peer.
package struct DryRun: Hashable, Sendable {
    package let market: Market
    /// Change sets that would go there, and come from there.
    package let toSend: UInt64
    package let toReceive: UInt64
    package let error: VisitReport?
}

package struct SyncRun: Sendable {
    private let replicator: Replicator
    private let visit: PeerVisit

    package init(_ replicator: Replicator, directory: NodeDirectory) throws {
        TransportProcess.prepare()
        self.replicator = replicator
        visit = PeerVisit(replicator, identity: try NodeIdentity.read(directory))
    }

    /// The trusted peers that can be dialled, ascending.
    package func reachablePeers() async throws -> [Market] { try await visit.reachablePeers() }

    package func run(_ peer: Market) async throws -> VisitReport {
        try await visit.run(peer, try await visit.client(for: peer))
    }

    /// Asks the peer where it stands, and changes nothing on either side.
    package func dryRun(_ peer: Market) async throws -> DryRun {
        let client = try await visit.client(for: peer)
        let mine = try await replicator.run { node in try node.replica.frontier() }
        do {
            let theirs = try await client.heads(mine).frontier
            let toReceive = try await replicator.run { node in try node.replica.lacked(of: theirs) }
            let toSend = try await replicator.run { node in
                // What is pending would be sealed first, up to so many changes to a change set.
                let pending = UInt64(try node.replica.summary().pending)
                let perSet = UInt64(Limits.opsPerChangeSet)
                return try node.replica.lag(of: theirs).changeSets + (pending + perSet - 1) / perSet
            }
            return DryRun(market: peer, toSend: toSend, toReceive: toReceive, error: nil)
        } catch let error as PeerError {
            return DryRun(
                market: peer, toSend: 0, toReceive: 0, error: PeerVisit.report(of: error, from: peer))
        }
    }
}
