// The conflict desk: resolving, and undoing as a group of change sets.

import ForeignSQL
import SyncCore

@testable import ReplicaStore

extension Operation {
    static func resolving() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        let record = RecordID(type: "item", key: "31-0001")
        let conflict = try stage.shanghai.replica.openConflicts()[0]
        let theirs = conflict.conflict.sides.first { $0.stamp.market.name == "jiangsu" }!.stamp.id
        let sealing: (CrashNode) throws -> Void = { try $0.seal() }
        return Operation(
            name: "resolving and undoing", image: try stage.image(),
            steps: [
                .client("UPDATE item SET title = 'pending' WHERE item_no = '31-0002'"),
                Step("resolve", milestones: [sealing]) { node in
                    // Whoever finds it closed has nothing to do.
                    guard try !node.replica.openConflicts().isEmpty else { return }
                    try node.replica.resolve(
                        conflict: conflict.id, of: record, .take(theirs), reason: "checked", author: "Li", node.signer)
                },
                Step("undo") { node in
                    guard try node.replica.openConflicts().isEmpty else { return }
                    try node.replica.undo(
                        resolution: conflict.id, of: record, reason: "a mistake", author: "Li", node.signer)
                },
            ])
    }

    /// A group that fails half way has been read back already; what is sealed next takes its numbers.
    static func undoingSomethingElse() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        let record = RecordID(type: "item", key: "31-0001")
        let shanghai = stage.shanghai
        let conflict = try shanghai.replica.openConflicts()[0]
        try shanghai.replica.resolve(
            conflict: conflict.id, of: record, .value([.text("settled")]), reason: "checked", author: "Li",
            shanghai.signer)
        return Operation(
            name: "undoing after something else", image: try stage.image(),
            steps: [
                Step("undo", milestones: [{ try $0.seal() }]) { node in
                    guard try node.replica.openConflicts().isEmpty else { return }
                    try node.replica.undo(
                        resolution: conflict.id, of: record, reason: "a mistake", author: "Li", node.signer)
                }
            ],
            meanwhile: { node in
                try node.client.run("UPDATE item SET note = 'meanwhile' WHERE item_no IN ('31-0002', '32-0001')")
            })
    }
}
