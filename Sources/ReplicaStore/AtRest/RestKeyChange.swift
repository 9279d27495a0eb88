// A replica's file goes over to ciphertext, to another key, or back into the clear.

import MarketCatalog
package import SyncCore

/// The file is encrypted under a key that nobody has given.
package struct RestKeyUnknown: Error, Hashable {
    package let id: Digest

    package init(id: Digest) {
        self.id = id
    }
}

extension SQLiteConnection {
    /// Takes over the key that the file names. Another process may have changed it since.
    ///
    /// - Returns: whether it is another one than before.
    @discardableResult
    func followRestKey(_ cipher: (Digest) throws -> RestCipher) throws -> Bool {
        let id = try Meta(connection: self).blob(.restKey).flatMap { Digest($0) }
        guard id != rest.cipher?.keyID else { return false }
        try use(try id.map(cipher))
        return true
    }

    /// Under a cipher, what is overwritten or deleted is wiped: else a page would keep it until it is needed.
    fileprivate func use(_ cipher: RestCipher?) throws {
        if cipher != nil { _ = try cursor("PRAGMA secure_delete = ON").step() }
        rest.cipher = cipher
    }

    /// A blob as it stands in the file.
    func atRest(_ blob: [UInt8]) -> [UInt8] { rest.cipher?.encrypt(blob) ?? blob }

    func atRest(_ text: String) -> String { rest.cipher?.encrypted(Array(text.utf8)) ?? text }

    func fromRest(_ blob: [UInt8]) throws(ReplicaDamage) -> [UInt8] {
        guard let cipher = rest.cipher else { return blob }
        guard let clear = cipher.decrypt(blob) else { throw .notDecryptable }
        return clear
    }

    /// A text that cannot be decrypted stays what it is: it is for people.
    func fromRest(_ text: String) -> String {
        (try? rest.cipher?.decrypted(text)).map { String(decoding: $0, as: UTF8.self) } ?? text
    }
}

extension SQLiteReplica {
    /// The id of the key under which personal values are encrypted; nil while they lie in the clear.
    package func restKeyID() throws -> Digest? {
        try connection.read { try Meta(connection: connection).blob(.restKey).flatMap { Digest($0) } }
    }

    /// Personal columns that are, or would be, encrypted in the file.
    package var columnsAtRest: [(type: String, column: String)] {
        catalog.recordTypes.flatMap { type in type.columnsAtRest.map { (type.name, $0.name) } }
    }

    /// Encrypts what the file keeps of personal columns under a key, or, without one, writes it in the clear, in one
    /// transaction. Whoever has the file open follows at the next transaction.
    ///
    /// - Parameter cipher: must be what `ReplicaEnvironment.restCipher` gives for its id from now on.
    package func changeRestKey(to cipher: RestCipher?) throws {
        try connection.write {
            _ = try transaction()
            let rest = connection.rest
            guard rest.cipher?.keyID != cipher?.keyID else { return }
            rest.former = rest.cipher
            defer { rest.former = nil }
            try connection.use(cipher)
            let values = ClearValues(catalog, connection)
            try values.forget()
            try values.recode()
            if cipher != nil { try values.index() }
            for (table, column) in Self.blobsAndTexts {
                try connection.execute("UPDATE \(table) SET \(column) = yrd_recoded(\(column)) WHERE \(column) NOTNULL")
            }
            try Meta(connection: connection).set(.restKey, cipher?.keyID.bytes)
        }
        // The layout is made for the key.
        try reload()
    }

    /// Besides the rows, what holds values: entries, siblings, what was set aside, what a source last said.
    private static let blobsAndTexts = [
        ("yrd_entry", "payload"), ("yrd_record", "state"), ("yrd_quarantine", "evidence"), ("yrd_import", "image"),
        ("yrd_finding", "detail"),
    ]

    /// Writes the file anew, so that nothing of what was overwritten remains in its free pages, and empties the log beside
    /// it. Returns false where a reader was in the way of the latter.
    package func wipeFreePages() throws -> Bool {
        try connection.step {
            try connection.execute("VACUUM")
            let checkpoint = try connection.cursor("PRAGMA wal_checkpoint(TRUNCATE)")
            return try checkpoint.step() && checkpoint.integer(0) == 0
        }
    }
}
