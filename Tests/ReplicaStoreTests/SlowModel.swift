// What a replica must hold, said the slow and obvious way: a value stands unless some applied write replaced it.

import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore

/// Computed from the whole log, entry against entry, without any state, lane or cache of the store's.
struct SlowModel {
    /// Every entry of the log by its row: what rows name, and what leads there.
    private final class Chains {
        private var entryByID: [Digest: StoredEntry] = [:]
        private var idByRow: [Row: Digest] = [:]

        func add(_ stored: StoredEntry) {
            entryByID[stored.id] = stored
            idByRow[Row(origin: stored.dot.origin, sequence: stored.dot.sequence, idPrefix: stored.id.prefix)] =
                stored.id
        }

        func id(of row: Row) -> Digest { idByRow[row]! }

        /// Whether an entry counts under a closure of its origin: it leads to a last one, or may still.
        func counts(_ stored: StoredEntry, under closure: Closure) -> Bool {
            closure.ends.contains { end in
                entryByID[end.id] == nil ? stored.dot.sequence < end.sequence : leads(end.id, to: stored.id)
            }
        }

        /// Whether an entry is another one, or among those that come before it.
        func leads(_ last: Digest, to id: Digest) -> Bool {
            var next = entryByID[last]
            while let one = next {
                if one.id == id { return true }
                next = entryByID[one.entry.header.previous]
            }
            return false
        }
    }

    private struct Written {
        let item: LogItem
        let changeSet: ChangeSet
        let change: Change
        let stamp: EntryStamp
        let chains: Chains

        /// Whether this one's author had seen another entry.
        func sees(_ other: Written) -> Bool {
            chains.leads(item.stored.entry.header.previous, to: other.stamp.id)
                || changeSet.context.frontier.rows.contains { chains.leads(chains.id(of: $0), to: other.stamp.id) }
        }

        /// A keep names the entry of that number on the way to the row that it points to.
        func keeps(_ other: Written, unit: UnitNumber) -> Bool {
            change.keeps.contains { keep in
                let last =
                    keep.row == 0
                    ? item.stored.entry.header.previous : chains.id(of: changeSet.context.frontier.rows[keep.row - 1])
                return keep.unit == unit && keep.sequence == other.stamp.sequence
                    && chains.leads(last, to: other.stamp.id)
            }
        }

        func replaces(_ other: Written, unit: UnitNumber) -> Bool { sees(other) && !keeps(other, unit: unit) }
    }

    private(set) var states: [RecordID: RecordState] = [:]
    let digest: Digest
    let conflicts: [Digest]
    /// As `TestNode.tables` gives them: type's key, then its shown values.
    let shown: [RecordID: RecordView]

    init(of replica: SQLiteReplica) throws {
        let schema = replica.catalog.schema
        let hashing = OpenSSLHashing.hashing
        var writes: [RecordID: [Written]] = [:]
        let chains = Chains()
        var items: [LogItem] = []
        try replica.forEachLogItem { item in
            chains.add(item.stored)
            items.append(item)
        }
        let closures = try replica.closures()
        for item in items {
            // What the store says of closures is not believed.
            guard let changeSet = item.changeSet, !item.isVoid || item.stored.fault == EntryFault.closed.code,
                let market = item.stored.dot.origin.market,
                closures.first(where: { $0.origin == item.stored.dot.origin })
                    .map({ chains.counts(item.stored, under: $0) }) ?? true
            else { continue }
            let stamp = EntryStamp(
                number: item.stored.number, lane: 0, sequence: item.stored.dot.sequence, id: item.stored.id,
                market: market, timeMilliseconds: item.stored.entry.header.timeMilliseconds)
            for change in changeSet.changes {
                guard let rule = schema.record(change.record.type),
                    change.writtenUnits.allSatisfy({ rule.mayWrite(market, unit: $0, ofKey: change.record.key) })
                else { continue }
                writes[change.record, default: []].append(
                    Written(item: item, changeSet: changeSet, change: change, stamp: stamp, chains: chains))
            }
        }
        var sums = StateDigest()
        var conflicts: [Digest] = []
        var shown: [RecordID: RecordView] = [:]
        for (record, all) in writes {
            let rule = schema.record(record.type)!
            let state = Self.state(all)
            states[record] = state
            let view = RecordView(of: state, record: record, rule: rule)
            shown[record] = view
            conflicts += view.conflicts.map { $0.id(hashing) }
            sums.replace(
                nil, with: RecordDigest.digest(of: state, record: record, rule: rule, hashing),
                inBucket: hashing.sha256(record.bucketBytes).firstByte)
        }
        digest = sums.number(hashing)
        self.conflicts = conflicts.sorted()
        self.shown = shown
    }

    private static func state(_ all: [Written]) -> RecordState {
        let existence = all.filter { write in
            write.change.kind.writesExistence
                && !all.contains { $0.change.kind.writesExistence && $0.replaces(write, unit: UnitRule.existence) }
        }
        let deletes = existence.filter { $0.change.kind == .delete }
        var units: [UnitNumber: [Sibling]] = [:]
        for write in all {
            for written in write.change.units {
                let isReplaced = all.contains { other in
                    (other.change.kind == .create || other.change.units.contains { $0.unit == written.unit })
                        && other.replaces(write, unit: written.unit)
                }
                guard !isReplaced else { continue }
                let deletedBy = deletes.filter { $0.replaces(write, unit: written.unit) }.map(\.stamp.id).sorted()
                units[written.unit, default: []].append(
                    Sibling(stamp: write.stamp, values: written.values, deletedBy: deletedBy))
            }
        }
        return RecordState(
            existence: existence.map { ExistenceSibling(stamp: $0.stamp, isPresent: $0.change.kind != .delete) },
            units: units.map { unit, siblings in
                RecordState.UnitSiblings(unit: unit, siblings: siblings.sorted { $0.stamp.id < $1.stamp.id })
            })
    }
}
