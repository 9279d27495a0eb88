// Personal columns go over to ciphertext, are written to, and come back into the clear.

import ForeignSQL
import SyncCore

@testable import ReplicaStore

extension RestCipher {
    /// Hides nothing: a sweep compares files, so the same bytes must come out each time.
    static let legible = RestCipher(
        keyID: Digest(Array(repeating: 7, count: Digest.byteCount))!, encrypt: { [0xEE] + $0.map { $0 ^ 0x5A } },
        decrypt: { $0.first == 0xEE ? $0.dropFirst().map { $0 ^ 0x5A } : nil })
}

extension Operation {
    static func encrypting() throws -> Operation {
        let stage = try Stage()
        try stage.openConflict()
        try stage.shanghai.client.run("INSERT INTO item_home (item_no, clerk) VALUES ('31-0001', 'Li')")
        return Operation(
            name: "encrypting personal columns", image: try stage.image(),
            steps: [
                Step("pending", isOnce: true) { node in
                    try node.client.run("UPDATE item SET note = 'pending' WHERE item_no = '31-0002'")
                },
                Step("encrypt") { try $0.replica.changeRestKey(to: .legible) },
                .seal,
                Step("a write in the clear", isOnce: true) { node in
                    try node.client.run(
                        """
                        BEGIN;
                        UPDATE item SET note = 'in the clear' WHERE item_no = '31-0003';
                        UPDATE item_home SET clerk = 'Wang' WHERE item_no = '31-0001';
                        COMMIT
                        """)
                },
                .seal,
                Step("decrypt") { try $0.replica.changeRestKey(to: nil) },
                // Another schema version each time, which whatever follows would note.
                Step("wipe") { _ = try $0.replica.wipeFreePages() },
            ], checkpointEvery: Sweep.seeds == nil ? 100 : 24, stride: 7)
    }
}
