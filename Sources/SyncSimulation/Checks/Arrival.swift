// Bounded liveness: what must have arrived, wherever an origin forked.

package import SyncCore

/// Everything that any replica of a federation holds.
package struct Arrival {
    private let everything: [Digest: ExportedEntry]

    /// - Parameter logs: of every honest node.
    package init(_ logs: [ExportedLog]) {
        var everything: [Digest: ExportedEntry] = [:]
        for entry in logs.flatMap(\.entries) { everything[entry.id] = entry }
        self.everything = everything
    }

    package var count: Int { everything.count }

    package func contains(_ id: Digest) -> Bool { everything[id] != nil }

    /// What a replica lacks: both branches of a fork are everybody's.
    package func missing(in log: ExportedLog) -> [Dot] {
        everything.values.filter { !log.contains($0.id) }.map(\.dot).sorted()
    }
}
