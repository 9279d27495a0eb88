// Bounded liveness: what must have arrived, and what a fork excuses.

package import SyncCore

/// Which entries of a federation a replica may lack.
package struct Arrival {
    private let everything: [Digest: ExportedEntry]
    private let byRow: [Row: Digest]
    private let byPrevious: [Digest: [ExportedEntry]]

    /// - Parameter logs: of every honest node.
    package init(_ logs: [ExportedLog]) {
        var everything: [Digest: ExportedEntry] = [:]
        var byRow: [Row: Digest] = [:]
        for entry in logs.flatMap(\.entries) {
            everything[entry.id] = entry
            byRow[Row(origin: entry.dot.origin, sequence: entry.dot.sequence, idPrefix: entry.id.prefix)] = entry.id
        }
        self.everything = everything
        self.byRow = byRow
        byPrevious = Dictionary(grouping: everything.values) { $0.entry.header.previous }
    }

    /// The rest of an entry's group: it waits for all of it. Where the origin forked, of either branch.
    private func restOfGroup(of one: ExportedEntry) -> [ExportedEntry] {
        guard one.entry.header.groupContinues else { return [] }
        return (byPrevious[one.id] ?? []).flatMap { [$0] + restOfGroup(of: $0) }
    }

    package var count: Int { everything.count }

    package func contains(_ id: Digest) -> Bool { everything[id] != nil }

    /// Entries that a replica lacks without excuse. Until branches are applied (issue D), a replica that holds one branch
    /// of a forked origin is excused from the other one, from what has seen it, and from groups that hold such an entry.
    package func missing(in log: ExportedLog) -> (without: [Dot], excused: Int) {
        var isExcused: [Digest: Bool] = [:]
        func excuse(_ id: Digest) -> Bool {
            if let known = isExcused[id] { return known }
            guard let one = everything[id] else { return false }
            if let standing = log[one.dot], standing.id == id {
                isExcused[id] = false
                return false
            }
            isExcused[id] = false
            let header = one.entry.header
            let answer =
                (header.sequence > 1 && excuse(header.previous))
                || ([one] + restOfGroup(of: one)).contains { other in
                    (log[other.dot].map { $0.id != other.id } ?? false)
                        || other.rows.contains { row in byRow[row].map(excuse) ?? false }
                }
            isExcused[id] = answer
            return answer
        }
        let missing = everything.values.filter { log[$0.dot]?.id != $0.id }.sorted { $0.dot < $1.dot }
        let without = missing.filter { !excuse($0.id) }.map(\.dot)
        return (without, missing.count - without.count)
    }
}
