// Which columns are encrypted in the file, and how a statement names them.

import MarketCatalog

extension RecordType {
    /// Personal columns that hold text: the storage class of a number has no room for a ciphertext.
    var columnsAtRest: [Column] {
        columns.filter { $0.isPersonal && SyncedTableSQL.storageClass(of: $0.type) == "TEXT" }
    }
}

/// The names of one type's columns in our own statements.
struct RestColumns {
    private let encrypted: Set<String>

    static let none = RestColumns(encrypted: [])

    private init(encrypted: Set<String>) {
        self.encrypted = encrypted
    }

    init(_ type: RecordType, isEncrypted: Bool) {
        encrypted = isEncrypted ? Set(type.columnsAtRest.map(\.name)) : []
    }

    /// A column as a query names it, or what stands for its value: what is encrypted in the file, in the clear.
    func clear(_ column: String, named value: String? = nil) -> String {
        encrypted.contains(column) ? "yrd_decrypted(\(value ?? column))" : value ?? column
    }

    /// Where the value of a column is bound.
    func place(_ place: Int, of column: String) -> String {
        encrypted.contains(column) ? "yrd_encrypted(?\(place))" : "?\(place)"
    }
}
