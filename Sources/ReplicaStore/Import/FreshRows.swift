// Rows of records of which nothing is here, the short way: nearly all rows of a first import.

import MarketCatalog
import SyncCore

/// Writes such rows with triggers off, and captures them itself. Whatever the guards ask of an insert, the reader has asked
/// of the row before (`ImportedRow` is nothing else; `FreshRowsTests` holds the two against each other): form, lists, dates,
/// rules and whose home it is, by the same catalog.
///
/// Not where personal columns are encrypted, nor a row that may hold a ciphertext (guards know those, the reader does not); and
/// not where a program has a trigger of its own on the table, which is to see an import as it sees any client, or an index on
/// the table beside it, which may refuse what comes after the record.
final class FreshRows {
    private let connection: SQLiteConnection
    private let type: RecordType
    private let typeID: Int64
    private let source: String
    private let catalogVersion: Int
    private let ownTriggers: String
    /// Whether rows are tried here now: triggers are off then.
    private(set) var isOpen = false

    init(
        _ connection: SQLiteConnection, type: RecordType, typeID: Int64, market: Market, source: String,
        catalogVersion: Int
    ) {
        self.connection = connection
        self.type = type
        self.typeID = typeID
        self.source = source
        self.catalogVersion = catalogVersion
        ownTriggers = LayoutStatements.triggerNames(of: type, market).map(quoted).joined(separator: ", ")
    }

    /// At the beginning of a transaction, if most rows are expected to be fresh.
    func open() throws {
        guard try mayBeOpen() else { return close() }
        if !isOpen { connection.setTriggers(firing: false) }
        isOpen = true
    }

    /// Statements that are compiled already are compiled anew, with their triggers.
    func close() {
        if isOpen { connection.setTriggers(firing: true) }
        isOpen = false
    }

    private func mayBeOpen() throws -> Bool {
        let meta = Meta(connection: connection)
        guard connection.rest.cipher == nil, try meta.integer(.catalogVersion) == Int64(catalogVersion) else {
            return false
        }
        let query = try connection.statement(
            """
            SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name NOT IN (\(ownTriggers))
            AND tbl_name COLLATE NOCASE IN (?1, ?2, 'yrd_import', 'yrd_pending')
            OR type = 'index' AND sql IS NOT NULL AND tbl_name COLLATE NOCASE = ?2
            """)
        query.bind(1, type.name).bind(2, SyncedTableSQL.localTableName(of: type.name))
        defer { query.reset() }
        return try !query.step()
    }

    /// Writes the row, what its source says, and that it is pending. False, and nothing is written, if there is a record of
    /// that key, if the source has spoken of it before, or if the table takes no such row.
    ///
    /// - Parameter image: all that the row says, by the plan's numbers.
    func write(_ row: EncodedImportRow, _ plan: ImportPlan, image: [UInt8]) throws -> Bool {
        guard try !plan.mayHoldCiphertext(row) else { return false }
        let said = try connection.statement(
            "INSERT INTO yrd_import (source, type, key, image) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        said.bind(1, source).bind(2, type.name).bind(3, row.key).bind(4, image)
        try said.run()
        guard connection.changes == 1 else { return false }
        guard try inserted(row, plan, image: image) else {
            let unsaid = try connection.statement(
                "DELETE FROM yrd_import WHERE source = ?1 AND type = ?2 AND key = ?3")
            unsaid.bind(1, source).bind(2, type.name).bind(3, row.key)
            try unsaid.run()
            return false
        }
        let capture = try connection.statement(
            """
            INSERT INTO yrd_pending (type, key, op, mask) VALUES (\(typeID), ?1, 1, -1)
            """)
        capture.bind(1, row.key)
        try capture.run()
        return true
    }

    private func inserted(_ row: EncodedImportRow, _ plan: ImportPlan, image: [UInt8]) throws -> Bool {
        do {
            return try plan.insertIfAbsent(row, image: image)
        } catch let error as SQLiteError where error.isConstraint {
            return false
        }
    }
}
