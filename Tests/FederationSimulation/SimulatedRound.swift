// A round between two nodes on the production machine, its messages carried by a network that loses, doubles and cuts.

import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

/// The link failed: the round is over, both sides keep what they have committed.
struct LinkFailed: Error {}

/// A promise of the house was broken.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What RoundRunner and NodeExchange do, in one synchronous call.
struct SimulatedRound {
    let one: SimulatedNode
    let other: SimulatedNode
    let roots: FederationRoots
    /// Small, so that a round has several batches.
    let batchBytesMax: Int

    private var peerFrontier = Frontier.empty
    private var sending: SendCursor?
    private var heldByPeer = HeldByPeer()

    private static let commandsMax = 2_000

    init(_ one: SimulatedNode, _ other: SimulatedNode, _ roots: FederationRoots, batchBytesMax: Int) {
        self.one = one
        self.other = other
        self.roots = roots
        self.batchBytesMax = batchBytesMax
    }

    mutating func run(_ network: inout SimulatedNetwork) throws -> RoundOutcome {
        var round = Round(with: other.market)
        var command = round.handle(.started)
        for _ in 0..<Self.commandsMax {
            switch command {
            case .finish(let outcome): return outcome
            case .refuse(let refusal): throw Violation("a round was refused: \(refusal)")
            case .sendHello: command = round.handle(try hello(&network))
            case .exchangeDescriptors:
                try descriptors(&network)
                command = round.handle(.descriptorsExchanged)
            case .sendHeads: command = round.handle(try heads(&network))
            case .recover:
                try one.recover(because: "a peer showed a later entry of ours")
                try one.seal()
                try descriptors(&network)
                command = round.handle(.recovered)
            case .pull: command = round.handle(try pull(&network))
            case .push: command = round.handle(try push(&network))
            case .exchangeReceipts:
                try receipts(&network)
                command = round.handle(.receiptsExchanged)
            case .compare: command = round.handle(try compare(&network))
            }
        }
        throw Violation("a round between \(one.market) and \(other.market) does not end")
    }

    /// The answer of the other side, if it comes back.
    private func call<Answer>(_ network: inout SimulatedNetwork, _ body: () throws -> Answer) throws -> Answer {
        switch network.call(from: one.index, to: other.index) {
        case .lost: throw LinkFailed()
        case .replyLost:
            _ = try body()
            throw LinkFailed()
        case .answeredTwice:
            _ = try body()
            return try body()
        case .answered: return try body()
        }
    }

    private func hello(_ network: inout SimulatedNetwork) throws -> Round.Event {
        try one.seal()
        let mine = try one.hello()
        let theirs = try call(&network) {
            try other.seal()
            return try other.hello()
        }
        return .helloReceived(mine: mine, theirs: theirs)
    }

    private func descriptors(_ network: inout SimulatedNetwork) throws {
        let (offered, version) = (one.documents, try one.rootVersion())
        let theirs = try call(&network) {
            try other.follow(roots, upTo: version)
            try other.learn(offered)
            return (documents: other.documents, version: try other.rootVersion())
        }
        try one.follow(roots, upTo: theirs.version)
        try one.learn(theirs.documents)
    }

    private mutating func heads(_ network: inout SimulatedNetwork) throws -> Round.Event {
        let mine = try one.replica.frontier()
        let reply = try call(&network) { try other.replica.heads(of: one.market, above: mine) }
        peerFrontier = reply.frontier
        return .headsReceived(
            weWereRolledBack: try one.provesRollback(reply.heads) || ownBranch(in: reply.frontier, &network))
    }

    /// The peer's entry in the place of one of ours.
    private func ownBranch(in theirs: Frontier, _ network: inout SimulatedNetwork) throws -> Bool {
        let own = try one.replica.ownHead()
        for row in theirs.rows(of: own.origin) where try row.sequence <= own.sequence && one.replica.entry(row) == nil {
            guard let entry = try call(&network, { try other.replica.entry(row)?.entry }) else { continue }
            let head = EntryHead(header: entry.header, signatures: entry.signatures)
            if try one.provesRollback([head]) { return true }
        }
        return false
    }

