// Sealing what foreign programs committed.

import ForeignSQL
import SyncCore

@testable import ReplicaStore

extension Operation {
    static func sealing() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        return Operation(
            name: "sealing", image: try stage.image(),
            steps: [
                .client(
                    """
                    INSERT INTO item (item_no, title, note) VALUES ('31-0004', 'four', 'n4'), ('31-0005', 'five', 'n5');
                    UPDATE item SET note = 'changed' WHERE item_no IN ('31-0001', '32-0001')
                    """),
                .seal,
                .client(
                    """
                    DELETE FROM item WHERE item_no = '31-0002';
                    REPLACE INTO item (item_no, title) VALUES ('31-0004', 'four again')
                    """),
                .seal,
            ])
    }

    /// A commit that failed at its fsync may stand in the WAL all the same. What is sealed next has the same number and
    /// another content, and the first must never come back.
    static func sealingSomethingElse() throws -> Operation {
        let stage = try Stage()
        try stage.shanghai.client.run("UPDATE item SET note = 'pending' WHERE item_no = '31-0001'")
        return Operation(
            name: "sealing something else after a failure", image: try stage.image(),
            steps: [
                .seal,
                .client("UPDATE item SET note = 'later' WHERE item_no = '31-0002'"),
                .seal,
            ],
            meanwhile: { node in
                try node.client.run(
                    "UPDATE item SET note = 'meanwhile', title = 'meanwhile' WHERE item_no IN ('31-0001', '31-0003')")
            })
    }

    /// More than one change set can carry: several of one instant, of which none may stand without the others. What a change
    /// set can carry is two changes here; with 4,096 a sweep would take hours.
    static func sealingGroup() throws -> Operation {
        let stage = try Stage()
        try stage.shanghai.client.run(
            """
            INSERT INTO item (item_no, title) VALUES ('31-0011', 'a'), ('31-0012', 'b'), ('31-0013', 'c');
            UPDATE item SET note = 'of a group' WHERE item_no IN ('31-0001', '31-0002', '32-0001')
            """)
        var bounds = GroupMeter.Bounds()
        bounds.opsPerSet = 2
        let small = bounds
        return Operation(
            name: "sealing a group", image: try stage.image(),
            steps: [
                Step("seal three change sets of one instant") { node in
                    try node.replica.write { transaction in
                        let sealer = PendingSealer(transaction: transaction, signer: node.signer, bounds: small)
                        let report = try sealer.seal()
                        // None if the crash came after the commit.
                        guard [0, 3].contains(report.changeSets) else { throw FalseFindings(codes: ["\(report)"]) }
                    }
                }
            ])
    }

    /// What escaped capture is found piece by piece, here in pieces of two records, and sealed.
    static func auditing() throws -> Operation {
        let stage = try Stage()
        let client = try ForeignClient(stage.shanghai.path)
        client.silenceTriggers()
        try client.run("UPDATE item SET note = 'silent' WHERE item_no IN ('31-0001', '32-0001')")
        let altered = ["row_altered", "row_altered"]
        return Operation(
            name: "auditing", image: try stage.image(),
            steps: [
                .client("UPDATE item SET note = 'pending' WHERE item_no = '31-0002'", findings: altered),
                // A piece that was sealed stays sealed, whatever becomes of the next.
                Step("an audit of everything", milestones: [{ try $0.audit(pieces: 1) }, { try $0.audit(pieces: 2) }]) {
                    try $0.audit()
                },
            ], findings: altered)
    }
}
