// `compare`: are this node and a peer equal, and if they are not, which record differs?

import Foundation
import PeerTransport
import PeerTrust
import ReplicaStore
package import SyncCore

/// How far a comparison has come, for people who wait.
package enum ComparisonProgress: Hashable, Sendable {
    /// Records looked at here, on the way to a bucket of the digest.
    case records(Int, bucket: UInt8)
    /// Change sets read in search of a record that the replica has lost.
    case changeSets(Int)
}

/// Compares this replica with peers, and changes nothing here.
package struct PeerComparison: Sendable {
    private let replicator: Replicator
    private let visit: PeerVisit
    private let differencesMax: Int
    private let progress: @Sendable (ComparisonProgress) -> Void

    /// How often the two sides are asked to stand still.
    private static let attemptsMax = 3

    package init(
        _ replicator: Replicator, directory: NodeDirectory, differencesMax: Int,
        progress: @escaping @Sendable (ComparisonProgress) -> Void
    ) throws {
        TransportProcess.prepare()
        self.replicator = replicator
        self.differencesMax = differencesMax
        self.progress = progress
        visit = PeerVisit(replicator, identity: try NodeIdentity.read(directory))
    }

    /// The trusted peers that can be dialled, ascending.
    package func reachablePeers() async throws -> [Market] { try await visit.reachablePeers() }

    package func run(_ peer: Market) async throws -> ComparisonReport {
        let client = try await visit.client(for: peer)
        do {
            for _ in 0..<Self.attemptsMax {
                if let report = try await attempt(client) { return report }
            }
            return ComparisonReport(market: peer, verdict: .moving)
        } catch let error as PeerError {
            return ComparisonReport(market: peer, verdict: .failed(PeerVisit.report(of: error, from: peer)))
        }
    }

    /// Nil if one of the two moved on meanwhile.
    private func attempt(_ client: PeerClient) async throws -> ComparisonReport? {
        let (mine, pending) = try await replicator.run { node in
            (try node.hello(), try node.replica.summary().pending)
        }
        let theirs = try await client.hello(mine)
        func report(_ verdict: ComparisonReport.Verdict) -> ComparisonReport {
            ComparisonReport(
                market: client.market, verdict: verdict, digest: mine.stateDigest, peerDigest: theirs.stateDigest,
                pending: pending)
        }
        guard mine.federation == theirs.federation else {
            throw PeerError(.refused, code: "other_federation", detail: "\(client.market) is in \(theirs.federation)")
        }
        guard mine.frontierHash == theirs.frontierHash else { return report(try await distance(client)) }
        guard mine.hasSameRoot(as: theirs) else { return report(.otherRoot) }
        guard mine.catalogHash == theirs.catalogHash else { return report(.otherCatalog) }
        guard mine.stateDigest != theirs.stateDigest else { return report(.equal) }
        var differing = report(.differs)
        return try await find(&differing, mine, theirs, client) ? differing : nil
    }

    /// How many change sets each side lacks.
    private func distance(_ client: PeerClient) async throws -> ComparisonReport.Verdict {
        let mine = try await replicator.run { node in try node.replica.frontier() }
        let theirs = try await client.heads(mine).frontier
        return try await replicator.run { node in
            .otherFrontier(
                missingHere: try node.replica.lacked(of: theirs),
                missingThere: try node.replica.lag(of: theirs).changeSets)
        }
    }

    // MARK: Down to the records

    /// False if one of the two moved on meanwhile.
    private func find(
        _ report: inout ComparisonReport, _ mine: Hello, _ theirs: Hello, _ client: PeerClient
    ) async throws -> Bool {
        var walk = DigestWalk()
        while let prefix = walk.next {
            guard report.differences.count < differencesMax else {
                report.isCutShort = true
                break
            }
            // Each side takes its own time over a million records.
            async let here = sums(below: prefix, at: mine)
            async let there = sums(below: prefix, at: theirs, client)
            guard let here = try await here, let there = try await there else { return false }
            guard there.count == here.count else {
                throw PeerError(
                    .failed, code: "malformed_reply", detail: "\(there.count) sums where 256 were asked for")
            }
            for leaf in walk.take(mine: here, theirs: there) { report.differences += try await differences(in: leaf) }
        }
        report.falseSums = walk.falseSums
        return true
    }

    /// Nil if this replica stands elsewhere now.
    private func sums(below prefix: [UInt8], at mine: Hello) async throws -> [Digest]? {
        let progress = progress
        return try await replicator.run { node in
            let answer = try node.replica.digests(below: prefix) { seen in
                progress(.records(seen, bucket: prefix.first ?? 0))
            }
            guard node.hash(of: answer.frontier) == mine.frontierHash, answer.reply.digest == mine.stateDigest else {
                return nil
            }
            return answer.reply.children
        }
    }

    /// Nil if the peer stands elsewhere now.
    private func sums(below prefix: [UInt8], at theirs: Hello, _ client: PeerClient) async throws -> [Digest]? {
        while true {
            do {
                let reply = try await client.compare(
                    CompareRequest(prefix: prefix, frontierHash: theirs.frontierHash))
                return reply.digest == theirs.stateDigest ? reply.children : nil
            } catch let error as PeerError where error.status == 409 {
                return nil
            } catch let error as PeerError where error.status == 429 {
                // Two replicas that differ everywhere take more requests than a peer's allowance.
                try await Task.sleep(for: .seconds(error.retryAfterSeconds ?? 1))
            }
        }
    }

    private func differences(in leaf: DigestWalk.Leaf) async throws -> [RecordDifference] {
        let progress = progress
        return try await replicator.run { node in
            let kept = try node.replica.records(below: leaf.prefix) { seen in
                progress(.records(seen, bucket: leaf.prefix[0]))
            }
            guard !kept.isEmpty else {
                let lost = try node.replica.loggedRecords(below: leaf.prefix) { progress(.changeSets($0)) }
                return try (lost.isEmpty ? [nil] : lost.map(Optional.some)).map { record in
                    RecordDifference(
                        record: record, hashPrefix: leaf.prefix, digest: nil,
                        peerDigest: lost.count <= 1 ? leaf.theirs : nil, logDigest: nil,
                        isOneOfSeveral: lost.count > 1, history: try record.map(node.replica.history(of:)) ?? [])
                }
            }
            let all = try kept.map { record, digest in
                RecordDifference(
                    record: record, hashPrefix: leaf.prefix, digest: digest,
                    peerDigest: kept.count == 1 ? leaf.theirs : nil,
                    logDigest: try node.replica.digestByHistory(of: record), isOneOfSeveral: kept.count > 1,
                    history: try node.replica.history(of: record))
            }
            // Of several that share the prefix, those that are not what our log makes of them are to blame, if any are.
            let damaged = all.filter { $0.suspect == .here }
            return damaged.isEmpty ? all : damaged
        }
    }
}
