// A trust root that closes: one transaction that seals, closes and folds the log again; and the same in an apply, when the
// last entry that counts comes after what does not.

import ForeignSQL
import SyncCore

@testable import ReplicaStore

extension Operation {
    static func closing() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        let (shanghai, jiangsu) = (stage.shanghai, stage.jiangsu)
        let seen = try shanghai.replica.frontier()
        func forge(_ text: Text, _ sequence: UInt64, after previous: VerifiedEntry? = nil) throws -> VerifiedEntry {
            try jiangsu.forge(
                8, sequence: sequence, previous: previous?.id ?? .zero,
                seeing: Frontier(rows: seen.rows.filter { $0.origin.market != jiangsu.market }),
                changes: [
                    Change(
                        kind: .update, record: RecordID(type: "item", key: "31-0002"),
                        units: [UnitValues(unit: 32, values: [.text(text)])])
                ])
        }
        let (honest, forged) = (try forge("honest", 1), try forge("forged", 1))
        let last = try forge("last", 2, after: honest)
        let theirs = try jiangsu.replica.ownOrigin()
        guard let first = try jiangsu.replica.entry(at: Dot(origin: theirs, sequence: 1), id: nil) else {
            preconditionFailure("Jiangsu has sealed nothing")
        }
        let closures = [
            Closure(origin: theirs, ends: [EntryPlace(sequence: 1, id: first.id)]),
            Closure(origin: last.header.origin, ends: [EntryPlace(sequence: 2, id: last.id)]),
        ]
        return Operation(
            name: "closing", image: try stage.image(),
            steps: [
                .client("UPDATE item SET title = 'pending' WHERE item_no = '31-0001'"),
                Step("past the triggers", isOnce: true, findings: ["row_altered"]) { node in
                    let client = try ForeignClient(node.path)
                    client.silenceTriggers()
                    try client.run("UPDATE item SET amount = 9 WHERE item_no = '31-0003'")
                },
                Step("adopt") { node in
                    guard try node.replica.trustRoot() == nil else { return }
                    try node.replica.adopt(
                        root: [1], after: 0, ClosuresInForce(version: 1, closures: closures), node.signer)
                },
                Step("what counts for the time being") { _ = try $0.apply([forged]) },
                .client("UPDATE item SET title = 'pending again' WHERE item_no = '31-0002'"),
                Step("the last entry") { _ = try $0.apply([honest, last]) },
            ], checkpointEvery: Sweep.seeds == nil ? 100 : 24, stride: 3)
    }
}
