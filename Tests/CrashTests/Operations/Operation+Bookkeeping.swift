// The small writes around an exchange, and reading, which must not call a bad disk a bad replica.

import SyncCore

@testable import ReplicaStore

/// A check that blames the replica for what the disk did.
struct FalseFindings: Error {
    let codes: [String]
}

extension Operation {
    /// Counters that are used up before they are given out, receipts, peers, evidence, a new incarnation.
    static func bookkeeping() throws -> Operation {
        let stage = try Stage()
        let origin = try stage.jiangsu.replica.ownOrigin()
        return Operation(
            name: "bookkeeping", image: try stage.image(),
            steps: [
                Step("a statement counter", isOnce: true) { _ = try $0.replica.nextStatement(over: $0.signer.keyIDs) },
                Step("a receipt") { node in
                    _ = try node.replica.keepReceipt(from: origin, counter: 3, body: [1, 2], signatures: [3])
                },
                Step("how a peer stands") { node in
                    var peer = try node.replica.peer(Market("jiangsu")!)
                    peer.succeed(at: 7)
                    try node.replica.save(peer)
                },
                Step("evidence") { node in
                    try node.replica.addNotAuthentic(
                        [
                            EntryRefusal(
                                origin: origin, sequence: 9, id: nil, class: .notAuthentic, code: "wrong_signature")
                        ], from: Market("jiangsu"))
                },
                Step("an entry that is held") { node in
                    try node.replica.hold(
                        Dot(origin: Origin(market: Market("anhui")!, incarnation: origin.incarnation), sequence: 1),
                        need: .member("anhui"))
                },
                Step("all that is held, let go") { try $0.replica.releaseHeld() },
                .client("UPDATE item SET title = 'pending' WHERE item_no = '31-0002'"),
                Step("a new incarnation", isOnce: true) { node in
                    try node.replica.beginIncarnation(ID16(Array(repeating: 9, count: 16))!, because: "a test")
                },
                .seal,
            ])
    }

    static func reading() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        let shanghai = Market("shanghai")!
        return Operation(
            name: "reading", image: try stage.image(),
            steps: [
                Step("verify") { node in
                    let findings = try node.findings()
                    guard findings.isEmpty else { throw FalseFindings(codes: findings.map(\.code)) }
                },
                Step("send") { node in
                    var cursor = try node.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
                    let batch = try node.replica.nextBatch(&cursor)
                    let heads = try node.replica.heads(of: shanghai, above: .empty)
                    guard batch.entries.count == 4, heads.heads.count == 1 else {
                        throw FalseFindings(codes: ["\(batch.entries.count) entries, \(heads.heads.count) heads"])
                    }
                },
                Step("list") { node in
                    let summary = try node.replica.summary()
                    var rows = 0
                    try node.replica.forEachRecord(of: "item") { _ in rows += 1 }
                    let history = try node.replica.history(of: RecordID(type: "item", key: "31-0001"))
                    guard summary.conflicts == 1, rows == 4, history.count == 3,
                        try node.replica.openConflicts().count == 1
                    else { throw FalseFindings(codes: ["\(summary.conflicts) \(rows) \(history.count)"]) }
                },
            ])
    }
}
