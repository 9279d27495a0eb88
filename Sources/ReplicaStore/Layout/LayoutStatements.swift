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

    /// A trigger or view that somebody else has put into the file, or a view of ours that reads otherwise.
    struct Stranger {
        let kind: String
        let name: String
        let table: String
        /// Empty for a view of ours that is missing.
        let sql: String
    }

    /// Triggers under our prefix are not among them: those are `alteredTriggers`.
    func strangers(_ connection: SQLiteConnection) throws -> [Stranger] {
        let query = try connection.cursor(
            """
            SELECT type, name, tbl_name, sql FROM sqlite_schema
            WHERE type = 'view' OR (type = 'trigger' AND name NOT GLOB 'yrd_*') ORDER BY name
            """)
        var strangers: [Stranger] = []
        var missing = Set(views.map(\.name))
        while try query.step() {
            let texts = (0..<4).map { query.text($0)?.string ?? "" }
            if texts[0] == "view", let view = views.first(where: { $0.name == texts[1] }) {
                missing.remove(view.name)
                guard view.sql != texts[3] else { continue }
            }
            strangers.append(Stranger(kind: texts[0], name: texts[1], table: texts[2], sql: texts[3]))
        }
        return strangers + missing.sorted().map { Stranger(kind: "view", name: $0, table: $0, sql: "") }
    }

    /// Triggers and views as we make them, and no others.
    func restore(_ connection: SQLiteConnection) throws {
        try restoreTriggers(named: try alteredTriggers(connection), connection)
        for stranger in try strangers(connection) {
            try connection.execute("DROP \(stranger.kind) IF EXISTS \(quotedIdentifier(stranger.name))")
            if let view = views.first(where: { $0.name == stranger.name }) { try connection.execute(view.sql) }
        }
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
