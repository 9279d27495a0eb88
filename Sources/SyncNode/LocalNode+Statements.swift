// What this node says of itself, and what it takes down of others: hellos and receipts.

import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
package import SyncCore

extension LocalNode {
    package func hello() throws -> Hello {
        let position = try replica.position()
        let trust = try trust()
        return Hello(
            federation: configuration.federation, market: market, incarnation: position.incarnation,
            rootVersion: trust.rootVersion, rootHash: trust.membership.rootHash, catalogHash: catalog.hash,
            frontierHash: hash(of: position.frontier), stateDigest: position.digest,
            software: "yrdsync/\(Software.version)")
    }

    func frontierHash() throws -> Digest { hash(of: try replica.frontier()) }

    func hash(of frontier: Frontier) -> Digest { hashing.sha256(frontier.encoded()) }

    /// "I have durably applied up to these rows."
    func receipt() throws -> SignedStatement {
        try signed(try replica.nextStatement(over: try keyRing.filed().ids), state: nil)
    }

    /// "At these rows my state has this digest", signed. What is pending is sealed first, for the state shall be what clients see.
    package func checkpoint() throws -> SignedStatement {
        let (next, state) = try fenced {
            _ = try replica.seal(signer)
            return try replica.nextCheckpoint(over: try keyRing.filed().ids)
        }
        return try signed(next, state: state)
    }

    /// - Parameter state: what a checkpoint names; nil for a receipt.
    private func signed(_ next: NextStatement, state: Digest?) throws -> SignedStatement {
        let origin = Origin(market: market, incarnation: next.incarnation)
        let root = try trustKeeper.root()?.version ?? 0
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let statement =
            state.map {
                FrontierStatement(
                    checkpointOf: next.frontier, digest: $0, federation: federation.id, origin: origin,
                    trustRootVersion: root, counter: next.counter, timeMilliseconds: now)
            }
            ?? FrontierStatement(
                receiptOf: next.frontier, federation: federation.id, origin: origin, trustRootVersion: root,
                counter: next.counter, timeMilliseconds: now)
        return try statement.signed(by: keyRing.keys(next.signingKeys).all)
    }

    /// Whether a connected market is no member here, or has no key here that covers its receipt: a trust root or a
    /// descriptor may still come.
    func cannotJudge(_ receipt: SignedStatement, from peer: Market) throws -> Bool {
        switch try trust().membership.verify(.receipt, receipt.body, receipt.signatures, from: peer) {
        case .unknownMember, .unknownKeySpan: true
        case .verified, .notAuthentic: false
        }
    }

    /// Keeps a peer's receipt, if it is its signer's and newer. Returns the frontier it names.
    func take(receipt: SignedStatement, from peer: Market) throws -> Frontier? {
        switch try trust().membership.verify(.receipt, receipt.body, receipt.signatures, from: peer) {
        case .verified(let verified):
            let statement = verified.payload
            var signatures = ByteWriter()
            SignatureRecord.encode(receipt.signatures, to: &signatures)
            let kept = try replica.keepReceipt(
                from: statement.origin, counter: statement.counter, body: receipt.body, signatures: signatures.bytes)
            if kept.wasKept, let before = kept.previousBody {
                try noteFallenFrontier(statement, before: before)
            }
            return statement.frontier
        case .unknownMember, .unknownKeySpan, .notAuthentic:
            return nil
        }
    }

    /// A round that a peer started and that has come as far as the receipts is a success like our own.
    func noteRound(startedBy peer: Market, frontier: Frontier) throws {
        try replica.updatePeer(peer) { record, _ in
            record.succeed(at: Int64(Date().timeIntervalSince1970 * 1_000))
            record.frontier = frontier
        }
    }

    /// A hello between nodes that are level: the whole round, or its last comparison.
    func noteRound(startedBy theirs: Hello, mine: Hello) throws {
        try replica.updatePeer(theirs.market) { record, frontier in
            record.succeed(at: Int64(Date().timeIntervalSince1970 * 1_000))
            record.frontier = frontier
            record.agrees = mine.isComparable(with: theirs) ? mine.stateDigest == theirs.stateDigest : nil
        }
    }

    /// A frontier that falls is a rollback of the signer: one finding, however many rows fell.
    private func noteFallenFrontier(_ statement: FrontierStatement, before: [UInt8]) throws {
        guard let earlier = try? FrontierStatement(decoding: before, as: .receipt) else { return }
        let fallen = try replica.rowsFallen(from: earlier.frontier, to: statement.frontier)
        guard let first = fallen.first else { return }
        let others = fallen.count == 1 ? "" : " and \(fallen.count - 1) more"
        try replica.addFinding(
            "peer_rolled_back", about: statement.origin.description,
            detail: "a receipt lacks \(first.dot)\(others), which an earlier one named")
    }
}

package enum Software {
    package static let version = "0.1.0"
}
