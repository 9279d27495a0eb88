// The log: the exact signed bytes of every applied entry, in this replica's order of application.

import Compression
import SyncCore

/// Appends to and reads from `yrd_entry`. Inside a transaction only.
final class EntryLog {
    private let connection: SQLiteConnection
    private var stamps: [Int64: EntryStamp] = [:]
    /// The last decoded change sets, for looking up old values one record after another.
    private var decoded: [(number: Int64, changeSet: ChangeSet)] = []

    private static let stampsMax = 200_000
    private static let decodedMax = 8

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    /// After a rollback the numbers in the caches may be given to other entries.
    func forget() {
        stamps = [:]
        decoded = []
    }

    // MARK: Appending

    func append(
        _ verified: VerifiedEntry, _ payload: LogPayload, lane: Int, changes: Int, fault: EntryFault?
    ) throws -> EntryStamp {
        let header = verified.header
        var signatures = ByteWriter()
        SignatureRecord.encode(verified.entry.signatures, to: &signatures)

        let insert = try connection.statement(
            """
            INSERT INTO yrd_entry (lane, sequence, id, time, changes, header, signatures, payload, fault)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING number
            """)
        insert.bind(1, lane).bind(2, Int64(header.sequence)).bind(3, verified.id)
        insert.bind(4, header.timeMilliseconds).bind(5, changes)
        insert.bind(6, header.encoded()).bind(7, signatures.bytes)
        insert.bind(8, connection.atRest(payload.zstd))
        if let fault { insert.bind(9, fault.code) }
        guard try insert.step() else { throw ReplicaDamage.unreadable(table: "yrd_entry", row: "new") }
        let number = insert.integer(0)
        insert.reset()
        let stamp = EntryStamp(
            number: number, lane: lane, sequence: header.sequence, id: verified.id, market: verified.market,
            timeMilliseconds: header.timeMilliseconds)
        stamps[number] = stamp
        return stamp
    }

    /// After a change of the catalog.
    func setOutcome(of number: Int64, _ changes: Int, _ fault: String?) throws {
        let update = try connection.statement("UPDATE yrd_entry SET changes = ?2, fault = ?3 WHERE number = ?1")
        update.bind(1, number).bind(2, changes)
        if let fault { update.bind(3, fault) }
        try update.run()
    }

    // MARK: Reading

    func id(lane: Int, sequence: UInt64) throws -> Digest? {
        let query = try connection.statement("SELECT id FROM yrd_entry WHERE lane = ?1 AND sequence = ?2")
        query.bind(1, lane).bind(2, Int64(sequence))
        defer { query.reset() }
        return try query.step() ? query.digest(0) : nil
    }

    func number(lane: Int, sequence: UInt64) throws -> Int64? {
        let query = try connection.statement("SELECT number FROM yrd_entry WHERE lane = ?1 AND sequence = ?2")
        query.bind(1, lane).bind(2, Int64(sequence))
        defer { query.reset() }
        return try query.step() ? query.integer(0) : nil
    }

    func header(lane: Int, sequence: UInt64) throws -> EnvelopeHeader? {
        let query = try connection.statement("SELECT header FROM yrd_entry WHERE lane = ?1 AND sequence = ?2")
        query.bind(1, lane).bind(2, Int64(sequence))
        defer { query.reset() }
        guard try query.step() else { return nil }
        return try ByteReader.decode(query.blob(0)) { reader throws(DecodeError) in try EnvelopeHeader(from: &reader) }
    }

    /// Whether the entry at a place is that one: its header and signatures, byte for byte.
    func holds(_ head: EntryHead, lane: Int) throws -> Bool {
        let query = try connection.statement(
            "SELECT header, signatures FROM yrd_entry WHERE lane = ?1 AND sequence = ?2")
        query.bind(1, lane).bind(2, Int64(head.header.sequence))
        defer { query.reset() }
        guard try query.step() else { return false }
        var writer = ByteWriter()
        head.encode(to: &writer)
        return query.blob(0) + query.blob(1) == writer.bytes
    }

    func stamp(_ number: Int64, _ lanes: LaneTree) throws -> EntryStamp {
        if let stamp = stamps[number] { return stamp }
        let query = try connection.statement("SELECT lane, sequence, id, time FROM yrd_entry WHERE number = ?1")
        query.bind(1, number)
        defer { query.reset() }
        guard try query.step(), let id = query.digest(2),
            let market = lanes.lanes[Int(query.integer(0))]?.origin.market
        else {
            throw ReplicaDamage.missingEntry(number: number)
        }
        let stamp = EntryStamp(
            number: number, lane: Int(query.integer(0)), sequence: UInt64(query.integer(1)), id: id, market: market,
            timeMilliseconds: query.integer(3))
        if stamps.count >= Self.stampsMax { stamps = [:] }
        stamps[number] = stamp
        return stamp
    }

