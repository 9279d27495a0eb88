// `serve`: answers peers, visits them on schedule, and seals what local programs write meanwhile.

import Foundation
package import Logging
package import PeerTransport
import PeerTrust
package import ReplicaStore
import ServiceLifecycle
import SyncCore
import Synchronization

/// The daemon's own part beside the server: a loop a peer, and the watch over `peers/`.
package struct SyncDaemon: Service {
    private let replicator: Replicator
    private let realTime: RealTime
    private let commits: CommitWatch?
    private let checkpointer: Checkpointer
    private let identity: IdentityInUse
    private let pins: PinTable
    private let logger: Logger
    private let endedVisits = EndedVisits()
    private let certificateWatch = CertificateWatch()
    private let links = LinkTable()
    private let clients = KeptClients()

    package init(
        _ replicator: Replicator, _ realTime: RealTime, commits: CommitWatch?, checkpointer: Checkpointer,
        identity: IdentityInUse, pins: PinTable, logger: Logger
    ) {
        self.replicator = replicator
        self.realTime = realTime
        self.commits = commits
        self.checkpointer = checkpointer
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
                var running: [Market: LinkTerms] = [:]
                var ended: [Market: VisitEnd] = [:]
                var ticks = Ticks(every: Self.tick)
                group.addTask { await noticeCommits() }
                group.addTask { await auditCapture() }
                while await ticks.next() {
                    for end in endedVisits.take() {
                        running.removeValue(forKey: end.terms.market)
                        ended[end.terms.market] = end
                    }
                    await lookAfterKeys(running.values.map(\.identity))
                    for peer in await duePeers(since: ended) where running[peer.market] == nil {
                        running[peer.market] = peer.terms
                        let brokenBefore = ended[peer.market]?.brokenLinks ?? 0
                        group.addTask {
                            endedVisits.add(await visit(peer, brokenBefore: brokenBefore))
                        }
                    }
                }
                group.cancelAll()
            }
        }
        commits?.stop()
    }

    /// Seals at once what local programs commit, as long as anybody waits for it. In a burst, at most so often that they
    /// have the disk for two thirds of the time.
    private func noticeCommits() async {
        guard let commits else { return }
        for await _ in commits.commits {
            let began = ContinuousClock.now
            var wasPending = true
            do {
                wasPending = try await replicator.run { node in try node.noticeCommits() }
            } catch {
                logger.error("a commit cannot be sealed now: \(error)")
            }
            // Where nothing was pending, it may be about to be: the next word is taken at once.
            guard wasPending else { continue }
            let rest = min(max(Self.restMin, (ContinuousClock.now - began) * 2), Self.restMax)
            try? await Task.sleep(for: rest)
        }
    }

    private static let restMin = Duration.milliseconds(2)
    /// However long a seal took: it may have waited for others.
    private static let restMax = Duration.milliseconds(50)

    /// Who is to be visited now. Also follows `peers/`, and seals what is pending.
    private func duePeers(since ended: [Market: VisitEnd]) async -> [Plans.Visit] {
        do {
            let plans = try await replicator.run { [pins, identity = identity.identity] node in
                try node.seal()
                let plans = try Self.plans(node, identity)
                // In the same turn: trust that is taken back later must not come back by these plans.
                pins.replace(with: plans.pins)
                return plans
            }
            links.keep(only: plans.visits.map(\.terms))
            clients.retain(plans.visits.map(\.market))
            // While commits are waited for, the log is kept short: none of them shall have to write it back.
            if realTime.advances.isWanted { checkpointer.run() }
            return plans.visits.filter { plan in
                guard let last = ended[plan.market] else { return true }
                return plan.isDue(after: last)
            }
        } catch {
            logger.error("the daemon cannot look after its replica now: \(error)")
            return []
        }
    }

    /// Goes on with a rotation of the TLS key, and shows the key that the files hold.
    ///
    /// - Parameter inUse: what the visits under way have shown.
    private func lookAfterKeys(_ inUse: [ServerIdentity]) async {
        do {
            try identity.renew()
            let certificates = (inUse + [identity.identity]).map(\.certificatePEM)
            let expiring = try await replicator.run { node in
                try node.advanceTLSRotation(certificatesInUse: certificates)
                return certificateWatch.isDue ? try node.expiringCertificates() : nil
            }
            for (market, days) in expiring ?? [] {
                logger.warning("the TLS certificate of \(market) ends in \(days) days: yrdsync keys rotate --tls there")
            }
        } catch {
            logger.error("the keys cannot be looked after now: \(error)")
        }
    }

    /// Piece by piece, with time in between: a commit that somebody waits for meets one of them at most.
    private func auditCapture() async {
        while !Task.isCancelled {
            var isUnderWay = false
            do {
                isUnderWay = try await replicator.run { node in try node.auditCapture() }
            } catch {
                logger.error("the audit of capture cannot go on now: \(error)")
            }
            try? await Task.sleep(for: isUnderWay ? Self.auditPause : Self.tick)
        }
    }

    /// 200 records a second.
    private static let auditPause = Duration.milliseconds(100)

    private struct Plans: Sendable {
        struct Visit: Sendable {
            let terms: LinkTerms
            /// From the end of the last visit.
            let delaySeconds: Int
            let jitterSeconds: Int
            /// Visits in a row that could not reach a peer with whom real time is to hold.
            let missed: Int

            var market: Market { terms.market }

            func isDue(after last: VisitEnd) -> Bool {
                // Real time was asked for since then, or its link ended with what it was made on.
                if terms.isRealTime, last.terms != terms { return true }
                return last.at + .seconds(delaySeconds(after: last)) <= .now
            }

            private func delaySeconds(after last: VisitEnd) -> Double {
                // Real time is to hold again soon after whatever was in its way has gone.
                let missed = max(missed, last.brokenLinks)
                if missed > 0 { return Backoff.reconnectSeconds(failures: missed, chance: last.jitterShare) }
                return Double(delaySeconds) + Double(jitterSeconds) * last.jitterShare
            }
        }

        var pins: [Digest: Market]
        /// Ascending by market.
        var visits: [Visit] = []
    }

    private static func plans(_ node: LocalNode, _ identity: ServerIdentity) throws -> Plans {
        let trust = try node.trust()
        var plans = Plans(pins: pinnedMarkets(trust.trusted))
        for descriptor in trust.trusted where descriptor.endpoint != nil {
            let schedule = node.configuration.schedule(of: descriptor.market)
            let record = try node.replica.peer(descriptor.market)
            let failures = record.failures
            let isUnreachable = record.errorClass == VisitReport.Result.unreachable.rawValue
            plans.visits.append(
                Plans.Visit(
                    terms: LinkTerms(descriptor, schedule, identity: identity),
                    delaySeconds: failures == 0 ? schedule.everySeconds : Backoff.delaySeconds(failures: failures),
                    jitterSeconds: schedule.jitterSeconds,
                    missed: schedule.isRealTime && isUnreachable ? failures : 0))
        }
        return plans
    }

    /// A round, and where real time is wanted, what follows it until the connection fails.
    private func visit(_ plan: Plans.Visit, brokenBefore: Int) async -> VisitEnd {
        let peer = plan.market
        do {
            let visit = PeerVisit(replicator, identity: plan.terms.identity, clients: clients)
            let client = try await visit.client(for: peer)
            let report = try await visit.run(peer, client)
            log(report)
            guard report.result == .ok, plan.terms.isRealTime else { return VisitEnd(terms: plan.terms) }
            let began = ContinuousClock.now
            do {
                try await hold(plan, visit, client)
            } catch is RealTimeLink.RoundFailed {
            } catch let error where !(error is CancellationError) {
                logger.warning("real time with \(peer) is interrupted: \(error)")
                let heldLong = ContinuousClock.now - began > Self.heldLong
                return VisitEnd(terms: plan.terms, brokenLinks: heldLong ? 1 : brokenBefore + 1)
            }
        } catch is CancellationError {
        } catch {
            logger.error("round with \(peer) failed here: \(error)")
        }
        return VisitEnd(terms: plan.terms)
    }

    /// A link that lasted longer was none that breaks again and again.
    private static let heldLong = Duration.seconds(60)

    private func hold(_ plan: Plans.Visit, _ visit: PeerVisit, _ client: PeerClient) async throws {
        logger.info("real time with \(plan.market)")
        // A client of its own: while a pull is held open, its connection takes nothing else.
        let puller = try await PeerVisit(replicator, identity: plan.terms.identity).client(for: plan.market)
        let link = RealTimeLink(
            replicator, realTime, visit: visit, peer: plan.market,
            roundInterval: .seconds(plan.terms.everySeconds), log: { log($0) })
        try await links.hold(plan.terms) { try await link.hold(puller: puller, pusher: client) }
    }

    private func log(_ report: VisitReport) {
        let peer = report.market
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
    let terms: LinkTerms
    let at = ContinuousClock.now
    let jitterShare = Double.random(in: 0...1)
    /// Real time that broke off after a good round, so many times in a row.
    var brokenLinks = 0
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

/// Once at the start and then once a day.
private final class CertificateWatch: Sendable {
    private let restsUntil = Mutex<ContinuousClock.Instant?>(nil)

    var isDue: Bool {
        restsUntil.withLock { until in
            guard until.map({ $0 <= .now }) ?? true else { return false }
            until = .now + .seconds(86_400)
            return true
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
