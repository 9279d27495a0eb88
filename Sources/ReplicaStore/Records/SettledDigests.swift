// The digests of settled records before and after their updates, made on another core while the records behind are read.

import SyncCore

/// An update, and its record as it was read.
struct SettledUpdate: Sendable {
    let change: PlainChange
    let record: SettledRecord
}

/// What an update does to the digest of its record.
struct SettledDigest: Sendable {
    let digest: Digest
    /// Of the sums of the state digest, the one that the record counts in.
    let bucket: UInt8

    /// - Parameter plain: the entry's changes, of which the updates are some.
    /// - Returns: one for each update; nil where rows are ours to write and this one is not what was sealed last.
    static func all(
        of updates: SettledUpdates, in plain: PlainChanges, ops: [UInt8], by entry: Digest, _ rows: PlainRows,
        _ hashing: Hashing
    ) -> [SettledDigest?] {
        var maker = SettledDigestMaker(
            plain: plain, entry: entry, entryIDs: updates.entryIDs, encoded: EncodedDigest(plain.rule, hashing))
        return ops.withUnsafeBytes { ops in
            updates.updates.map { update in
                if rows == .written, !maker.isAsSealed(update, ops) { return nil }
                return maker.after(update, ops)
            }
        }
    }
}

/// Some updates of an entry.
struct SettledUpdates: Sendable {
    private(set) var updates: [SettledUpdate] = []
    /// By number, of every entry that wrote one of the records.
    private(set) var entryIDs: [Int64: Digest] = [:]
    private var lastNumber: Int64?

    mutating func add(_ update: SettledUpdate, _ log: EntryLog, _ lanes: LaneTree) throws {
        updates.append(update)
        try note(update.record.state.existence, log, lanes)
        for writer in update.record.state.writers where writer != 0 { try note(writer, log, lanes) }
    }

    private mutating func note(_ number: Int64, _ log: EntryLog, _ lanes: LaneTree) throws {
        guard number != lastNumber else { return }
        lastNumber = number
        if entryIDs[number] == nil { entryIDs[number] = try log.stamp(number, lanes).id }
    }
}

/// For one entry's updates.
private struct SettledDigestMaker {
    let plain: PlainChanges
    let entry: Digest
    let entryIDs: [Int64: Digest]
    var encoded: EncodedDigest
    /// Most units of most records were written by the same entry.
    var last: (number: Int64, id: Digest)?

    private mutating func id(_ number: Int64) -> Digest {
        if let last, last.number == number { return last.id }
        let id = entryIDs[number]!
        last = (number, id)
        return id
    }

    /// Whether the row still is what was sealed last. The digest does not tell of a unit that nobody has written: it must
    /// hold NULL.
    mutating func isAsSealed(_ update: SettledUpdate, _ ops: UnsafeRawBufferPointer) -> Bool {
        let record = update.record
        for place in plain.rule.units.indices where record.state.writers[place] == 0 {
            guard record.row.isNull(at: place) else { return false }
        }
        return digest(of: record, key: ops[update.change.key], ArraySlice(), ops) == record.digest
    }

    mutating func after(_ update: SettledUpdate, _ ops: UnsafeRawBufferPointer) -> SettledDigest {
        let key = ops[update.change.key]
        let digest = digest(of: update.record, key: key, plain.units[update.change.units], ops)
        return SettledDigest(digest: digest, bucket: encoded.bucket(ofKey: UnsafeRawBufferPointer(rebasing: key)))
    }

    /// - Parameter parts: units that the update writes.
    private mutating func digest(
        of record: SettledRecord, key: Slice<UnsafeRawBufferPointer>, _ parts: ArraySlice<PlainUnit>,
        _ ops: UnsafeRawBufferPointer
    ) -> Digest {
        let writers = record.state.writers
        encoded.begin(UnsafeRawBufferPointer(rebasing: key), existence: id(record.state.existence))
        var next = parts.startIndex
        record.row.bytes.withUnsafeBytes { row in
            for (place, unit) in plain.rule.units.enumerated() {
                if next < parts.endIndex, parts[next].place == place {
                    encoded.unit(unit.number, by: entry, UnsafeRawBufferPointer(rebasing: ops[parts[next].values]))
                    next += 1
                } else if writers[place] == 0 {
                    encoded.unit(unit.number)
                } else {
                    let values = UnsafeRawBufferPointer(rebasing: row[record.row.values(ofUnitAt: place)])
                    encoded.unit(unit.number, by: id(writers[place]), values)
                }
            }
        }
        return encoded.digest()
    }
}