    func entry(_ number: Int64) throws -> StoredEntry {
        let query = try connection.statement(
            "SELECT number, id, header, signatures, payload, fault FROM yrd_entry WHERE number = ?1")
        query.bind(1, number)
        defer { query.reset() }
        guard try query.step() else { throw ReplicaDamage.missingEntry(number: number) }
        return try read(query)
    }

    /// Every entry in order of application, from `first` on.
    func forEach(from first: Int64 = 1, _ body: (StoredEntry) throws -> Void) throws {
        let cursor = try connection.cursor(
            "SELECT number, id, header, signatures, payload, fault FROM yrd_entry WHERE number >= ?1 ORDER BY number")
        cursor.bind(1, first)
        while try cursor.step() { try body(try read(cursor)) }
    }

    /// Every row of the log with what its columns say, also where the entry itself cannot be read back: for `verify`.
    func forEachRow(_ body: (LogRow) throws -> Void) throws {
        let cursor = try connection.cursor(
            """
            SELECT number, id, header, signatures, payload, fault, lane, sequence, time, changes
            FROM yrd_entry ORDER BY number
            """)
        while try cursor.step() {
            try body(
                LogRow(
                    number: cursor.integer(0), stored: try? read(cursor), lane: Int(cursor.integer(6)),
                    sequence: cursor.integer(7), timeMilliseconds: cursor.integer(8), changes: cursor.integer(9)))
        }
    }

    private func read(_ query: PreparedStatement) throws -> StoredEntry {
        let number = query.integer(0)
        guard
            let entry = try? Self.entry(
                header: query.blob(2), signatures: query.blob(3), payload: payload(query.blob(4))),
            let id = query.digest(1)
        else { throw ReplicaDamage.unreadable(table: "yrd_entry", row: "number \(number)") }
        return StoredEntry(number: number, id: id, entry: entry, fault: query.text(5)?.string)
    }

    /// Also one that older software left in the clear in an encrypted file: its signature says that it is the entry's.
    private func payload(_ stored: [UInt8]) throws -> [UInt8] {
        do {
            return try connection.fromRest(stored)
        } catch {
            guard stored.starts(with: Zstd.magic) else { throw error }
            return stored
        }
    }

    private static func entry(header: [UInt8], signatures: [UInt8], payload: [UInt8]) throws -> Entry {
        let header = try ByteReader.decode(header) { reader throws(DecodeError) in try EnvelopeHeader(from: &reader) }
        let signatures = try ByteReader.decode(signatures) { reader throws(DecodeError) in
            try SignatureRecord.decodeList(from: &reader)
        }
        var content = try Zstd.decompress(payload, sizeMax: 4 + Limits.contextBytes + header.framedOpsBytes)
        let context = try Self.context(in: content)
        // Ops may have megabytes: they move within their block, since a second one costs more to get than to fill.
        content.removeFirst(4 + context.count)
        return Entry(header: header, signatures: signatures, context: context, ops: content)
    }

    private static func context(in content: [UInt8]) throws(DecodeError) -> [UInt8] {
        var reader = ByteReader(content)
        return try reader.raw(try Entry.contextLength(from: &reader))
    }

    // MARK: Old values

    /// What an entry wrote to one record, nil if it did not touch it.
    func change(_ number: Int64, of record: RecordID) throws -> Change? {
        let changes = try changeSet(number).changes
        // Changes ascend strictly by record.
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].record < record { low = middle + 1 } else { high = middle }
        }
        return low < changes.count && changes[low].record == record ? changes[low] : nil
    }

    func changeSet(_ number: Int64) throws -> ChangeSet {
        if let index = decoded.firstIndex(where: { $0.number == number }) { return decoded[index].changeSet }
        let stored = try entry(number)
        guard let changeSet = try? ChangeSet(decoding: stored.entry) else {
            throw ReplicaDamage.unreadable(table: "yrd_entry", row: "number \(number)")
        }
        if decoded.count == Self.decodedMax { decoded.removeFirst() }
        decoded.append((number, changeSet))
        return changeSet
    }
}
