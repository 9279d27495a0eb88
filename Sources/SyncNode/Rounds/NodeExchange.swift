// What this node answers its peers.

import Foundation
package import PeerTransport
import PeerTrust
import ReplicaStore
package import SyncCore

/// The server side of the exchange, on top of the replicator.
package struct NodeExchange: ExchangeService {
    private let replicator: Replicator
    private let realTime: RealTime

    package init(_ replicator: Replicator, _ realTime: RealTime) {
        self.replicator = replicator
        self.realTime = realTime
    }

    package func hello(_ hello: Hello, from market: Market) async throws -> Hello {
        try await local { node in
            guard hello.protocols.contains(Hello.protocolVersion) else {
                throw ExchangeRefusal(.notFound, code: "no_common_protocol", detail: "this node speaks version 1")
            }
            guard hello.federation == node.configuration.federation else {
                throw ExchangeRefusal(
                    .forbidden, code: "other_federation", detail: "this node belongs to another federation")
            }
            try node.seal()
            let mine = try node.hello()
            if hello.market == market { try node.noteSameRoot(hello, mine: mine) }
            if mine.frontierHash == hello.frontierHash { try node.noteRound(startedBy: hello, mine: mine) }
            return mine
        }
    }

    package func heads(_ frontier: Frontier, from market: Market) async throws -> HeadsReply {
        try await local { node in try node.replica.heads(of: market, above: frontier) }
    }

    package func pull(_ request: PullRequest, from market: Market, waitSeconds: Int) async throws -> PullStream? {
        let asked = ContinuousClock.now
        let deadline = asked + .seconds(waitSeconds)
        var isFirstLook = true
        while true {
            let seen = realTime.advances.count(for: market)
            let word = isFirstLook ? nil : realTime.words.last(of: market, after: asked)
            let start = try await local { [isFirstLook] node in
                // Later looks follow an advance, which was sealed; and whoever waits is told of the next one.
                if waitSeconds == 0 {
                    try node.seal()
                } else if isFirstLook {
                    try node.noticeCommits()
                }
                return try PullStart(for: node.request(request, after: word), at: node.replica)
            }
            if start.hasEntries || waitSeconds == 0 {
                let walk = PullWalk(start, replicator)
                return PullStream { windUp in try await walk.next(windUp: windUp) }
            }
            isFirstLook = false
            realTime.pulse.beat(market)
            do {
                let wake = try await realTime.advances.wait(for: market, since: seen, until: deadline)
                guard wake == .advanced else { return nil }
            } catch is TooManyWaiting {
                throw ExchangeRefusal(
                    .unavailable, code: "too_many_waiting", detail: "as many pulls are held open as may be",
                    retryAfterSeconds: 5)
            }
        }
    }

    package func push(_ batch: Batch, from market: Market) async throws -> PushReply {
        try await local { node in
            let report = try node.apply(batch, from: market)
            return PushReply(
                frontierHash: try node.frontierHash(), applied: report.applied, refused: report.refused)
        }
    }

    package func receipts(_ receipt: SignedStatement, from market: Market) async throws -> SignedStatement {
        try await local { node in
            // Of who is no member yet it waits, as its entries do: it comes again with the next round.
            if try node.cannotJudge(receipt, from: market) { return try node.receipt() }
            guard let frontier = try node.take(receipt: receipt, from: market) else {
                throw ExchangeRefusal(.refusedEntries, code: "receipt_refused", detail: "not a receipt of \(market)")
            }
            try node.noteRound(startedBy: market, frontier: frontier)
            return try node.receipt()
        }
    }

    package func compare(_ request: CompareRequest, from market: Market) async throws -> CompareReply {
        try await local { node in
            // Asked before the records are looked at, and again of what was looked at.
            guard try node.frontierHash() == request.frontierHash else { throw Self.otherFrontier }
            let answer = try node.replica.digests(below: request.prefix)
            guard node.hash(of: answer.frontier) == request.frontierHash else { throw Self.otherFrontier }
            return answer.reply
        }
    }

    package func descriptors(_ offered: [UInt8]?, from market: Market) async throws -> [UInt8] {
        try await local { node in
            if let offered { try node.learn(offered, from: market) }
            return TrustKeeper.documents(try node.trust())
        }
    }

    package func root(_ version: UInt64, from market: Market) async throws -> [UInt8] {
        try await local { node in
            guard let document = try node.replica.trustRoot(version) else {
                throw ExchangeRefusal(
                    .notFound, code: "no_such_root", detail: "trust root version \(version) was not adopted here")
            }
            return document
        }
    }

    package func entry(_ dot: Dot, id: ID16?, from market: Market) async throws -> [UInt8] {
        try await local { node in
            guard let stored = try node.replica.entry(at: dot, id: id) else {
                throw ExchangeRefusal(.notFound, code: "no_such_entry", detail: "\(dot) is not applied here")
            }
            return stored.entry.encoded()
        }
    }

    private static let otherFrontier = ExchangeRefusal(
        .conflict, code: "other_frontier", detail: "this node stands elsewhere now")

    private static let diskFull = ExchangeRefusal(
        .diskFull, code: "disk_full", detail: "this node's disk is full")

    /// Work on the node, with its failures in the words of the exchange.
    private func local<Value: Sendable>(_ body: @Sendable (LocalNode) throws -> Value) async throws -> Value {
        do {
            return try await replicator.run(body)
        } catch let error as SQLiteError where error.isDiskFull {
            throw Self.diskFull
        } catch let refusal as FileRefusal where refusal.isDiskFull {
            // The replica had room for the seal, but the fence could not rise: nothing may leave yet.
            throw Self.diskFull
        } catch let error as SQLiteError where error.isBusy {
            throw ExchangeRefusal(
                .unavailable, code: "busy", detail: "another program holds this replica", retryAfterSeconds: 5)
        }
    }
}

