// What a connection stores of values, and takes back: under the key that the file names, if it names one.

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
        let named = try Meta(connection: self).blob(.restKey)
        let id = named.flatMap { Digest($0) }
        guard (id == nil) == (named == nil) else {
            throw ReplicaDamage.unreadable(table: "yrd_meta", row: MetaName.restKey.rawValue)
        }
        guard id != rest.cipher?.keyID || rest.refusal != nil else { return false }
        try use(try id.map(cipher))
        return true
    }

    /// Under a cipher, what is overwritten or deleted is wiped, and nothing is put aside in files.
    func use(_ cipher: RestCipher?) throws {
        if cipher != nil {
            _ = try cursor("PRAGMA secure_delete = ON").step()
            // Refused inside a transaction once there is anything temporary.
            _ = try? cursor("PRAGMA temp_store = MEMORY").step()
        }
        rest.cipher = cipher
        rest.refusal = nil
    }

    /// A blob as it stands in the file.
    func atRest(_ blob: [UInt8]) -> [UInt8] { rest.cipher?.encrypt(blob) ?? blob }

    func atRest(_ text: String) -> String { rest.cipher?.encrypted(Array(text.utf8)) ?? text }

    func fromRest(_ blob: [UInt8]) throws(ReplicaDamage) -> [UInt8] {
        guard let cipher = rest.cipher else { return blob }
        guard let clear = cipher.decrypt(blob) else { throw .notDecryptable }
        return clear
    }

    /// The digest of a record is a hash of its values: in the clear it would tell who tries values when he has found them.
    func bind(_ digest: Digest, to statement: PreparedStatement, _ index: Int32) {
        if let cipher = rest.cipher {
            statement.bind(index, cipher.encrypt(digest.bytes))
        } else {
            statement.bind(index, digest)
        }
    }

    func digest(of query: PreparedStatement, _ column: Int32) -> Digest? {
        guard let cipher = rest.cipher else { return query.digest(column) }
        return cipher.decrypt(query.blob(column)).flatMap { Digest($0) }
    }

    /// A text that cannot be decrypted stays what it is: it is for people.
    func fromRest(_ text: String) -> String {
        (try? rest.cipher?.decrypted(text)).map { String(decoding: $0, as: UTF8.self) } ?? text
    }
}
