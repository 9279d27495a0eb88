// A newer catalog: one transaction that alters tables and folds the whole log again.

import ForeignSQL

@testable import ReplicaStore

extension Operation {
    static func upgrading() throws -> Operation {
        let stage = try Stage(jiangsuCatalog: CrashCatalog.version2)
        try stage.openConflict()
        try stage.jiangsu.client.run(
            """
            UPDATE item SET colour = 'red' WHERE item_no = '31-0001';
            INSERT INTO parcel (item_no, title) VALUES ('32-0001', 'of a type that is not known yet')
            """)
        _ = try stage.shanghai.apply(try stage.batch(from: stage.jiangsu, to: stage.shanghai))
        // Nothing but its row holds what cannot be sealed.
        try stage.shanghai.client.run(
            """
            UPDATE item SET note = CAST(x'ff41' AS TEXT) WHERE item_no = '31-0003';
            INSERT INTO item_home (item_no, clerk) VALUES ('31-0001', 'Li')
            """)
        try stage.shanghai.seal()
        let parked = ["write_not_sealed"]
        return Operation(
            name: "upgrading the catalog", image: try stage.image(),
            steps: [
                Step("pending", isOnce: true, findings: parked) { node in
                    try node.client.run("UPDATE item SET title = 'pending' WHERE item_no = '31-0002'")
                },
                Step("upgrade", findings: parked) { try $0.replica.upgrade(to: CrashCatalog.version2, $0.signer) },
                Step("a new column", isOnce: true, findings: parked) { node in
                    try node.client.run("UPDATE item SET colour = 'blue' WHERE item_no = '31-0002'")
                },
                Step("seal", findings: parked) { try $0.seal() },
            ], findings: parked, checkpointEvery: Sweep.seeds == nil ? 100 : 24, stride: 3)
    }
}
