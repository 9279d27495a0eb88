// The trust roots that a majority has signed, one after another: each says where the lying member's incarnation ends.

import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

/// Every version that was ever signed, from 1; a node has adopted so many of them as its replica says.
final class FederationRoots {
    private(set) var versions: [[Closure]] = []

    var newest: UInt64 { UInt64(versions.count) }

    func sign(_ closures: [Closure]) { versions.append(closures) }

    func closures(_ version: UInt64) -> [Closure] { version == 0 ? [] : versions[Int(version) - 1] }
}

extension SimulatedNode {
    /// The version that this node has adopted; 0 before the first. It goes back with the file.
    func rootVersion() throws -> UInt64 { try replica.trustRoot().map { UInt64($0.count) } ?? 0 }

    /// Adopts what a peer shows, version after version. Each may be the last before the process dies.
    func follow(_ roots: FederationRoots, upTo version: UInt64) throws {
        let adopted = try rootVersion()
        guard adopted < version else { return }
        for next in (adopted + 1)...version {
            try recoverIfRolledBack()
            // The document's length tells its version: nothing in a simulation reads it.
            try replica.adopt(
                root: Array(repeating: 0, count: Int(next)), after: next - 1,
                ClosuresInForce(version: next, closures: roots.closures(next)), signer)
            try raiseFence()
        }
    }
}

extension Simulation {
    /// The next root: the liar's incarnation ends at entries that some node has, at nothing, or not any more.
    mutating func close(at node: SimulatedNode) throws -> String {
        guard let liar else { return "nobody lies" }
        let entries = try node.export().entries.filter { $0.market == liar.market && !$0.entry.header.groupContinues }
        guard !entries.isEmpty else { return "nothing of the liar's is here" }
        let ends = (0..<generator.pick(3)).map { _ in generator.pick(from: entries) }
        let closure = Closure(
            origin: entries[0].dot.origin,
            ends: Set(ends.map { EntryPlace(sequence: $0.dot.sequence, id: $0.id) }))
        roots.sign(generator.chance(percent: 15) ? [] : [closure])
        try follow(node, upTo: roots.newest)
        return "\(roots.newest), \(closure.ends.map(\.sequence))"
    }

    mutating func follow(_ node: SimulatedNode, upTo version: UInt64) throws {
        do {
            try node.follow(roots, upTo: version)
        } catch let death as ProcessDied {
            try ledger.observe(node, hasSealed: false)
            throw death
        }
        // One that closes what is closed anyway seals nothing.
        try ledger.observe(node, hasSealed: false)
        tally.count("trust root adopted")
    }

    /// Whether an entry counts under a root: it leads to a last one. What leads to none that has arrived may still.
    ///
    /// - Parameter author: whose log is meant, as it was when this entry was sealed; nil for all of it.
    func counts(
        _ one: ExportedEntry, in log: ExportedLog, under version: UInt64, seenBy author: ExportedEntry? = nil
    ) -> Bool {
        guard let closure = roots.closures(version).first(where: { $0.origin == one.dot.origin }) else { return true }
        return closure.ends.contains { end in
            let row = Row(origin: closure.origin, sequence: end.sequence, idPrefix: end.id.prefix)
            guard let last = log.entry(end.id), author.map({ log.sees($0, last) }) ?? true else {
                return one.dot.sequence < end.sequence
            }
            return log.leads(row, to: one)
        }
    }

    /// Whether an entry had an effect in the eyes of an author.
    func wasEffective(_ one: ExportedEntry, for author: ExportedEntry, in log: ExportedLog) -> Bool {
        guard let (_, fate) = liar?.fates[one.id] else { return one.fault == nil }
        if case .faulty = fate { return false }
        return counts(one, in: log, under: author.entry.header.trustRootVersion, seenBy: author)
    }
}
