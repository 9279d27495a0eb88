// A replica's file goes over to ciphertext, to another key, or back into the clear.

import CSQLite
import MarketCatalog
package import SyncCore

/// The file is encrypted under a key that nobody has given.
package struct RestKeyUnknown: Error, Hashable {
    package let id: Digest

    package init(id: Digest) {
        self.id = id
    }
}

/// Rows hold what claims to be encrypted and cannot be decrypted: in the clear it would pass for a value.
package struct IllegibleValues: Error, Hashable {
    package let records: [RecordID]
}

extension SQLiteConnection {
    /// Takes over the key that the file names. Another process may have changed it since.
    ///
    /// - Returns: whether it is another one than before.
    @discardableResult
    func followRestKey(_ cipher: (Digest) throws -> RestCipher) throws -> Bool {
        let named = try Meta(connection: self).blob(.restKey)
        guard let id = named.map({ Digest($0) }) ?? .some(nil) else {
            throw ReplicaDamage.unreadable(table: "yrd_meta", row: MetaName.restKey.rawValue)
        }
        guard id != rest.cipher?.keyID || rest.refusal != nil else { return false }
        try use(try id.map(cipher))
        return true
    }

    /// Under a cipher, what is overwritten or deleted is wiped, and nothing is put aside in files.
    fileprivate func use(_ cipher: RestCipher?) throws {
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
    /// - Throws: `IllegibleValues`; then nothing has happened.
    package func changeRestKey(to cipher: RestCipher?) throws {
        // Where rows are put aside for the statement: not on a disk.
        try connection.step { _ = try connection.cursor("PRAGMA temp_store = MEMORY").step() }
        try connection.write {
            let transaction = try transaction()
            guard connection.rest.cipher?.keyID != cipher?.keyID else { return }
            // From here on its triggers are known to be ours.
            try checkTriggers(transaction)
            try recode(to: cipher, transaction)
            try transaction.meta.set(.restKey, cipher?.keyID.bytes)
            try transaction.meta.set(.restWipe, cipher == nil ? nil : [1])
            made = try MadeLayout(of: identity.market, connection, environment.hashing)
            try renewLayout(transaction, isChecked: true)
            try transaction.finish()
        }
    }

    private func recode(to cipher: RestCipher?, _ transaction: ReplicaTransaction) throws {
        let rest = connection.rest
        (rest.former, rest.isChanging) = (rest.cipher, true)
        defer { (rest.former, rest.isChanging) = (nil, false) }
        let values = ClearValues(catalog, connection)
        let illegible = try values.illegible()
        guard illegible.isEmpty else { throw IllegibleValues(records: illegible) }
        try forgetWhatIsLost(transaction)
        try connection.use(cipher)
        try values.dropIndices()
        try values.recode()
        if cipher != nil { try values.index() }
        for (table, column) in Self.blobsAndTexts {
            try connection.execute("UPDATE \(table) SET \(column) = yrd_recoded(\(column)) WHERE \(column) NOTNULL")
        }
    }

    /// Besides the rows, what holds values or tells of them: entries, siblings, what was set aside, what a source last said.
    private static let blobsAndTexts = [
        ("yrd_entry", "payload"), ("yrd_record", "state"), ("yrd_quarantine", "evidence"), ("yrd_import", "image"),
        ("yrd_finding", "detail"), ("yrd_record", "digest"), ("yrd_digest", "sum"),
    ]

    /// What cannot be decrypted any more and can be done without: what a source last said of a record (`ImportImage.lost`); a
    /// line of the quarantine stands without its evidence.
    private func forgetWhatIsLost(_ transaction: ReplicaTransaction) throws {
        for lost in try RestDamage(connection).sources() {
            try transaction.addFinding("import_memory_lost", detail: "\(lost.source), \(lost.type)")
            // Without the names of its columns nothing that the source has said can be read.
            let update = try connection.statement(
                """
                UPDATE yrd_import SET image = ?3 WHERE source = ?1 AND type = ?2 AND key <> '' AND (NOT
                yrd_legible(image) OR EXISTS (SELECT 1 FROM yrd_import AS c WHERE c.source = ?1 AND c.type = ?2
                AND c.key = '' AND NOT yrd_legible(c.image)))
                """)
            update.bind(1, lost.source).bind(2, lost.type).bind(3, connection.atRest(ImportImage.lost))
            try update.run()
            let delete = try connection.statement(
                "DELETE FROM yrd_import WHERE source = ?1 AND type = ?2 AND key = '' AND NOT yrd_legible(image)")
            delete.bind(1, lost.source).bind(2, lost.type)
            try delete.run()
        }
        for number in try RestDamage(connection).evidence() {
            try transaction.addFinding("evidence_lost", detail: "yrd_quarantine, number \(number)")
            let update = try connection.statement("UPDATE yrd_quarantine SET evidence = NULL WHERE number = ?1")
            update.bind(1, number)
            try update.run()
        }
    }

    /// Writes the file anew, so that nothing of what was overwritten remains in its free pages, and empties the log beside
    /// it. Returns false where another program was in the way: then it is to be done again.
    package func wipeFreePages() throws -> Bool {
        do {
            let isWiped = try connection.step {
                try connection.execute("VACUUM")
                let checkpoint = try connection.cursor("PRAGMA wal_checkpoint(TRUNCATE)")
                return try checkpoint.step() && checkpoint.integer(0) == 0
            }
            if isWiped { try connection.write { try Meta(connection: connection).set(.restWipe, nil as [UInt8]?) } }
            return isWiped
        } catch let error as SQLiteError where error.isBusy {
            return false
        }
    }

    /// Whether free pages, or the log beside the file, may still hold what was encrypted since.
    package func isWipePending() throws -> Bool {
        try connection.read { try Meta(connection: connection).blob(.restWipe) != nil }
    }
}

/// What is encrypted and cannot be decrypted any more.
struct RestDamage {
    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    func sources() throws -> [(source: String, type: String)] {
        let query = try connection.cursor("SELECT DISTINCT source, type FROM yrd_import WHERE NOT yrd_legible(image)")
        var sources: [(String, String)] = []
        while try query.step() { sources.append((query.text(0)?.string ?? "", query.text(1)?.string ?? "")) }
        return sources
    }

    func evidence() throws -> [Int64] {
        let query = try connection.cursor(
            "SELECT number FROM yrd_quarantine WHERE evidence NOTNULL AND NOT yrd_legible(evidence)")
        var numbers: [Int64] = []
        while try query.step() { numbers.append(query.integer(0)) }
        return numbers
    }
}

extension ReplicaAudit {
    /// What the checks of rows and log do not read.
    mutating func checkAtRest() throws {
        guard transaction.layout.isEncrypted else { return }
        for lost in try RestDamage(transaction.connection).sources() {
            add("import_memory_unreadable", "what \(lost.source) last said of \(lost.type) cannot be decrypted")
        }
        for number in try RestDamage(transaction.connection).evidence() {
            add("evidence_unreadable", "the evidence of yrd_quarantine, number \(number), cannot be decrypted")
        }
        let values = ClearValues(transaction.layout.catalog, transaction.connection)
        for record in try values.illegible() {
            add("value_unreadable", record: record, "a personal value claims to be encrypted and cannot be decrypted")
        }
    }
}
