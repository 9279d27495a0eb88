// The replica's own facts and counters, one row each.

import SyncCore

enum MetaName: String {
    /// The federation's name.
    case federation
    case market
    case incarnation
    case catalogVersion = "catalog_version"
    /// Highest time the hybrid clock has taken into account.
    case clock
    case statementCounter = "statement_counter"
    /// `PRAGMA schema_version` when the triggers were last seen to stand unaltered.
    case checkedSchemaVersion = "checked_schema_version"
    /// `LayoutStatements.digest` of the software that made the views and triggers.
    case layoutDigest = "layout_digest"
    /// Our own last entry of the incarnation before this one, until it is announced in a note.
    case predecessor
    /// The id of the key that signs our next entry, since the first rotation.
    case signingKey = "signing_key"
    /// The same of the key of the other suite; empty where there is none.
    case secondSigningKey = "second_signing_key"
    /// The id of the key under which personal values are encrypted in this file; none while they lie in the clear.
    case restKey = "rest_key"
    /// Set while free pages may still hold what was encrypted since.
    case restWipe = "rest_wipe"
}

/// Reads and writes `yrd_meta`.
struct Meta {
    let connection: SQLiteConnection

    func integer(_ name: MetaName) throws -> Int64? {
        try value(name) { $0.integer(0) }
    }

    func blob(_ name: MetaName) throws -> [UInt8]? {
        try value(name) { $0.blob(0) }
    }

    func text(_ name: MetaName) throws -> String {
        guard let text = try value(name, { $0.text(0)?.string }) ?? nil else {
            throw ReplicaDamage.missingMeta(name: name.rawValue)
        }
        return text
    }

    func set(_ name: MetaName, _ value: Int64) throws {
        try upsert(name) { $0.bind(2, value) }
    }

    func set(_ name: MetaName, _ value: [UInt8]?) throws {
        try upsert(name) { statement in
            if let value { statement.bind(2, value) } else { statement.bindNull(2) }
        }
    }

    func set(_ name: MetaName, _ value: String) throws {
        try upsert(name) { $0.bind(2, value) }
    }

    func forget(_ name: MetaName) throws {
        let delete = try connection.statement("DELETE FROM yrd_meta WHERE name = ?1")
        delete.bind(1, name.rawValue)
        try delete.run()
    }

    private func value<Value>(_ name: MetaName, _ read: (PreparedStatement) -> Value) throws -> Value? {
        let query = try connection.statement("SELECT value FROM yrd_meta WHERE name = ?1")
        query.bind(1, name.rawValue)
        defer { query.reset() }
        guard try query.step(), !query.isNull(0) else { return nil }
        return read(query)
    }

    private func upsert(_ name: MetaName, _ bind: (PreparedStatement) -> Void) throws {
        let upsert = try connection.statement(
            "INSERT INTO yrd_meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        upsert.bind(1, name.rawValue)
        bind(upsert)
        try upsert.run()
    }
}
