// Capture: which records local clients wrote, in pure SQL, so that any SQLite program's write is noticed.

import MarketCatalog
import SyncCore

/// Append (type, key, operation, mask of changed units) to `yrd_pending`. Only plain inserts: the conflict clause of the
/// statement that fires a trigger overrides one inside it (https://www.sqlite.org/lang_createtrigger.html).
///
/// A trigger that fires costs about as much as a look-up, so who may insert or evict a row is asked where it is captured.
struct CaptureTriggers {
    let type: RecordType
    let typeID: Int64
    let guards: GuardTriggers

    private var table: String { type.name }
    private var key: String { type.keyColumn.name }

    var statements: [String] {
        [
            // After, not before: an upsert or INSERT OR IGNORE of a row that is there becomes an update, or nothing, and
            // only what is really inserted fires this.
            """
            CREATE TRIGGER yrd_\(table)_insert AFTER INSERT ON \(table) BEGIN
                INSERT INTO yrd_pending (type, key, op, mask)
                VALUES (\(typeID), new.\(key), 1, \(guards.maskOfInserted));
            END
            """,
            """
            CREATE TRIGGER yrd_\(table)_update AFTER UPDATE ON \(table) BEGIN
                INSERT INTO yrd_pending (type, key, op, mask)
                SELECT \(typeID), new.\(key), 2, mask FROM (SELECT \(changedMask) AS mask) WHERE mask <> 0;
            END
            """,
            """
            CREATE TRIGGER yrd_\(table)_delete AFTER DELETE ON \(table) BEGIN
                INSERT INTO yrd_pending (type, key, op, mask) VALUES (\(typeID), old.\(key), 3, -1);
            END
            """,
            // REPLACE evicts rows without firing delete triggers. A row with the same key is noticed by the insert; one
            // with the same rowid and another key only here.
            """
            CREATE TRIGGER yrd_\(table)_evict_insert BEFORE INSERT ON \(table)
            WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(isEvicted)) BEGIN
                \(captureEvicted)
            END
            """,
            """
            CREATE TRIGGER yrd_\(table)_evict_update BEFORE UPDATE ON \(table)
            WHEN new._rowid_ IS NOT old._rowid_ BEGIN
                \(captureEvicted)
            END
            """,
        ]
    }

    private var isEvicted: String { "_rowid_ = new._rowid_ AND \(key) IS NOT new.\(key)" }

    private var captureEvicted: String {
        "INSERT INTO yrd_pending (type, key, op, mask) "
            + "SELECT \(typeID), \(key), 4, \(guards.maskOfEvicted) FROM \(table) WHERE \(isEvicted);"
    }

    /// Bit u is set if a column of unit u changed. Compared with IS NOT, since NULL is a value here.
    private var changedMask: String {
        type.rule.units.map { unit in
            let changed = unit.columns.map { "new.\($0.name) IS NOT old.\($0.name)" }.joined(separator: " OR ")
            return "((\(changed)) << \(unit.number))"
        }.joined(separator: " | ")
    }
}
