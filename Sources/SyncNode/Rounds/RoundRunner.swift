// Acts out a round: the machine says what to do next, this does it.

import Foundation
package import PeerTransport
import PeerTrust
import ReplicaStore
package import SyncCore

/// Runs rounds with one peer. One at a time.
package struct RoundRunner: Sendable {
    private let replicator: Replicator
    private let client: PeerClient
    private let peer: Market
    private let batchRawBytes: Int

    /// - Parameter batchRawBytes: about how much goes into a batch that is pushed. Less in tests that cannot write so much.
    package init(_ replicator: Replicator, _ client: PeerClient, batchRawBytes: Int = Limits.batchRawBytesSent) {
        self.replicator = replicator
        self.client = client
        self.batchRawBytes = batchRawBytes
        peer = client.market
    }

    /// What a round learns about the peer as it goes.
    private struct Knowledge {
        var peerFrontier = Frontier.empty
        /// Where the walk for the peer stands; made at the first push of a round.
        var sending: SendCursor?
        /// What comes next in that walk, made while the peer took what came before.
        var nextParcel: Parcel?
        var heldByPeer = HeldByPeer()
        /// The serial of our own descriptor when the peer was last in the know of it.
        var announcedSerial: UInt64 = 0
        /// What the peer said of its trust root.
        var peerRoot: UInt64 = 0
    }

    /// Throws `PeerError`, `NodeError`, or a local failure.
    package func run() async throws -> RoundOutcome {
        var round = Round(with: peer)
        var knowledge = Knowledge()
        var command = round.handle(.started)
        while true {
            switch command {
            case .finish(var outcome):
                let forks = try await replicator.run { node in try node.replica.forks() }
                outcome.forkedOrigins = Set(forks.filter { !$0.isSettled }.map(\.origin))
                return outcome
            case .refuse(let refusal):
                throw NodeError(
                    .trust, code: refusal.rawValue, "与 \(peer) 的交换中止:\(refusal.rawValue)",
                    "the round with \(peer) ended: \(refusal.rawValue)", peer: peer)
            case .sendHello: command = round.handle(try await hello(&knowledge))
            case .exchangeDescriptors:
                try await roots(upTo: knowledge.peerRoot)
                command = round.handle(try await descriptors())
            case .sendHeads: command = round.handle(try await heads(&knowledge))
            case .recover: command = round.handle(try await recover())
            case .pull: command = round.handle(try await pull(&knowledge))
            case .push: command = round.handle(try await push(&knowledge))
            case .exchangeReceipts: command = round.handle(try await receipts(knowledge))
            case .compare: command = round.handle(try await compare())
            }
        }
    }

    // The steps are not inlined into `run`: Swift 6.3.1's optimizer crashes on the coroutine that they then make
    // ("While splitting coroutine", in a release build).

    @inline(never)
    private func recover() async throws -> Round.Event {
        try await replicator.run { [peer] node in
            try node.recover(because: "\(peer) showed a later entry of ours, signed by our own key")
            try node.seal()
        }
        // The peer must know the new incarnation's key before it sees an entry or a receipt of it.
        _ = try await descriptors()
        return .recovered
    }

    @inline(never)
    private func hello(_ knowledge: inout Knowledge) async throws -> Round.Event {
        let (mine, serial) = try await replicator.run { node in
            try node.seal()
            return (try node.hello(), try node.ownDescriptor().serial)
        }
        // Other roots make the descriptors travel, before anything else.
        knowledge.announcedSerial = serial
        let theirs = try await client.hello(mine)
        knowledge.peerRoot = theirs.rootVersion
        if theirs.market == peer { try await replicator.run { node in try node.noteSameRoot(theirs, mine: mine) } }
        return .helloReceived(mine: mine, theirs: theirs)
    }

    /// The trust roots between ours and the peer's, one after another: none is skipped.
    @inline(never)
    private func roots(upTo theirs: UInt64) async throws {
        let ours = try await replicator.run { node in try node.trustKeeper.root()?.version ?? 0 }
        guard ours < theirs else { return }
        for version in (ours + 1)...min(theirs, ours + Self.rootsMax) {
            let document: [UInt8]
            do {
                document = try await client.root(version)
            } catch let error as PeerError where error.status == 404 {
                return
            }
            let isAdopted = try await replicator.run { [peer] node in
                try node.followingRoot { try node.trustKeeper.learn(root: document, from: peer) }
            }
            guard isAdopted else { return }
        }
    }

    /// In one round.
    private static let rootsMax: UInt64 = 64

    @inline(never)
    private func descriptors() async throws -> Round.Event {
        let offered = try await replicator.run { node in TrustKeeper.documents(try node.trust()) }
        let theirs = try await client.descriptors(offering: offered)
        try await replicator.run { [peer] node in try node.learn(theirs, from: peer) }
        return .descriptorsExchanged
    }

    @inline(never)
    private func heads(_ knowledge: inout Knowledge) async throws -> Round.Event {
        let frontier = try await replicator.run { node in try node.replica.frontier() }
        let reply = try await client.heads(frontier)
        knowledge.peerFrontier = reply.frontier
        let isProven = try await replicator.run { node in try node.provesRollback(reply.heads) }
        let isShown = try await isProven ? true : ownBranch(in: reply.frontier)
        return .headsReceived(weWereRolledBack: isShown)
    }

    /// Whether the peer holds another entry of our present incarnation than we do in the same place: a clone of this node,
    /// or what it was before it was set back, has sealed beside us. A row is a claim; the entry it names is fetched, and
    /// counts only if our own key signed it. (Of other origins the pull brings the other branch.)
    @inline(never)
    private func ownBranch(in theirs: Frontier) async throws -> Bool {
        let strangers = try await replicator.run { node in
            let own = try node.replica.ownHead()
            return try theirs.rows(of: own.origin).filter { row in
                try row.sequence <= own.sequence && node.replica.entry(row) == nil
            }
        }
        for row in strangers {
            let bytes = try await client.entry(row.dot, id: row.idPrefix)
            guard let other = try? Entry(decoding: bytes), other.header.dot == row.dot else { continue }
            let head = EntryHead(header: other.header, signatures: other.signatures)
            if try await replicator.run({ node in try node.provesRollback([head]) }) { return true }
        }
        return false
    }

    @inline(never)
    private func pull(_ knowledge: inout Knowledge) async throws -> Round.Event {
        let peerFrontier = knowledge.peerFrontier
        let request = try await replicator.run { node in
            PullRequest(
                frontier: try node.replica.frontier(comparedWith: peerFrontier), held: try node.heldOrigins())
        }
        var applied = 0
        var waiting = 0
        let end = try await client.pull(request) { frame in
            guard case .batch = frame else { return true }
            let batch: Batch
            do throws(DecodeError) {
                batch = try BatchCoding.batch(from: frame)
            } catch {
                throw NodeError(
                    code: "malformed_batch", "\(peer) 发来的批次无法读取:\(error.detail)",
                    "\(peer) sent a batch that cannot be read: \(error.detail)", peer: peer)
            }
            let report = try await replicator.run { [peer] node in try node.apply(batch, from: peer) }
            applied += report.applied
            waiting += report.refused.count { $0.refusalClass == .waiting }
            return true
        }
        var hasMore = false
        if case .ended(let more, let frontier) = end {
            hasMore = more
            knowledge.peerFrontier = frontier
        }
        return .pulled(applied: applied, waiting: waiting, more: hasMore)
    }

    @inline(never)
    private func push(_ knowledge: inout Knowledge) async throws -> Round.Event {
        let cursor: SendCursor
        if let standing = knowledge.sending {
            cursor = standing
        } else {
            let request = PullRequest(frontier: knowledge.peerFrontier, held: knowledge.heldByPeer.origins)
            cursor = try await replicator.run { node in try node.replica.sendCursor(for: request) }
        }
        let parcel: Parcel
        if let ready = knowledge.nextParcel { parcel = ready } else { parcel = try await self.parcel(at: cursor) }
        guard !parcel.origins.isEmpty else { return .pushed(applied: 0, waiting: 0, more: false) }
        async let following = parcel.after.isFinished ? nil : self.parcel(at: parcel.after)
        let reply = try await client.push(parcel.frame)
        knowledge.sending = parcel.after
        if knowledge.heldByPeer.note(reply.refused, of: parcel.origins) {
            // Ask anew, leaving out what the peer cannot take yet and what depends on it.
            knowledge.sending = nil
            knowledge.nextParcel = nil
            knowledge.peerFrontier = try await client.heads(try await frontier()).frontier
        } else {
            knowledge.nextParcel = try await following
        }
        return .pushed(
            applied: reply.applied, waiting: reply.refused.count { $0.refusalClass == .waiting },
            more: knowledge.sending.map { !$0.isFinished } ?? true,
            withoutEffect: reply.refused.count { [.faulty, .forbidden].contains($0.refusalClass) })
    }

    /// A batch as it travels, and the walk behind it.
    private struct Parcel: Sendable {
        let frame: ExchangeFrame
        /// Of its entries; empty if there is nothing to send.
        let origins: Set<Origin>
        let after: SendCursor
    }

    private func parcel(at cursor: SendCursor) async throws -> Parcel {
        let (batch, after) = try await replicator.run { [batchRawBytes] node in
            var walk = cursor
            let batch = try node.replica.nextBatch(&walk, rawBytesMax: batchRawBytes)
            return (batch, walk)
        }
        return Parcel(
            frame: BatchCoding.frame(batch), origins: batch.origins, after: after)
    }

    @inline(never)
    private func receipts(_ knowledge: Knowledge) async throws -> Round.Event {
        // A key that took over since the round began signs the receipt: the peer must know it.
        let serial = try await replicator.run { node in try node.ownDescriptor().serial }
        if serial != knowledge.announcedSerial { _ = try await descriptors() }
        let ours = try await replicator.run { node in try node.receipt() }
        let theirs = try await client.receipts(ours)
        try await replicator.run { [peer] node in
            guard let frontier = try node.take(receipt: theirs, from: peer) else { return }
            try node.replica.updatePeer(peer) { record, _ in record.frontier = frontier }
        }
        return .receiptsExchanged
    }

    /// The digest of the peer, if it still stands where we do.
    @inline(never)
    private func compare() async throws -> Round.Event {
        let mine = try await replicator.run { node in try node.hello() }
        let theirs = try await client.hello(mine)
        return .compared(
            agrees: mine.isComparable(with: theirs) ? mine.stateDigest == theirs.stateDigest : nil,
            isLevel: mine.frontierHash == theirs.frontierHash)
    }

    @inline(never)
    private func frontier() async throws -> Frontier {
        try await replicator.run { node in try node.replica.frontier() }
    }
}
