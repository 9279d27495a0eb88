// What merge must know of the entry that wrote a sibling.

/// The place of an entry in a replica, and what orders it among concurrent ones.
package struct EntryStamp: Hashable, Sendable {
    /// The replica's local order of application, from 1; a handle, never compared between nodes.
    package let number: Int64
    /// The origin (or branch of one) in this replica's numbering; see `Visibility`.
    package let lane: Int
    package let sequence: UInt64
    package let id: Digest
    package let market: Market
    package let timeMilliseconds: Int64

    package init(
        number: Int64, lane: Int, sequence: UInt64, id: Digest, market: Market, timeMilliseconds: Int64
    ) {
        self.number = number
        self.lane = lane
        self.sequence = sequence
        self.id = id
        self.market = market
        self.timeMilliseconds = timeMilliseconds
    }

    /// Whether this one is the later by (time, market, id): the order of shown values and of `latest` (rules 4 and 5).
    package func isLater(than other: EntryStamp) -> Bool {
        (timeMilliseconds, market, id) > (other.timeMilliseconds, other.market, other.id)
    }
}

/// What a change set has seen, resolved to one replica's lanes.
///
/// A lane is an unforked run of one origin's entries. A row that names an entry of a branch also sees the part of the
/// trunk below the fork; resolving that once, here, makes "sees" a comparison of two numbers.
package struct Visibility: Hashable, Sendable {
    private var sequenceByLane: [UInt64]

    package init() {
        sequenceByLane = []
    }

    package mutating func see(lane: Int, upTo sequence: UInt64) {
        if lane >= sequenceByLane.count {
            sequenceByLane += Array(repeating: 0, count: lane + 1 - sequenceByLane.count)
        }
        sequenceByLane[lane] = max(sequenceByLane[lane], sequence)
    }

    package func sees(lane: Int, _ sequence: UInt64) -> Bool {
        lane < sequenceByLane.count && sequenceByLane[lane] >= sequence
    }

    /// How far a lane is seen, 0 if not at all.
    package func sequence(of lane: Int) -> UInt64 { lane < sequenceByLane.count ? sequenceByLane[lane] : 0 }

    package func sees(_ stamp: EntryStamp) -> Bool { sees(lane: stamp.lane, stamp.sequence) }
}

/// A keep, resolved to one replica's lanes.
package struct KeptSibling: Hashable, Sendable {
    package let unit: UnitNumber
    package let lane: Int
    package let sequence: UInt64

    package init(unit: UnitNumber, lane: Int, sequence: UInt64) {
        self.unit = unit
        self.lane = lane
        self.sequence = sequence
    }
}
