// Records that an entry creates and that nothing has touched before: from its bytes straight into row, digest and state.

import SyncCore

/// The fold of plain creates (DESIGN.md section 5, rule 1, on an empty state). What it writes is what `RecordStore.save`
/// would: a state that is NULL, since everything stands in the row and was written by the creating entry.
struct FreshRecords {
    let transaction: ReplicaTransaction

    /// Where the rows come from.
    enum Rows {
        /// Ours are there already: a local client wrote them.
        case standing
        case inserted
    }

    /// Gives each create its effect whose record is fresh, and returns the others: those whose record something has
    /// touched, or has a row that nobody sealed.
    func fold(
        _ plain: PlainCreates, ops: [UInt8], by stamp: EntryStamp, _ rows: Rows
    ) throws -> [PlainCreates.Create] {
        let table = transaction.layout.tables[plain.rule.type]!
        let connection = transaction.connection
        let insert = try connection.statement(
            "INSERT INTO yrd_record (type, key, entry, digest) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        let row = try rows == .inserted ? connection.statement(table.insertFreshSQL) : nil
        var digests = FreshDigests(plain.rule, stamp.id, transaction.hashing)
        var others: [PlainCreates.Create] = []
        try ops.withUnsafeBytes { bytes in
            for create in plain.creates {
                let key = UnsafeRawBufferPointer(rebasing: bytes[create.key])
                let digest = digests.digest(of: create, plain, bytes)
                insert.bind(1, table.typeID).bindText(2, key).bind(3, stamp.number).bind(4, digest)
                try insert.run()
                guard connection.changes == 1 else {
                    others.append(create)
                    continue
                }
                if let row, try !insertRow(create, key, plain, bytes, row) {
                    try forget(table.typeID, key)
                    others.append(create)
                    continue
                }
                try transaction.addDigest(digest, inBucket: digests.bucket(ofKey: key))
            }
        }
        return others
    }

    /// False if there is a row already.
    private func insertRow(
        _ create: PlainCreates.Create, _ key: UnsafeRawBufferPointer, _ plain: PlainCreates,
        _ bytes: UnsafeRawBufferPointer, _ row: PreparedStatement
    ) throws -> Bool {
        row.bindText(1, key)
        for part in plain.units[create.units] {
            var values = EncodedValues(UnsafeRawBufferPointer(rebasing: bytes[part.values]))
            var index = 2 + Int32(plain.rule.columnOffsets[part.place])
            while let value = values.next() {
                switch value {
                case .null: break
                case .integer(let integer): row.bind(index, integer)
                case .text(let text): row.bindText(index, text)
                }
                index += 1
            }
        }
        try row.run()
        return transaction.connection.changes == 1
    }

    private func forget(_ typeID: Int64, _ key: UnsafeRawBufferPointer) throws {
        let delete = try transaction.connection.statement("DELETE FROM yrd_record WHERE type = ?1 AND key = ?2")
        delete.bind(1, typeID).bindText(2, key)
        try delete.run()
    }
}

/// The digests of fresh records: `RecordDigest` over bytes that are encoded already.
private struct FreshDigests {
    private let rule: RecordRule
    private let hashing: Hashing
    private let type: [UInt8]
    private let head: [UInt8]
    private let id: [UInt8]
    private var scratch: [UInt8] = []

    init(_ rule: RecordRule, _ id: Digest, _ hashing: Hashing) {
        self.rule = rule
        self.hashing = hashing
        self.id = id.bytes
        type = Array(rule.type.utf8)
        head = RecordDigest.head(ofType: Text(rule.type))
        scratch.reserveCapacity(2_048)
    }

    mutating func digest(
        of create: PlainCreates.Create, _ plain: PlainCreates, _ bytes: UnsafeRawBufferPointer
    ) -> Digest {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: head)
        appendCount(create.key.count)
        scratch.append(contentsOf: bytes[create.key])
        scratch.append(UnitRule.existence)
        scratch.append(contentsOf: id)
        scratch.append(contentsOf: RecordDigest.present)
        var next = create.units.lowerBound
        for place in rule.units.indices {
            scratch.append(rule.units[place].number)
            guard next < create.units.upperBound, plain.units[next].place == place else { continue }
            scratch.append(contentsOf: id)
            scratch.append(contentsOf: bytes[plain.units[next].values])
            next += 1
        }
        return hashing.sha256(scratch)
    }

    mutating func bucket(ofKey key: UnsafeRawBufferPointer) -> UInt8 {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: type)
        scratch.append(contentsOf: key)
        return hashing.sha256(scratch).firstByte
    }

    /// A key's length takes two bytes from 128 on.
    private mutating func appendCount(_ count: Int) {
        if count >= 0x80 { scratch.append(UInt8(truncatingIfNeeded: count) | 0x80) }
        scratch.append(UInt8(count >= 0x80 ? count >> 7 : count))
    }
}
