// Taking what peers send: good, concurrent, forbidden, faulty, grouped, waiting.

import ForeignSQL
import SyncCore

@testable import ReplicaStore

extension Operation {
    private static func record(_ key: Text) -> RecordID { RecordID(type: "item", key: key) }

    private static func noting(_ key: Text, _ text: Text) -> Change {
        Change(kind: .update, record: record(key), units: [UnitValues(unit: 32, values: [.text(text)])])
    }

    private static func creating(_ key: Text, _ title: Text) -> Change {
        Change(kind: .create, record: record(key), units: [UnitValues(unit: 1, values: [.text(title)])])
    }

    static func applying() throws -> Operation {
        let stage = try Stage()
        let (shanghai, jiangsu) = (stage.shanghai, stage.jiangsu)
        let seen = try jiangsu.replica.frontier()
        try jiangsu.client.run(
            """
            UPDATE item SET note = 'jiangsu says', amount = 7 WHERE item_no = '31-0001';
            INSERT INTO item (item_no, title) VALUES ('32-0002', 'new');
            DELETE FROM item WHERE item_no = '32-0001'
            """)
        let honest = try stage.batch(from: jiangsu, to: shanghai)
        let forbidden = try jiangsu.forge(
            5, seeing: seen,
            changes: [
                Change(kind: .delete, record: record("31-0003"), units: []), creating("32-0009", "allowed"),
            ])
        let faulty = try jiangsu.forge(6, seeing: seen, rawChanges: [[2, 255, 255, 1]])
        // Later entries of a group: none of it may stand without the others.
        var group: [VerifiedEntry] = []
        for sequence in UInt64(1)...3 {
            group.append(
                try jiangsu.forge(
                    7, sequence: sequence, previous: group.last?.id ?? .zero, seeing: seen,
                    changes: [
                        creating(Text("32-001\(sequence)"), "of a group"),
                        noting("31-0002", Text("\(sequence) of a group")),
                    ],
                    groupContinues: sequence < 3))
        }
        let first = try jiangsu.forge(8, seeing: seen, changes: [noting("31-0003", "first")])
        let second = try jiangsu.forge(
            8, sequence: 2, previous: first.id, seeing: seen, changes: [noting("31-0003", "second")])
        let branch = try jiangsu.forge(8, seeing: seen, changes: [noting("31-0003", "a second branch")])
        return Operation(
            name: "applying", image: try stage.image(),
            steps: [
                .client("UPDATE item SET note = 'shanghai says' WHERE item_no IN ('31-0001', '32-0001')"),
                Step("a concurrent batch, pending writes sealed before it") { _ = try $0.apply(honest) },
                Step("forbidden and faulty entries, and a group") { _ = try $0.apply([forbidden, faulty] + group) },
                Step("an entry that waits") { _ = try $0.apply([second]) },
                Step("an entry that is held") { node in
                    try node.replica.hold(
                        Dot(origin: Origin(market: Market("anhui")!, incarnation: jiangsu.incarnation), sequence: 1),
                        need: .member("anhui"))
                },
                Step("what it waited for, and a fork", findings: ["fork"]) {
                    _ = try $0.apply([first, second, branch])
                },
            ])
    }

    /// A foreign program wrote a row with triggers off; the batch that meets it seals it first, in a transaction of its own.
    static func applyingOverUncapturedWrite() throws -> Operation {
        let stage = try Stage()
        let (shanghai, jiangsu) = (stage.shanghai, stage.jiangsu)
        try jiangsu.client.run("UPDATE item SET note = 'jiangsu says' WHERE item_no = '31-0001'")
        let batch = try stage.batch(from: jiangsu, to: shanghai)
        return Operation(
            name: "applying over an uncaptured write", image: try stage.image(),
            steps: [
                Step("a write past the triggers", isOnce: true, findings: ["row_altered"]) { node in
                    let client = try ForeignClient(node.path)
                    client.silenceTriggers()
                    try client.run("UPDATE item SET note = 'silent' WHERE item_no = '31-0001'")
                },
                Step(
                    "a batch that meets it",
                    milestones: [
                        { node in
                            try node.replica.write { transaction in
                                let audit = CaptureAudit(transaction: transaction)
                                let table = transaction.layout.table("item")!
                                try audit.capture(try audit.uncaptured(in: table), in: table)
                                _ = try PendingSealer(transaction: transaction, signer: node.signer).seal()
                            }
                        }
                    ]
                ) { _ = try $0.apply(batch) },
            ])
    }
}