/// A look for what a peer lacks, its first batch read: whoever has waited for it waits no longer than needed.
private struct PullStart: Sendable {
    let before: SendCursor
    let batch: Batch
    let after: SendCursor

    init(for request: PullRequest, at replica: SQLiteReplica) throws {
        before = try replica.sendCursor(for: request)
        var walk = before
        batch = try walk.isFinished ? Batch(entries: []) : replica.nextBatch(&walk)
        after = walk
    }

    /// Not so where all that the peer lacks depends on what it holds back.
    var hasEntries: Bool { !batch.entries.isEmpty }
}

/// One pull on its way: batches until the walk ends, then the end frame.
private actor PullWalk {
    private var cursor: SendCursor
    private var start: PullStart?
    private let replicator: Replicator
    private var hasEnded = false

    init(_ start: PullStart, _ replicator: Replicator) {
        cursor = start.after
        if start.hasEntries { self.start = start }
        self.replicator = replicator
    }

    func next(windUp: Bool) async throws -> ExchangeFrame? {
        guard !hasEnded else { return nil }
        if let start {
            self.start = nil
            if !windUp { return BatchCoding.frame(start.batch) }
            cursor = start.before
        }
        guard !windUp, !cursor.isFinished else { return end() }
        let before = cursor
        let (batch, after) = try await replicator.run { node in
            var walk = before
            let batch = try node.replica.nextBatch(&walk)
            return (batch, walk)
        }
        cursor = after
        // What is left may depend on something the peer holds back: then nothing more travels.
        return batch.entries.isEmpty ? end() : BatchCoding.frame(batch)
    }

    private func end() -> ExchangeFrame {
        hasEnded = true
        return .end(more: !cursor.isFinished, frontier: cursor.frontier)
    }
}

extension LocalNode {
    /// The same request from where its sender said to stand since then, if that is further: what it has come to have by other
    /// ways is not sent to it.
    fileprivate func request(_ request: PullRequest, after word: PeerWords.Word?) throws -> PullRequest {
        guard let word else { return request }
        let frontier = try replica.frontier().further(request.frontier, word.frontier)
        return PullRequest(frontier: frontier, held: request.held)
    }
}
