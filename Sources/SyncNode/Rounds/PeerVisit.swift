// One visit to one peer: connect, run a round, remember how it went.

import Foundation
import MarketCatalog
package import PeerTransport
import PeerTrust
import ReplicaStore
package import SyncCore

/// What `sync` prints of one peer.
package struct VisitReport: Hashable, Sendable {
    package enum Result: String, Hashable, Sendable {
        case ok
        case unreachable
        case refused
        case failed
    }

    package let market: Market
    package let result: Result
    /// Nil if all went well.
    package let code: String?
    package let detail: String?
    package let outcome: RoundOutcome
}

/// Visits a peer and writes what came of it into the replica.
package struct PeerVisit: Sendable {
    private let replicator: Replicator
    private let identity: ServerIdentity
    private let clients: KeptClients

    package init(_ replicator: Replicator, identity: ServerIdentity, clients: KeptClients = KeptClients()) {
        self.replicator = replicator
        self.identity = identity
        self.clients = clients
    }

    /// The trusted peers that can be dialled, ascending.
    func reachablePeers() async throws -> [Market] {
        try await replicator.run { node in
            try node.trust().trusted.filter { $0.endpoint != nil }.map(\.market)
        }
    }

    /// A client for the peer's endpoint and pins as its descriptor gives them now.
    package func client(for peer: Market) async throws -> PeerClient {
        let descriptor = try await replicator.run { node in try node.trust().descriptor(of: peer) }
        guard let descriptor else {
            throw NodeError(
                .usage, code: "not_trusted", "\(peer) 不是受信任的同伴:见 yrdsync peers list",
                "\(peer) is not a trusted peer: see yrdsync peers list", peer: peer)
        }
        guard let endpoint = descriptor.endpoint else {
            throw NodeError(
                code: "no_endpoint", "\(peer) 没有网址:由它拨入", "\(peer) has no endpoint: it dials us", peer: peer)
        }
        return clients.client(
            for: try PeerEndpoint(
                market: peer, url: endpoint.url, pins: descriptor.tlsPins, certificatePEM: identity.certificatePEM,
                privateKeyPEM: identity.privateKeyPEM))
    }

    package func run(_ peer: Market, _ client: PeerClient) async throws -> VisitReport {
        let report: VisitReport
        do {
            let outcome = try await RoundRunner(replicator, client).run()
            report = VisitReport(market: peer, result: .ok, code: nil, detail: nil, outcome: outcome)
        } catch let error as PeerError {
            report = Self.report(of: error, from: peer)
        } catch let error as NodeError where error.peer == peer {
            report = VisitReport(
                market: peer, result: error.kind == .trust ? .refused : .failed, code: error.code,
                detail: error.message.en, outcome: RoundOutcome())
        }
        try await remember(report, certificate: client.peerCertificate)
        return report
    }

    static func report(of error: PeerError, from peer: Market) -> VisitReport {
        VisitReport(
            market: peer, result: result(of: error), code: error.code, detail: error.detail, outcome: RoundOutcome())
    }

    private static func result(of error: PeerError) -> VisitReport.Result {
        switch error.kind {
        case .unreachable: .unreachable
        case .refused: .refused
        case .failed: .failed
        }
    }

    private func remember(_ report: VisitReport, certificate: [UInt8]?) async throws {
        try await replicator.run { [clients] node in
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            try node.replica.updatePeer(report.market) { record, frontier in
                record.lastAttempt = now
                if let certificate, let expires = clients.expirySeconds(of: certificate, shownBy: report.market) {
                    record.certificateExpires = expires * 1_000
                }
                if report.result == .ok {
                    record.succeed(at: now)
                    record.agrees = report.outcome.agrees
                    if report.outcome.isLevel { record.frontier = frontier }
                } else {
                    record.failures += 1
                    record.errorClass = report.result.rawValue
                    record.errorCode = report.code
                    record.errorDetail = report.detail
                }
            }
        }
    }
}
