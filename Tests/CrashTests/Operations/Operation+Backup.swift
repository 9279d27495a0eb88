// A backup, while a foreign program's write is not sealed yet.

import Foundation

@testable import ReplicaStore

extension Operation {
    static func backingUp() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        return Operation(
            name: "backing up", image: try stage.image(),
            steps: [
                .client("UPDATE item SET note = 'pending' WHERE item_no = '31-0002'"),
                Step("back up", isOnce: true) { node in
                    let path = node.folder + "/backup.sqlite"
                    // What a backup that failed has left may not be durable.
                    try? FileManager.default.removeItem(atPath: path)
                    try node.replica.backUp(to: path)
                },
            ], files: ["backup.sqlite"])
    }
}
