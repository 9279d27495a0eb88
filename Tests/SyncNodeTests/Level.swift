// What tests of several nodes ask again and again: whether all are level, and what a refusal is called.

import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

extension DeskFederation {
    /// Everyone with everyone, until nobody has anything new.
    func exchangeAll() throws {
        for _ in 0..<3 {
            for (index, one) in nodes.enumerated() {
                for other in nodes[(index + 1)...] { try Self.exchange(one, other) }
            }
        }
    }

    /// The same change sets, the same state, nothing that waits, and nothing that `verify --deep` finds.
    static func expectLevel(_ nodes: [LocalNode], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let first = try nodes[0].replica.position()
        for node in nodes {
            let position = try node.replica.position()
            #expect(position.frontier == first.frontier, "\(node.market)", sourceLocation: sourceLocation)
            #expect(position.digest == first.digest, "\(node.market)", sourceLocation: sourceLocation)
            #expect(try node.replica.summary().waiting.isEmpty, "\(node.market)", sourceLocation: sourceLocation)
            let findings = try node.replica.verify(isDeep: true, fault: try LogDesk(node).judge(), progress: { _ in })
            #expect(findings.isEmpty, "\(node.market): \(findings)", sourceLocation: sourceLocation)
        }
    }

    /// Every market's receipt counts with every other one.
    func expectReceipts(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for giver in nodes {
            let receipt = try giver.receipt()
            for taker in nodes where taker !== giver {
                #expect(
                    try taker.take(receipt: receipt, from: giver.market) != nil, "\(giver.market) at \(taker.market)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    /// A market's entries, as a node holds them.
    func entries(of market: LocalNode, at node: LocalNode) throws -> [Entry] {
        var cursor = try node.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        var entries: [Entry] = []
        while !cursor.isFinished { entries += try node.replica.nextBatch(&cursor).entries }
        return entries.filter { $0.header.origin.market == market.market }
    }
}

/// The code of a refusal; nil if there was none.
func code(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return (error as? NodeError)?.code ?? "\(error)"
    }
}
