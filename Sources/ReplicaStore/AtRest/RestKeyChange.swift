// A replica's file goes over to ciphertext, to another key, or back into the clear.

import MarketCatalog
package import SyncCore

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
