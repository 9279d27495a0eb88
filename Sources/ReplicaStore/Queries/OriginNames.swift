// How the branches of forked origins are called: the same on every node that knows the same change sets.

package import SyncCore

/// Names entries of one snapshot. An origin that has not forked costs nothing.
package struct OriginNames: Sendable {
    /// Of forked origins only.
    private let lanes: LaneTree
    /// The stretches of a lane between forks, ascending: where each begins, and how its branch is called.
    private let stretches: [Int: [(start: UInt64, branch: String?)]]
    /// The lane of every entry of a forked origin that does not stand before the first fork.
    private let laneByRow: [Row: Int]

    package static let branchDigits = 8

    init(_ transaction: ReplicaTransaction) throws {
        let log = transaction.log
        var lanes = LaneTree()
        var stretches: [Int: [(start: UInt64, branch: String?)]] = [:]
        var laneByRow: [Row: Int] = [:]
        for origin in transaction.lanes.forkedOrigins {
            let all = transaction.lanes.lanes(of: origin)
            let roots = all.filter { $0.parent == nil }.count
            for lane in all {
                lanes.add(lane)
                let forks = Set(all.filter { $0.parent == lane.number }.map(\.forkSequence))
                let isTrunk = lane.parent == nil && roots == 1
                let starts = [lane.forkSequence + 1] + forks.sorted().map { $0 + 1 }
                stretches[lane.number] = try starts.enumerated().map { index, start in
                    guard index > 0 || !isTrunk else { return (start, nil) }
                    let id = try log.id(lane: lane.number, sequence: start)
                    return (start, id.map { String($0.hex.prefix(Self.branchDigits)) })
                }
                let first = isTrunk ? (forks.min() ?? 0) + 1 : lane.forkSequence + 1
                guard first <= lane.headSequence else { continue }
                for sequence in first...lane.headSequence {
                    guard let id = try log.id(lane: lane.number, sequence: sequence) else { continue }
                    laneByRow[Row(origin: origin, sequence: sequence, idPrefix: id.prefix)] = lane.number
                }
            }
        }
        (self.lanes, self.stretches, self.laneByRow) = (lanes, stretches, laneByRow)
    }

    /// The name of the entry that a row names.
    package func name(_ row: Row) -> NamedDot {
        NamedDot(row.dot, branch: laneByRow[row].flatMap { branch(of: row.sequence, on: $0) })
    }

    /// The name of the entry of a number on the way to the one that a row names, as keeps give it.
    package func name(ofNumber sequence: UInt64, onTheWayTo row: Row) -> NamedDot {
        let dot = Dot(origin: row.origin, sequence: sequence)
        guard let lane = laneByRow[row] else { return NamedDot(dot, branch: nil) }
        return NamedDot(dot, branch: branch(of: sequence, on: lanes.holder(of: sequence, on: lane)))
    }

    private func branch(of sequence: UInt64, on lane: Int) -> String? {
        stretches[lane]?.last { $0.start <= sequence }?.branch
    }
}

extension SQLiteReplica {
    package func originNames() throws -> OriginNames { try glance { try $0.originNames() } }

    /// How the last entries of an origin's branches are called, ascending.
    package func branchNames(of origin: Origin) throws -> [NamedDot] {
        try glance { transaction in
            let names = try transaction.originNames()
            return transaction.lanes.lanes(of: origin).filter { $0.headSequence > 0 }.map { names.name($0.headRow) }
                .sorted()
        }
    }
}
