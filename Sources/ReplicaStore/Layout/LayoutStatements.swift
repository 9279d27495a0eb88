// Everything the catalog makes of the schema, by name: to create it, and to see that it still stands.

import MarketCatalog
import SyncCore

/// Tables, views and triggers of all record types for one market.
struct LayoutStatements {
    /// In the order in which they are made.
    let tables: [String]
    let views: [(name: String, sql: String)]
    let triggers: [(name: String, sql: String)]

    init(catalog: Catalog, market: Market, typeIDs: [String: Int64]) {
        var tables: [String] = []
        var views: [(String, String)] = []
        var triggers: [(String, String)] = []
        for type in catalog.recordTypes {
            let sql = SyncedTableSQL(type: type)
            tables += [sql.table] + (sql.localTable.map { [$0] } ?? [])
            views.append((SyncedTableSQL.viewName(of: type.name), sql.view))
            let typeID = typeIDs[type.name]!
            let guards = GuardTriggers(type: type, typeID: typeID, market: market, codeLists: catalog.codeLists)
            let statements =
                CaptureTriggers(type: type, typeID: typeID, guards: guards).statements + guards.statements
            triggers += statements.map { (Self.triggerName(of: $0), $0) }
        }
        self.tables = tables
        self.views = views
        self.triggers = triggers
    }

    private static func triggerName(of statement: String) -> String {
        String(statement.split(separator: " ", maxSplits: 3)[2])
    }

    func create(_ connection: SQLiteConnection) throws {
        for statement in tables { try connection.execute(statement) }
        for view in views { try connection.execute(view.sql) }
        for trigger in triggers { try connection.execute(trigger.sql) }
    }

    /// The triggers of ours that are missing or read otherwise than we made them; and strangers under our prefix.
    func alteredTriggers(_ connection: SQLiteConnection) throws -> [String] {
        var standing: [String: String] = [:]
        let query = try connection.cursor(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'yrd_*'")
        while try query.step() {
            if let name = query.text(0)?.string { standing[name] = query.text(1)?.string ?? "" }
        }
        let altered = triggers.filter { standing[$0.name] != $0.sql }.map(\.name)
        let strangers = Set(standing.keys).subtracting(triggers.map(\.name))
        return (altered + strangers).sorted()
    }

    /// Names this software's views and triggers: another version may make others of the same catalog.
    func digest(_ hashing: Hashing) -> Digest {
        var writer = ByteWriter()
        for statement in views.map(\.sql) + triggers.map(\.sql) { writer.text(Text(statement)) }
        return hashing.sha256(writer.bytes)
    }

    func renewViews(_ connection: SQLiteConnection) throws {
        for view in views {
            try connection.execute("DROP VIEW IF EXISTS \(view.name)")
            try connection.execute(view.sql)
        }
    }

    func restoreTriggers(named names: [String], _ connection: SQLiteConnection) throws {
        for name in names {
            try connection.execute("DROP TRIGGER IF EXISTS \(quotedIdentifier(name))")
            if let trigger = triggers.first(where: { $0.name == name }) { try connection.execute(trigger.sql) }
        }
    }
}

private func quotedIdentifier(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
