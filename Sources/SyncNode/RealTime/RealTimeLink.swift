// Real time with one peer: what is written there comes here at once, and what is written here goes there.

import PeerTransport
import PeerTrust
import ReplicaStore
import SyncCore
import Synchronization

/// Holds one pull open at a peer, and pushes to it what it does not hold a pull open for itself. Begins after a round, which
/// has looked for rollbacks, forks and descriptors; rounds go on at the interval, and within a minute of any traffic, for
/// receipts and comparison: neither stands in the way of a commit.
struct RealTimeLink {
    let replicator: Replicator
    let realTime: RealTime
    let visit: PeerVisit
    let peer: Market
    /// From the end of a round to the next.
    let roundInterval: Duration
    let log: @Sendable (VisitReport) -> Void

    /// A round of the link that did not end well. It has been remembered and logged.
    struct RoundFailed: Error {}

    /// Something travelled that no round has confirmed yet.
    private let hasTraffic = TrafficSign()

    init(
        _ replicator: Replicator, _ realTime: RealTime, visit: PeerVisit, peer: Market, roundInterval: Duration,
        log: @escaping @Sendable (VisitReport) -> Void
    ) {
        self.replicator = replicator
        self.realTime = realTime
        self.visit = visit
        self.peer = peer
        self.roundInterval = roundInterval
        self.log = log
    }

