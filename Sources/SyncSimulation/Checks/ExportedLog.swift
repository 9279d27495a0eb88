// A replica's log as anyone could export it: the material of the checks, and nothing else of the replica.

package import SyncCore

/// One entry of an exported log.
package struct ExportedEntry: Sendable {
    package let entry: Entry
    package let id: Digest
    package let market: Market
    /// The replica's own verdict on its form; nil if it has effect.
    package let fault: String?
    /// Nil if it cannot be decoded.
    package let changeSet: ChangeSet?
    /// What its author says it has seen.
    package let rows: [Row]

    package init(entry: Entry, id: Digest, market: Market, fault: String?) {
        self.entry = entry
        self.id = id
        self.market = market
        self.fault = fault
        changeSet = try? ChangeSet(decoding: entry)
        rows = (try? Context(decoding: entry.context))?.frontier.rows ?? []
    }

    package var dot: Dot { entry.header.dot }
    package var row: Row { Row(origin: dot.origin, sequence: dot.sequence, idPrefix: id.prefix) }
}

/// Entries in one replica's order of application.
package struct ExportedLog: Sendable {
    package private(set) var entries: [ExportedEntry] = []
    private var placeByID: [Digest: Int] = [:]
    private var placeByRow: [Row: Int] = [:]
    private var dots: Set<Dot> = []
    private var forkedOrigins: Set<Origin> = []

    package init() {}

    package mutating func append(_ entry: ExportedEntry) {
        placeByID[entry.id] = entries.count
        placeByRow[entry.row] = entries.count
        if !dots.insert(entry.dot).inserted { forkedOrigins.insert(entry.dot.origin) }
        entries.append(entry)
    }

    package func entry(_ id: Digest) -> ExportedEntry? { placeByID[id].map { entries[$0] } }

    package func contains(_ id: Digest) -> Bool { placeByID[id] != nil }

    /// Whether a row names an entry, or one that has it among its predecessors. Where no origin has two entries of one
    /// number the numbers say it; of what this log does not hold they must do.
    package func leads(_ row: Row, to other: ExportedEntry) -> Bool {
        guard row.origin == other.dot.origin, row.sequence >= other.dot.sequence else { return false }
        guard forkedOrigins.contains(row.origin), var place = placeByRow[row] else { return true }
        while entries[place].dot.sequence > other.dot.sequence {
            guard let before = placeByID[entries[place].entry.header.previous] else { return false }
            place = before
        }
        return entries[place].id == other.id
    }

    /// Whether an entry's author had another one in view: its predecessor by chain, or named by its context.
    package func sees(_ one: ExportedEntry, _ other: ExportedEntry) -> Bool {
        if one.dot.origin == other.dot.origin {
            return other.dot.sequence < one.dot.sequence && leads(one.row, to: other)
        }
        return one.rows.contains { leads($0, to: other) }
    }

    // MARK: Causality

    /// The first entry that was applied before something it names, nil if none.
    package func causalityFault() -> String? {
        for (place, one) in entries.enumerated() {
            let header = one.entry.header
            if header.sequence > 1 {
                guard let at = placeByID[header.previous], at < place,
                    entries[at].dot == Dot(origin: header.origin, sequence: header.sequence - 1)
                else { return "\(one.dot) was applied without its predecessor" }
            } else if header.previous != .zero {
                return "\(one.dot) is a first entry with a predecessor"
            }
            for row in one.rows where row.origin != header.origin {
                guard let at = placeByRow[row], at < place else {
                    return "\(one.dot) (\(one.fault ?? "not faulty")) was applied without \(row.dot) "
                        + "\(row.idPrefix.hex), which it names"
                }
            }
        }
        return nil
    }

    /// Groups stand together: nothing else between their entries, and none without its end.
    package func groupFault() -> String? {
        for (place, one) in entries.enumerated() where one.entry.header.groupContinues {
            guard place + 1 < entries.count, entries[place + 1].entry.header.previous == one.id
            else { return "\(one.dot): its group was split" }
        }
        return nil
    }

    /// What an honest author saw, it saw with everything that this had seen.
    package func contextFault(of one: ExportedEntry) -> String? {
        for row in one.rows {
            guard let named = placeByRow[row].map({ entries[$0] }) else { continue }
            for inner in named.rows {
                guard let other = placeByRow[inner].map({ entries[$0] }), !sees(one, other) else { continue }
                return "\(one.dot) names \(row.dot), but not \(inner.dot), which that names"
            }
        }
        return nil
    }
}
