// What the guards would say to a write, asked without writing: an admin's own value must keep what every local write keeps.

package import MarketCatalog
package import SyncCore

/// A guard's answer.
package struct WriteRefusal: Hashable, Sendable {
    /// A stable slug.
    package let code: String
    package let column: String?
    package let reason: LocalizedText
}

/// A write that is tried as any local client would make it, triggers on, and taken back whatever came of it.
package struct TrialWrite {
    private let path: String
    private let type: RecordType

    package init(path: String, type: RecordType) {
        self.path = path
        self.type = type
    }

    /// Why these columns of an existing record may not hold these values; nil if they may.
    package func refusal(of values: [String: FieldValue], in key: Text) throws -> WriteRefusal? {
        let connection = try SQLiteConnection(path: path, firesTriggers: true)
        defer { try? connection.close() }
        return try connection.step {
            try connection.execute("BEGIN IMMEDIATE")
            defer { try? connection.execute("ROLLBACK") }
            // What is asked is whether the values are right, not whether there are too many siblings for plain writes.
            try connection.execute("DELETE FROM yrd_crowded")
            do throws(SQLiteError) {
                try write(values.sorted { $0.key < $1.key }, to: key, connection)
                return nil
            } catch {
                guard error.isConstraint else { throw error }
                return try refusal(for: error, connection)
            }
        }
    }

    private func write(
        _ values: [(key: String, value: FieldValue)], to key: Text, _ connection: SQLiteConnection
    ) throws(SQLiteError) {
        let assignments = values.enumerated().map { "\($1.key) = ?\($0 + 2)" }.joined(separator: ", ")
        let update = try connection.cursor("UPDATE \(type.name) SET \(assignments) WHERE \(type.keyColumn.name) = ?1")
        update.bind(1, key)
        for (index, value) in values.enumerated() { SyncedTable.bind(value.value, to: update, Int32(index + 2)) }
        try update.run()
    }

    private func refusal(for error: SQLiteError, _ connection: SQLiteConnection) throws -> WriteRefusal {
        guard let market = Market(try Meta(connection: connection).text(.market)) else {
            throw ReplicaDamage.missingMeta(name: MetaName.market.rawValue)
        }
        let known = GuardTriggers(type: type, typeID: 0, market: market).refusalsByMessage[error.message]
        return WriteRefusal(
            code: known?.code ?? "refused_by_rule", column: known?.column,
            reason: known?.reason ?? LocalizedText(zh: error.message, en: error.message))
    }
}
