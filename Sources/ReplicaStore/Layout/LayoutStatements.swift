// Everything the catalog makes of the schema, by name: to create it, and to see that it still stands.

import MarketCatalog
import SyncCore

/// Tables, views and triggers of all record types for one market.
struct LayoutStatements {
    /// In the order in which they are made.
    let tables: [String]
    let views: [(name: String, sql: String)]
    let triggers: [(name: String, sql: String)]

    /// - Parameter isEncrypted: whether personal columns are encrypted in this file.
    init(catalog: Catalog, market: Market, typeIDs: [String: Int64], isEncrypted: Bool) {
        var tables: [String] = []
        var views: [(String, String)] = []
        var triggers: [(String, String)] = []
        for type in catalog.recordTypes {
            let sql = SyncedTableSQL(type: type)
            tables += [sql.table] + (sql.localTable.map { [$0] } ?? [])
            views.append((SyncedTableSQL.viewName(of: type.name), sql.view))
            let typeID = typeIDs[type.name]!
            let guards = GuardTriggers(
                type: type, typeID: typeID, market: market, codeLists: catalog.codeLists, isEncrypted: isEncrypted)
            let statements =
                CaptureTriggers(type: type, typeID: typeID, guards: guards).statements + guards.statements
            triggers += statements.map { (Self.triggerName(of: $0), $0) }
        }
        self.tables = tables
        self.views = views
        self.triggers = triggers
    }

    /// Of one table, whatever the market.
    static func triggerNames(of type: RecordType, _ market: Market) -> [String] {
        let guards = GuardTriggers(type: type, typeID: 0, market: market)
        let captures = CaptureTriggers(type: type, typeID: 0, guards: guards)
        return (captures.statements + guards.statements).map(triggerName)
    }

    private static func triggerName(of statement: String) -> String {
        String(statement.split(separator: " ", maxSplits: 3)[2])
    }

    func create(_ connection: SQLiteConnection) throws {
        for statement in tables { try connection.execute(statement) }
        for view in views { try connection.execute(view.sql) }
        for trigger in triggers { try connection.execute(trigger.sql) }
    }

    /// Triggers and views of the file that are not as we make them: altered, missing, or somebody else's. Those of capture
    /// first, by name.
    func faults(_ connection: SQLiteConnection) throws -> [SchemaFault] {
        var missing: [SchemaFault.Place: String] = [:]
        for trigger in triggers { missing[SchemaFault.Place(kind: .trigger, name: trigger.name)] = trigger.sql }
        for view in views { missing[SchemaFault.Place(kind: .view, name: view.name)] = view.sql }
        let query = try connection.cursor(
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')")
        var faults: [SchemaFault] = []
        while try query.step() {
            guard let kind = query.text(0).flatMap({ SchemaFault.Kind(rawValue: $0.string) }) else { continue }
            let place = SchemaFault.Place(kind: kind, name: query.text(1)?.string ?? "")
            let standing = query.text(2)?.string ?? ""
            guard missing.removeValue(forKey: place) != standing else { continue }
            faults.append(SchemaFault(place: place, standing: standing))
        }
        faults += missing.keys.map { SchemaFault(place: $0, standing: nil) }
        return faults.sorted { ($0.isCapture ? 0 : 1, $0.place.name) < ($1.isCapture ? 0 : 1, $1.place.name) }
    }

    /// As we make them; what we do not make goes.
    func restore(_ faults: [SchemaFault], _ connection: SQLiteConnection) throws {
        for fault in faults {
            let made = fault.place.kind == .trigger ? triggers : views
            try connection.execute("DROP \(fault.place.kind) IF EXISTS \(quotedIdentifier(fault.place.name))")
            if let statement = made.first(where: { $0.name == fault.place.name }) {
                try connection.execute(statement.sql)
            }
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
}

/// A trigger or view that is not as this node makes it.
struct SchemaFault {
    enum Kind: String {
        case trigger
        case view
    }

    struct Place: Hashable {
        let kind: Kind
        let name: String
    }

    let place: Place
    /// What stands there; nil if it is missing.
    let standing: String?

    /// Under the prefix of our triggers: it captures and guards, or pretends to.
    var isCapture: Bool { place.kind == .trigger && place.name.hasPrefix("yrd_") }

    var detail: String {
        guard let standing else { return "\(place.kind) \(place.name) is missing" }
        return "\(place.kind) \(place.name) is not as this node makes it: \(standing)"
    }
}

private func quotedIdentifier(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
