// What of an entry follows from its bytes alone: it is made on another core, while the entries before it take their effect.

import Pipelining
import SyncCore

/// What an entry says, in one of two readings, or why it has no effect.
enum EntryMeaning: Sendable {
    case plain(PlainChanges, Context, [FreshDigest])
    case changeSet(ChangeSet)
    case faulty(EntryFault)

    /// Nil if the entry is faulty by itself.
    var context: Context? {
        switch self {
        case .plain(_, let context, _): context
        case .changeSet(let changeSet): changeSet.context
        case .faulty: nil
        }
    }

    var fault: EntryFault? { if case .faulty(let fault) = self { fault } else { nil } }

    var changeCount: Int {
        switch self {
        case .plain(let plain, _, _): plain.changes.count
        case .changeSet(let changeSet): changeSet.changes.count
        case .faulty: 0
        }
    }
}

/// By what rules an entry is read.
struct EntryReader: Sendable {
    let schema: Schema
    let hashing: Hashing
    let enrolledKeyID: @Sendable (NextKey, EnvelopeHeader) -> Digest?

    /// By the rules of form. Those of context and group need the entries before.
    func meaning(of entry: Entry, id: Digest) -> EntryMeaning {
        if let context = try? Context(decoding: entry.context), context.frontier.rows(of: entry.header.origin).isEmpty,
            let plain = PlainChanges(of: entry, schema: schema)
        {
            let fresh = FreshDigest.all(of: plain.changes[...], in: plain, ops: entry.ops, by: id, hashing)
            return .plain(plain, context, fresh)
        }
        do throws(EntryFault) {
            let changeSet = try ChangeSet(decoding: entry)
            guard changeSet.fits(schema) else { return .faulty(.valueDoesNotFit) }
            if let next = try changeSet.nextKey(under: entry.header), enrolledKeyID(next, entry.header) == nil {
                return .faulty(.nextKeyRefused)
            }
            return .changeSet(changeSet)
        } catch {
            return .faulty(error)
        }
    }
}

/// An entry as it is about to be appended.
struct EntryReading: Sendable {
    let meaning: EntryMeaning
    /// As the log keeps it.
    let payload: LogPayload
}

/// Readings of entries, in their order.
final class EntryReadings {
    private let entries: [VerifiedEntry]
    private let stage: Stage<VerifiedEntry, EntryReading>
    private let ahead: Int
    private var submitted = 0
    private var taken = 0

    /// A reading of a large entry takes some megabytes until it is used.
    private static let aheadMax = 3
    /// To hand over less costs more than it saves.
    private static let bytesMin = 256 << 10

    init(_ entries: [VerifiedEntry], by reader: EntryReader) {
        self.entries = entries
        ahead = entries.reduce(0) { $0 + $1.entry.ops.count } >= Self.bytesMin ? Self.aheadMax : 0
        stage = Stage("entry reader", .any) { verified in
            EntryReading(
                meaning: reader.meaning(of: verified.entry, id: verified.id), payload: LogPayload(of: verified.entry))
        }
    }

    /// Of the next entry; there must be one.
    func next() -> EntryReading {
        defer { taken += 1 }
        while submitted < entries.count, submitted <= taken + ahead {
            stage.submit(entries[submitted])
            submitted += 1
        }
        guard let reading = stage.take() else { preconditionFailure("\(entries.count) entries have no more readings") }
        return reading
    }
}
