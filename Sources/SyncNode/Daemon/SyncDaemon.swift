// `serve`: answers peers, visits them on schedule, and seals what local programs write meanwhile.

import Foundation
package import Logging
package import PeerTransport
import PeerTrust
import ReplicaStore
import ServiceLifecycle
package import SyncCore
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
    private let finishedVisits = FinishedVisits()

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
            await withTaskGroup(of: Market.self) { group in
                var running: Set<Market> = []
                var due: [Market: ContinuousClock.Instant] = [:]
                var ticks = Ticks(every: Self.tick)
                while await ticks.next() {
                    while let finished = finishedVisits.take() { running.remove(finished) }
                    for peer in await duePeers(&due, except: running) {
                        running.insert(peer)
                        group.addTask {
                            await visit(peer)
                            finishedVisits.add(peer)
                            return peer
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// Who is to be visited now. Also follows `peers/` and seals what is pending.
    private func duePeers(
        _ due: inout [Market: ContinuousClock.Instant], except running: Set<Market>
    ) async -> [Market] {
        do {
            let plans = try await replicator.run { node in
                try node.seal()
                return try Self.plans(node)
            }
            pins.replace(with: plans.pins)
            let now = ContinuousClock.now
            due = due.filter { market, _ in plans.intervalSeconds[market] != nil }
            var peers: [Market] = []
            for (market, seconds) in plans.intervalSeconds.sorted(by: { $0.key < $1.key })
            where !running.contains(market) && due[market].map({ $0 <= now }) ?? true {
                let jitter = plans.jitterSeconds[market] ?? 0
                due[market] = now + .seconds(seconds) + .milliseconds(Int.random(in: 0...(jitter * 1_000)))
                peers.append(market)
            }
            return peers
        } catch {
            logger.error("the daemon cannot look after its replica now: \(error)")
            return []
        }
    }

    private struct Plans: Sendable {
        var pins: [Digest: Market] = [:]
        var intervalSeconds: [Market: Int] = [:]
        var jitterSeconds: [Market: Int] = [:]
    }

    private static func plans(_ node: LocalNode) throws -> Plans {
        let trust = try node.trust()
        var plans = Plans(pins: pinnedMarkets(trust))
        for descriptor in trust.trusted where descriptor.endpoint != nil {
            let market = descriptor.market
            let schedule = node.configuration.schedule(of: market)
            let failures = try node.replica.peer(market).failures
            plans.intervalSeconds[market] =
                failures == 0
                ? schedule.everySeconds : max(schedule.everySeconds, Backoff.delaySeconds(failures: failures))
            plans.jitterSeconds[market] = schedule.jitterSeconds
        }
        return plans
    }

    private func visit(_ peer: Market) async {
        do {
            let visit = PeerVisit(replicator, identity: identity)
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

    package static func pinnedMarkets(_ trust: Trust) -> [Digest: Market] {
        var markets: [Digest: Market] = [:]
        for descriptor in trust.trusted {
            for pin in descriptor.tlsPins { markets[pin] = descriptor.market }
        }
        return markets
    }
}

/// Visits that have ended since they were last asked for.
private final class FinishedVisits: Sendable {
    private let markets = Mutex<[Market]>([])

    func add(_ market: Market) { markets.withLock { $0.append(market) } }

    func take() -> Market? { markets.withLock { $0.popLast() } }
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
