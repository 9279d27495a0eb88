// Which tables this replica has, and whose it is.

import MarketCatalog
import SyncCore

/// The catalog as tables: fixed while a replica is open.
struct ReplicaLayout {
    let market: Market
    let catalog: Catalog
    let isEncrypted: Bool
    /// By record type.
    let tables: [String: SyncedTable]

    /// - Parameter isEncrypted: whether personal columns are encrypted in the file.
    init(market: Market, catalog: Catalog, typeIDs: [String: Int64], isEncrypted: Bool) {
        self.market = market
        self.catalog = catalog
        self.isEncrypted = isEncrypted
        tables = Dictionary(
            uniqueKeysWithValues: catalog.schema.records.values.map { rule in
                let columns =
                    catalog.recordType(named: rule.type).map { RestColumns($0, isEncrypted: isEncrypted) } ?? .none
                return (rule.type, SyncedTable(typeID: typeIDs[rule.type]!, rule: rule, rest: columns))
            })
    }

    var schema: Schema { catalog.schema }

    func table(_ type: Text) -> SyncedTable? { tables[type.string] }

    /// Tables in the order of their types' names.
    var tablesInOrder: [SyncedTable] { tables.values.sorted { $0.rule.type < $1.rule.type } }
}

/// Numbers of record types; also of types that only a newer catalog knows.
enum TypeNumbers {
    static func number(of type: String, _ connection: SQLiteConnection) throws -> Int64 {
        let query = try connection.statement("SELECT id FROM yrd_type WHERE name = ?1")
        query.bind(1, type)
        if try query.step() {
            defer { query.reset() }
            return query.integer(0)
        }
        let insert = try connection.statement("INSERT INTO yrd_type (name) VALUES (?1) RETURNING id")
        insert.bind(1, type)
        defer { insert.reset() }
        guard try insert.step() else { throw ReplicaDamage.unreadable(table: "yrd_type", row: type) }
        return insert.integer(0)
    }

    static func all(_ connection: SQLiteConnection) throws -> [Int64: String] {
        let query = try connection.statement("SELECT id, name FROM yrd_type")
        var names: [Int64: String] = [:]
        while try query.step() { names[query.integer(0)] = query.text(1)?.string }
        return names
    }
}
