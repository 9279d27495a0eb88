// The catalog inside the replica: its files as they were, its lists for views, numbers for its types.

import MarketCatalog
import SyncCore

enum CatalogTables {
    static func write(_ catalog: Catalog, _ connection: SQLiteConnection) throws {
        for file in catalog.files {
            let insert = try connection.statement("INSERT INTO yrd_catalog (path, content) VALUES (?1, ?2)")
            insert.bind(1, file.path).bind(2, file.bytes)
            try insert.run()
        }
        for list in catalog.codeLists.values.sorted(by: { $0.name < $1.name }) {
            for code in list.entries {
                let insert = try connection.statement(
                    "INSERT INTO yrd_code (list, code, zh, en, parent) VALUES (?1, ?2, ?3, ?4, ?5)")
                insert.bind(1, list.name).bind(2, code.slug).bind(3, code.label.zh).bind(4, code.label.en)
                if let parent = code.parent { insert.bind(5, parent) }
                try insert.run()
            }
        }
        try Meta(connection: connection).set(.catalogVersion, Int64(catalog.version))
    }

    static func read(_ connection: SQLiteConnection, _ hashing: Hashing) throws -> Catalog {
        let query = try connection.statement("SELECT path, content FROM yrd_catalog ORDER BY path")
        var files: [CatalogFile] = []
        while try query.step() {
            if let path = query.text(0) { files.append(CatalogFile(path: path.string, bytes: query.blob(1))) }
        }
        return try Catalog.load(files: files, sha256: hashing.sha256)
    }

    static func typeIDs(_ catalog: Catalog, _ connection: SQLiteConnection) throws -> [String: Int64] {
        var typeIDs: [String: Int64] = [:]
        for type in catalog.recordTypes { typeIDs[type.name] = try TypeNumbers.number(of: type.name, connection) }
        return typeIDs
    }
}
