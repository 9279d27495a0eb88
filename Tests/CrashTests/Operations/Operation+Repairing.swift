// `verify --repair`: one transaction that makes everything derived anew.

import ForeignSQL

extension Operation {
    /// With a write that is not sealed yet, and one that never can be.
    static func repairing() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        try stage.shanghai.client.run("UPDATE item SET note = CAST(x'ff41' AS TEXT) WHERE item_no = '31-0003'")
        try stage.shanghai.seal()
        let parked = ["write_not_sealed"]
        return Operation(
            name: "repairing", image: try stage.image(),
            steps: [
                Step("pending", isOnce: true, findings: parked) { node in
                    try node.client.run("UPDATE item SET title = 'pending' WHERE item_no = '31-0001'")
                },
                Step("forged", isOnce: true, findings: ["row_altered"] + parked) { node in
                    let client = try ForeignClient(node.path)
                    client.silenceTriggers()
                    try client.run("UPDATE item SET note = 'forged' WHERE item_no = '31-0002'")
                },
                Step("repair", findings: parked) { try $0.repair() },
                Step("seal", findings: parked) { try $0.seal() },
            ], findings: parked, checkpointEvery: Sweep.seeds == nil ? 100 : 24, stride: 3)
    }
}