    private mutating func pull(_ network: inout SimulatedNetwork) throws -> Round.Event {
        let request = PullRequest(
            frontier: try one.replica.frontier(comparedWith: peerFrontier), held: try one.heldOrigins())
        let decoded = try PullRequest(decoding: request.encoded())
        let (batches, hasMore, frontier) = try call(&network) {
            try other.seal()
            var cursor = try other.replica.sendCursor(for: decoded)
            var batches: [[UInt8]] = []
            while !cursor.isFinished {
                let batch = try other.replica.nextBatch(&cursor, rawBytesMax: batchBytesMax)
                guard !batch.entries.isEmpty else { break }
                batches.append(batch.encoded())
            }
            return (batches, !cursor.isFinished, cursor.frontier)
        }
        let (arrived, isWhole) = network.carry(batches, from: other.index, to: one.index)
        var (applied, waiting) = (0, 0)
        for bytes in arrived {
            let report = try one.apply(try Self.batch(bytes), from: other.market)
            applied += report.applied
            waiting += report.refused.count { $0.refusalClass == .waiting }
        }
        guard isWhole else { throw LinkFailed() }
        peerFrontier = frontier
        return .pulled(applied: applied, waiting: waiting, more: hasMore)
    }

    private mutating func push(_ network: inout SimulatedNetwork) throws -> Round.Event {
        var cursor =
            try sending
            ?? one.replica.sendCursor(for: PullRequest(frontier: peerFrontier, held: heldByPeer.origins))
        let batch = try one.replica.nextBatch(&cursor, rawBytesMax: batchBytesMax)
        guard !batch.entries.isEmpty else { return .pushed(applied: 0, waiting: 0, more: false) }
        let (arrived, isWhole) = network.carry(
            [batch.encoded()], moreFollows: !cursor.isFinished, from: one.index, to: other.index)
        guard let bytes = arrived.first else { throw LinkFailed() }
        let report = try call(&network) { try other.apply(try Self.batch(bytes), from: one.market) }
        guard isWhole else { throw LinkFailed() }
        sending = cursor
        if heldByPeer.note(report.refused, of: batch.origins) {
            sending = nil
            peerFrontier = try call(&network) { try other.replica.frontier() }
        }
        return .pushed(
            applied: report.applied, waiting: report.refused.count { $0.refusalClass == .waiting },
            more: sending.map { !$0.isFinished } ?? true)
    }

    /// A batch that cannot be read ends the round, as a malformed body does.
    static func batch(_ bytes: [UInt8]) throws -> Batch {
        do throws(DecodeError) {
            return try Batch(decoding: bytes)
        } catch {
            throw LinkFailed()
        }
    }

    private func receipts(_ network: inout SimulatedNetwork) throws {
        let ours = try one.receipt()
        let theirs = try call(&network) {
            _ = try other.take(ours, from: one.market)
            return try other.receipt()
        }
        try Self.check(try one.take(theirs, from: other.market), of: other)
        // Shown again, it is old.
        guard try one.take(theirs, from: other.market) == nil else { throw Violation("an old receipt was taken") }
    }

    /// What a receipt names is durably there.
    private static func check(_ frontier: Frontier?, of signer: SimulatedNode) throws {
        for row in frontier?.rows ?? [] {
            guard try signer.replica.entry(row) != nil else {
                throw Violation("\(signer.market)'s receipt names \(row.dot), which it does not have")
            }
        }
    }

    private func compare(_ network: inout SimulatedNetwork) throws -> Round.Event {
        let mine = try one.hello()
        let theirs = try call(&network) {
            try other.seal()
            return try other.hello()
        }
        let agrees = mine.isComparable(with: theirs) ? mine.stateDigest == theirs.stateDigest : nil
        if agrees == false {
            throw Violation("\(one.market) and \(other.market) stand at one frontier with two digests")
        }
        return .compared(agrees: agrees, isLevel: mine.frontierHash == theirs.frontierHash)
    }
}
