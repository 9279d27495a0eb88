// `serve`: answers peers, visits them on schedule, and seals what local programs write meanwhile.

import Foundation
package import Logging
package import PeerTransport
import PeerTrust
import ReplicaStore
import ServiceLifecycle
import SyncCore
import Synchronization

/// When a peer that failed is tried again (DESIGN.md section 9): 30 s · 2ⁿ, at most an hour.
package enum Backoff {
    package static func delaySeconds(failures: Int) -> Int {
        min(3_600, 30 << min(max(failures - 1, 0), 7))
    }
}

/// The daemon's own part beside the server: a loop a peer, and the watch over `peers/`.
package struct SyncDaemon: Service {
    private let replicator: Replicator
    private let identity: ServerIdentity
    private let pins: PinTable
    private let logger: Logger
    private let endedVisits = EndedVisits()
    private let clients = KeptClients()

    package init(_ replicator: Replicator, identity: ServerIdentity, pins: PinTable, logger: Logger) {
        self.replicator = replicator
        self.identity = identity
        self.pins = pins
        self.logger = logger
    }

    /// How often `peers/` and the schedule are looked at, and pending writes are sealed.
    private static let tick = Duration.seconds(1)

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // SIGTERM ends after the current batch: a visit notices at its next request.
            await withDiscardingTaskGroup { group in
                var running: Set<Market> = []
                var ended: [Market: VisitEnd] = [:]
                var ticks = Ticks(every: Self.tick)
                while await ticks.next() {
                    for end in endedVisits.take() {
                        running.remove(end.market)
                        ended[end.market] = end
                    }
                    for peer in await duePeers(since: ended) where running.insert(peer).inserted {
                        group.addTask {
                            await visit(peer)
                            endedVisits.add(VisitEnd(market: peer))
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// Who is to be visited now. Also follows `peers/`, seals what is pending, and audits capture piece by piece.
    private func duePeers(since ended: [Market: VisitEnd]) async -> [Market] {
        do {
            let plans = try await replicator.run { node in
                try node.seal()
                return try Self.plans(node)
            }
            await auditCapture()
            pins.replace(with: plans.pins)
            clients.retain(plans.visits.map(\.market))
            return plans.visits.filter { plan in
                guard let last = ended[plan.market] else { return true }
                let jitter = Double(plan.jitterSeconds) * last.jitterShare
                return last.at + .seconds(Double(plan.delaySeconds) + jitter) <= .now
            }.map(\.market)
        } catch {
            logger.error("the daemon cannot look after its replica now: \(error)")
            return []
        }
    }

    /// A failure here is no reason to leave peers unvisited.
    private func auditCapture() async {
        do {
            try await replicator.run { node in try node.auditCapture() }
        } catch {
            logger.error("the audit of capture cannot go on now: \(error)")
        }
    }

    private struct Plans: Sendable {
        struct Visit: Sendable {
            let market: Market
            /// From the end of the last visit.
            let delaySeconds: Int
            let jitterSeconds: Int
        }

        var pins: [Digest: Market]
        /// Ascending by market.
        var visits: [Visit] = []
    }

    private static func plans(_ node: LocalNode) throws -> Plans {
        let trust = try node.trust()
        var plans = Plans(pins: pinnedMarkets(trust.trusted))
        for descriptor in trust.trusted where descriptor.endpoint != nil {
            let schedule = node.configuration.schedule(of: descriptor.market)
            let failures = try node.replica.peer(descriptor.market).failures
            plans.visits.append(
                Plans.Visit(
                    market: descriptor.market,
                    delaySeconds: failures == 0 ? schedule.everySeconds : Backoff.delaySeconds(failures: failures),
                    jitterSeconds: schedule.jitterSeconds))
        }
        return plans
    }

    private func visit(_ peer: Market) async {
        do {
            let visit = PeerVisit(replicator, identity: identity, clients: clients)
            let report = try await visit.run(peer, try await visit.client(for: peer))
            switch report.result {
            case .ok:
                logger.info(
                    "round with \(peer): sent \(report.outcome.sent), received \(report.outcome.received), waiting \(report.outcome.waiting)"
                )
            case .unreachable:
                logger.warning("\(peer) cannot be reached: \(report.detail ?? ""); tried again later")
            case .refused, .failed:
                logger.error(
                    "round with \(peer) \(report.result.rawValue): \(report.code ?? "") \(report.detail ?? "")")
            }
        } catch is CancellationError {
        } catch {
            logger.error("round with \(peer) failed here: \(error)")
        }
    }

    static func pinnedMarkets(_ trusted: [Descriptor]) -> [Digest: Market] {
        var markets: [Digest: Market] = [:]
        for descriptor in trusted {
            for pin in descriptor.tlsPins { markets[pin] = descriptor.market }
        }
        return markets
    }
}

/// The end of one visit, and its share of the jitter before the next.
private struct VisitEnd: Sendable {
    let market: Market
    let at = ContinuousClock.now
    let jitterShare = Double.random(in: 0...1)
}

/// Visits that have ended since they were last asked for.
private final class EndedVisits: Sendable {
    private let ends = Mutex<[VisitEnd]>([])

    func add(_ end: VisitEnd) { ends.withLock { $0.append(end) } }

    func take() -> [VisitEnd] {
        ends.withLock { ends in
            defer { ends = [] }
            return ends
        }
    }
}

/// True once at the start and then once an interval, until the task is cancelled.
private struct Ticks {
    let interval: Duration
    private var isFirst = true

    init(every interval: Duration) {
        self.interval = interval
    }

    mutating func next() async -> Bool {
        guard !isFirst else {
            isFirst = false
            return true
        }
        do {
            try await Task.sleep(for: interval)
            return true
        } catch {
            return false
        }
    }
}
