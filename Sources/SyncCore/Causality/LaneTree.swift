// The origins that a replica knows and their branches, numbered: causality as comparisons of small integers.

/// An unforked run of one origin's entries, in one replica's numbering.
///
/// Of a forked origin the branch that came first goes on in the trunk's lane, every other one is a lane that left it. Two
/// replicas may number and cut the same tree differently; what they say to others (rows, names) does not depend on it.
package struct Lane: Hashable, Sendable {
    package let number: Int
    package let origin: Origin
    /// The lane that holds the last entry that this one shares with it; nil for one that begins at sequence 1.
    package let parent: Int?
    /// The sequence of that entry, 0 if there is none. Every entry of the lane stands above it.
    package let forkSequence: UInt64
    package var headSequence: UInt64
    package var headID: Digest
    /// The context of the last entry up to the head that was not faulty, encoded; empty if there is none.
    package var context: [UInt8]

    package init(
        number: Int, origin: Origin, parent: Int? = nil, forkSequence: UInt64 = 0, headSequence: UInt64 = 0,
        headID: Digest = .zero, context: [UInt8] = []
    ) {
        self.number = number
        self.origin = origin
        self.parent = parent
        self.forkSequence = forkSequence
        self.headSequence = headSequence
        self.headID = headID
        self.context = context
    }

    package var headRow: Row { Row(origin: origin, sequence: headSequence, idPrefix: headID.prefix) }

    /// Whether the entry of that number on this lane's path is the lane's own, not its trunk's.
    package func holds(_ sequence: UInt64) -> Bool { sequence > forkSequence && sequence <= headSequence }
}

/// All lanes of a replica.
package struct LaneTree: Hashable, Sendable {
    package private(set) var lanes: [Int: Lane] = [:]
    private var numbersByOrigin: [Origin: [Int]] = [:]

    package init() {}

    package mutating func add(_ lane: Lane) {
        lanes[lane.number] = lane
        numbersByOrigin[lane.origin, default: []].append(lane.number)
    }

    package mutating func advance(_ number: Int, to sequence: UInt64, id: Digest, context: [UInt8]) {
        lanes[number]!.headSequence = sequence
        lanes[number]!.headID = id
        lanes[number]!.context = context
    }

    /// The lane in which an origin's next entry goes on: that of its predecessor, or, if another entry follows that one
    /// there, a new one that leaves it. Nil if the predecessor is not applied.
    package mutating func laneForAppending(
        _ origin: Origin, sequence: UInt64, after previous: Digest,
        id: (_ lane: Int, _ sequence: UInt64) throws -> Digest?
    ) rethrows -> Lane? {
        let all = lanes(of: origin)
        if let lane = all.first(where: { $0.headSequence + 1 == sequence && $0.headID == previous }) { return lane }
        let shared = sequence - 1
        let parent = try all.first { lane in
            guard lane.holds(shared) else { return false }
            return try id(lane.number, shared) == previous
        }
        guard shared == 0 || parent != nil else { return nil }
        let lane = Lane(number: nextNumber, origin: origin, parent: parent?.number, forkSequence: shared)
        add(lane)
        return lane
    }

    package subscript(number: Int) -> Lane {
        guard let lane = lanes[number] else { preconditionFailure("no lane \(number)") }
        return lane
    }

    /// In the order in which they were begun: one, or one for each branch.
    package func lanes(of origin: Origin) -> [Lane] { (numbersByOrigin[origin] ?? []).map { self[$0] } }

    package func isForked(_ origin: Origin) -> Bool { (numbersByOrigin[origin]?.count ?? 0) > 1 }

    /// Ascending.
    package var forkedOrigins: [Origin] { numbersByOrigin.filter { $1.count > 1 }.map(\.key).sorted() }

    package var nextNumber: Int { (lanes.keys.max() ?? 0) + 1 }

    /// What this replica has applied: the last entry of every branch. A lane's head is never inside another lane's path,
    /// since the first entry that follows it goes on in that lane.
    package var frontier: Frontier {
        Frontier(rows: lanes.values.filter { $0.headSequence > 0 }.map(\.headRow))
    }

    /// The lane that holds an entry on the path of another one: a branch's path begins with its trunk.
    package func holder(of sequence: UInt64, on number: Int) -> Int {
        var lane = self[number]
        while sequence <= lane.forkSequence, let parent = lane.parent { lane = self[parent] }
        return lane.number
    }

    /// The lane that holds the entry which a row names; nil if no such entry is applied.
    package func lane(of row: Row, id: (_ lane: Int, _ sequence: UInt64) throws -> Digest?) rethrows -> Int? {
        for lane in lanes(of: row.origin) where lane.holds(row.sequence) {
            let standing =
                row.sequence == lane.headSequence ? lane.headID : try id(lane.number, row.sequence)
            if standing?.prefix == row.idPrefix { return lane.number }
        }
        return nil
    }

    /// The same for a row that is known to be applied: an origin without branches needs no look at the log.
    package func lane(ofApplied row: Row, id: (_ lane: Int, _ sequence: UInt64) throws -> Digest?) rethrows -> Int? {
        if let numbers = numbersByOrigin[row.origin], numbers.count == 1 { return numbers[0] }
        return try lane(of: row, id: id)
    }

    /// Whoever has seen an entry has seen its lane up to it, and the trunk up to the fork.
    package func see(_ number: Int, upTo sequence: UInt64, _ visibility: inout Visibility) {
        visibility.see(lane: number, upTo: sequence)
        var lane = self[number]
        while let parent = lane.parent {
            visibility.see(lane: parent, upTo: lane.forkSequence)
            lane = self[parent]
        }
    }
}
