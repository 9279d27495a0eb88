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
}

/// Entries in one replica's order of application.
package struct ExportedLog: Sendable {
    package private(set) var entries: [ExportedEntry] = []
    private var placeByDot: [Dot: Int] = [:]

    package init() {}

    package mutating func append(_ entry: ExportedEntry) {
        placeByDot[entry.dot] = entries.count
        entries.append(entry)
    }

    package subscript(dot: Dot) -> ExportedEntry? { placeByDot[dot].map { entries[$0] } }

    package func place(of dot: Dot) -> Int? { placeByDot[dot] }

    /// Whether an entry's author had another one in view: its predecessor by chain, or named by its context.
    package func sees(_ one: ExportedEntry, _ other: ExportedEntry) -> Bool {
        if one.dot.origin == other.dot.origin { return other.dot.sequence < one.dot.sequence }
        return one.rows.contains { $0.origin == other.dot.origin && $0.sequence >= other.dot.sequence }
    }

    // MARK: Causality

    /// The first entry that was applied before something it names, nil if none.
    package func causalityFault() -> String? {
        for (place, one) in entries.enumerated() {
            let header = one.entry.header
            if header.sequence > 1 {
                let before = Dot(origin: header.origin, sequence: header.sequence - 1)
                guard let at = placeByDot[before], at < place, entries[at].id == header.previous else {
                    return "\(one.dot) was applied without its predecessor"
                }
            } else if header.previous != .zero {
                return "\(one.dot) is a first entry with a predecessor"
            }
            for row in one.rows where row.origin != header.origin {
                guard let at = placeByDot[row.dot], at < place, entries[at].id.prefix == row.idPrefix else {
                    let standing = self[row.dot].map { "\($0.id.prefix.hex) stands there, not \(row.idPrefix.hex)" }
                    return "\(one.dot) (\(one.fault ?? "not faulty")) was applied without \(row.dot), which it names: "
                        + (standing ?? "nothing stands there")
                }
            }
        }
        return nil
    }

    /// Groups stand together: nothing of another origin between their entries, and none without its end.
    package func groupFault() -> String? {
        for (place, one) in entries.enumerated() where one.entry.header.groupContinues {
            guard place + 1 < entries.count, entries[place + 1].dot.origin == one.dot.origin,
                entries[place + 1].dot.sequence == one.dot.sequence + 1
            else { return "\(one.dot): its group was split" }
        }
        return nil
    }

    /// What an honest author saw, it saw with everything that this had seen.
    package func contextFault(of one: ExportedEntry) -> String? {
        for row in one.rows {
            guard let named = self[row.dot] else { continue }
            for inner in named.rows {
                let known =
                    inner.origin == one.dot.origin
                    ? one.dot.sequence - 1
                    : one.rows.filter { $0.origin == inner.origin }.map(\.sequence).max() ?? 0
                if known < inner.sequence {
                    return "\(one.dot) names \(row.dot), but not \(inner.dot), which that names"
                }
            }
        }
        return nil
    }
}
