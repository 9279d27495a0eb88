// What plain entries of the log wrote, for comparing rows with what was sealed last.

import SyncCore

/// Looks old values up, one record after another, within one seal.
final class PlainHistory {
    private final class Remembered {
        let number: Int64
        let ops: [UInt8]
        /// Nil if the entry is not plain.
        let plain: PlainChanges?
        /// The change found last: records are asked for in their order, unit by unit.
        var last = 0

        init(_ number: Int64, _ entry: Entry, _ schema: Schema) {
            self.number = number
            ops = entry.ops
            plain = PlainChanges(of: entry, schema: schema)
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

    /// Gives `body` the encoded values that an entry wrote to one unit, or nil if it left the unit out. Nil if the entry is
    /// not plain.
    ///
    /// - Parameter place: among the units of the record's rule.
    func withValues<Value>(
        ofUnitAt place: Int, of key: UnsafeRawBufferPointer, type: String, by number: Int64,
        _ body: (UnsafeRawBufferPointer?) -> Value
    ) throws -> Value? {
        let entry = try remembered(number)
        guard let plain = entry.plain, plain.rule.type == type else { return nil }
        return entry.ops.withUnsafeBytes { ops -> Value? in
            guard let change = plain.change(ofKey: key, ops, hint: entry.last) else { return nil }
            entry.last = change
            let unit = plain.units[plain.changes[change].units].first { $0.place == place }
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