    /// Goes on until the connection fails, a round does, or the task is cancelled; always throws.
    ///
    /// - Parameters:
    ///   - puller: holds the pull, and is used for nothing else.
    ///   - pusher: the client of the round before; goes on with pushes and rounds.
    func hold(puller: PeerClient, pusher: PeerClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keepPulling(puller) }
            group.addTask { try await keepPushing(pusher) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    // MARK: Pulling

    /// More empty answers than this in a row are no chance: the peer answers without having anything for us.
    private static let emptyAnswersMax = 3

    private func keepPulling(_ client: PeerClient) async throws {
        // The first request of a connection: small, so that a refusal is read.
        _ = try await client.hello(try await replicator.run { node in try node.hello() })
        var waitingOrigins: Set<Origin> = []
        var emptyAnswers = 0
        while true {
            let held = waitingOrigins
            let request = try await replicator.run { node in
                let held = held.union(try node.heldOrigins()).sorted().prefix(Limits.heldOrigins)
                return PullRequest(frontier: try node.replica.frontier(), held: held)
            }
            realTime.pulse.beat(peer)
            let began = ContinuousClock.now
            var answer = PullAnswer()
            let end = try await client.pull(request, waitSeconds: Limits.longPollSecondsMax) { frame in
                guard case .batch = frame else { return true }
                let batch = try batch(from: frame)
                let report = try await replicator.run { [peer] node in try node.apply(batch, from: peer) }
                answer.add(report, of: batch, askedFor: request)
                waitingOrigins.formUnion(report.waitingOrigins)
                return true
            }
            if case .ended(_, let frontier) = end { realTime.words.note(frontier, of: peer) }
            if answer.applied > 0 { hasTraffic.set(true) }
            guard answer.isEmpty else {
                emptyAnswers = 0
                continue
            }
            let isEarly = end == .nothing && ContinuousClock.now - began < .seconds(Limits.longPollSecondsMax - 5)
            guard isEarly || end != .nothing else {
                // A round or another peer may have brought what was lacking.
                waitingOrigins = []
                emptyAnswers = 0
                continue
            }
            emptyAnswers += 1
            if isEarly || emptyAnswers > Self.emptyAnswersMax { try await Backoff.rest(failures: emptyAnswers) }
        }
    }

    private func batch(from frame: ExchangeFrame) throws(PeerError) -> Batch {
        do throws(DecodeError) {
            return try BatchCoding.batch(from: frame)
        } catch {
            throw PeerError(.failed, code: "malformed_batch", detail: error.detail)
        }
    }

    /// What an answer to a held pull came to.
    private struct PullAnswer {
        var applied = 0
        private var hasRefused = false
        private var hasBeenNews = false

        mutating func add(_ report: ApplyReport, of batch: Batch, askedFor request: PullRequest) {
            applied += report.applied
            hasRefused = hasRefused || !report.refused.isEmpty
            hasBeenNews =
                hasBeenNews
                || batch.entries.contains { $0.header.sequence > request.frontier.sequence(of: $0.header.origin) }
        }

        /// Not so where all of it is here because it came another way since it was asked for, as it does in a mesh: the peer
        /// had something for us.
        var isEmpty: Bool { applied == 0 && (hasRefused || !hasBeenNews) }
    }

    // MARK: Pushing, and rounds

    /// Within this time after any traffic a round exchanges receipts and compares.
    private static let roundAfterTraffic = Duration.seconds(60)
    /// A connection that was idle for longer would not be used again, and a commit would wait for a handshake.
    private static let idleMax = Duration.seconds(20)

    private func keepPushing(_ client: PeerClient) async throws {
        var progress = Progress()
        var roundEnded = ContinuousClock.now
        var used = roundEnded
        var heard = roundEnded
        while true {
            let interval = hasTraffic.isSet ? min(roundInterval, Self.roundAfterTraffic) : roundInterval
            if roundEnded + interval <= .now {
                hasTraffic.set(false)
                let report = try await visit.run(peer, client)
                log(report)
                guard report.result == .ok else { throw RoundFailed() }
                (progress, roundEnded) = (Progress(), .now)
                used = roundEnded
            }
            let seen = realTime.advances.count(for: peer)
            _ = try await replicator.run { node in try node.noticeCommits() }
            if realTime.advances.isHeld(by: peer) {
                // It is told through its own pull, and says where it stands when it stops asking.
                progress = Progress()
            } else {
                try await hear(&progress, since: &heard)
                if try await push(&progress, client, at: seen) {
                    used = .now
                } else if used + Self.idleMax <= .now {
                    progress.frontier = try await frontier(at: client)
                    used = .now
                }
            }
            let deadline = min(roundEnded + interval, .now + Self.idleMax / 4)
            _ = try await realTime.advances.wait(
                for: peer, holder: .ourselves, since: seen, until: deadline)
        }
    }

    /// What the peer itself has said, in this link, of where it stands.
    private struct Progress {
        var frontier: Frontier?
        var held = HeldByPeer()
        /// The count of our advances when a push moved it no further: there is nothing to send it before the next one.
        var stalledAt: UInt64?
    }

    /// Takes up what the peer said elsewhere, as when a pull ended: what came from there need not be offered to it. Of two
    /// words the one that has more of what is here.
    private func hear(_ progress: inout Progress, since time: inout ContinuousClock.Instant) async throws {
        guard let last = realTime.words.last(of: peer, after: time) else { return }
        time = last.time
        let word = last.frontier
        let ours = try await replicator.run { node in try node.replica.frontier() }
        progress.frontier = progress.frontier.map { ours.further($0, word) } ?? word
    }

    private func frontier(at client: PeerClient) async throws -> Frontier {
        let mine = try await replicator.run { node in try node.replica.frontier() }
        return try await client.heads(mine).frontier
    }

    /// Sends what the peer lacks, as long as it says to have ever more of what we have, or to wait with ever more origins of
    /// what it was sent: so pushing ends, whatever it answers. Whether anything was asked of it.
    private func push(_ progress: inout Progress, _ client: PeerClient, at count: UInt64) async throws -> Bool {
        guard progress.stalledAt != count else { return false }
        var hasAsked = false
        if progress.frontier == nil {
            progress.frontier = try await frontier(at: client)
            hasAsked = true
        }
        while let frontier = progress.frontier {
            let request = PullRequest(frontier: frontier, held: progress.held.origins)
            let (batch, isLast, ours) = try await replicator.run { node in
                var cursor = try node.replica.sendCursor(for: request)
                let batch = try cursor.isFinished ? Batch(entries: []) : node.replica.nextBatch(&cursor)
                return (batch, cursor.isFinished, cursor.frontier)
            }
            guard !batch.entries.isEmpty else { return hasAsked }
            hasAsked = true
            let reply = try await client.push(batch)
            if reply.applied > 0 { hasTraffic.set(true) }
            let waitsWithMore = progress.held.note(reply.refused, of: batch.origins)
            if isLast, reply.frontierHash == hash(of: ours) {
                progress.frontier = ours
                return true
            }
            // Its word, not our reckoning.
            let now = try await self.frontier(at: client)
            progress.frontier = now
            guard waitsWithMore || ours.count(sharedWith: now) > ours.count(sharedWith: frontier) else {
                progress.stalledAt = count
                return true
            }
        }
        return hasAsked
    }

    private func hash(of frontier: Frontier) -> Digest { OpenSSLHashing.hashing.sha256(frontier.encoded()) }
}

/// A flag that the two halves of a link share.
final class TrafficSign: Sendable {
    private let flag = Mutex(false)

    var isSet: Bool { flag.withLock { $0 } }

    func set(_ value: Bool) { flag.withLock { $0 = value } }
}
