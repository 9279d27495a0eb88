// Making a replica, opening it after a crash, and closing it.

import ForeignSQL
import MarketCatalog
import SyncCore

@testable import ReplicaStore

extension Operation {
    static func creating() throws -> Operation {
        Operation(
            name: "creating", image: Image(),
            steps: [
                Step("create") { node in
                    do {
                        _ = try node.replica
                    } catch ReplicaDamage.missingMeta, is CatalogError {
                        // A file that the crash left half made says so.
                        try node.create()
                    }
                },
                .client("INSERT INTO item (item_no, title) VALUES ('31-0001', 'one')"),
                .seal,
            ], beginsOpen: false, stride: 7)
    }

    static func opening() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        try stage.shanghai.client.run("UPDATE item SET title = 'pending' WHERE item_no = '31-0002'")
        return Operation(
            name: "opening and closing", image: try stage.image(),
            steps: [
                Step("open") { _ = try $0.replica.summary() },
                .seal,
                Step("close") { try $0.close() },
                Step("open again and close") { node in
                    _ = try node.replica.position()
                    try node.close()
                },
            ], beginsOpen: false)
    }
}
