// Sealing what foreign programs committed.

import Foundation

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
                .client("DELETE FROM item WHERE item_no = '31-0002'; UPDATE item SET width = 9 WHERE item_no = '31-0003'"),
                .client("REPLACE INTO item (item_no, title) VALUES ('31-0004', 'four again')"),
                .seal,
            ])
    }
}
