// What plain entries of the log wrote, for comparing rows with what was sealed last.

import SyncCore

/// Looks old values up, one record after another, within one seal.
final class PlainHistory {
    /// An entry of the log. While few records are asked for, each is looked for alone: to read all of a bulk change set for
    /// one edit would take as long as all else in the edit's seal (docs/performance.md).
    private final class Remembered {
        let number: Int64
        let ops: [UInt8]
        private let opCount: Int
        private let schema: Schema
        private var looksAlone = 0
        private var isReadWhole: Bool { looksAlone > Self.looksAloneMax }
        /// What the last look alone found, or everything.
        private var changes: PlainChanges?
        /// The change found last: records are asked for in their order, unit by unit.
        private var last = 0

        private static let looksAloneMax = 4

        init(_ number: Int64, _ entry: Entry, _ schema: Schema) {
            self.number = number
            self.schema = schema
            opCount = Int(entry.header.opCount)
            ops = entry.ops
        }

        /// Nil if the change is not there, or not plain; of more than a few, also if another one is not.
        func change(
            ofKey key: UnsafeRawBufferPointer, type: String, _ bytes: UnsafeRawBufferPointer
        ) -> (PlainChanges, PlainChange)? {
            if let known = known(key, type, bytes) { return known }
            guard !isReadWhole else { return nil }
            looksAlone += 1
            last = 0
            changes =
                isReadWhole
                ? PlainChanges(ops: ops, count: opCount, schema: schema)
                : PlainChanges(ofKey: key, type: type, in: bytes, schema: schema)
            return known(key, type, bytes)
        }

        private func known(
            _ key: UnsafeRawBufferPointer, _ type: String, _ bytes: UnsafeRawBufferPointer
        ) -> (PlainChanges, PlainChange)? {
            guard let changes, changes.rule.type == type, let found = changes.change(ofKey: key, bytes, hint: last)
            else { return nil }
            last = found
            return (changes, changes.changes[found])
        }
    }

    private let transaction: ReplicaTransaction
    private var remembered: [Remembered] = []

    /// One for each unit that an entry of its own may have written, and the create: with fewer, bulk updates of unit after
    /// unit would inflate every entry again for every record. About 4 MiB each, and only as many as there are.
    private let rememberedMax: Int

    init(_ transaction: ReplicaTransaction) {
        self.transaction = transaction
        rememberedMax = 1 + (transaction.layout.tables.values.map(\.rule.units.count).max() ?? 0)
    }

    /// Gives `body` the encoded values that an entry wrote to one unit, or nil if it left the unit out. Nil if what it
    /// wrote of the record is not plain.
    ///
    /// - Parameter place: among the units of the record's rule.
    func withValues<Value>(
        ofUnitAt place: Int, of key: UnsafeRawBufferPointer, type: String, by number: Int64,
        _ body: (UnsafeRawBufferPointer?) -> Value
    ) throws -> Value? {
        let entry = try remembered(number)
        return entry.ops.withUnsafeBytes { ops -> Value? in
            guard let (plain, change) = entry.change(ofKey: key, type: type, ops) else { return nil }
            let unit = plain.units[change.units].first { $0.place == place }
            return body(unit.map { UnsafeRawBufferPointer(rebasing: ops[$0.values]) })
        }
    }

    private func remembered(_ number: Int64) throws -> Remembered {
        if let entry = remembered.first(where: { $0.number == number }) { return entry }
        let entry = Remembered(number, try transaction.log.entry(number).entry, transaction.layout.schema)
        if remembered.count == rememberedMax { remembered.removeFirst() }
        remembered.append(entry)
        return entry
    }
}
