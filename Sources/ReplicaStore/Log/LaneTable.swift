// The origins this replica knows, numbered: causality as comparisons of small integers.

import SyncCore

/// An unforked run of one origin's entries.
struct Lane: Hashable {
    let number: Int
    let origin: Origin
    /// The lane this one branched off, and the last entry they share.
    let parent: Int?
    let forkSequence: UInt64
    var headSequence: UInt64
    var headID: Digest
    /// The context of the head entry.
    var context: [UInt8]
}

/// All lanes, as they stand inside one transaction. Read anew at the start of each: other processes write too.
struct LaneTable {
    private(set) var lanes: [Int: Lane] = [:]
    /// The lane of each origin. (Until branches are applied an origin has one.)
    private var numberByOrigin: [Origin: Int] = [:]

    init(_ connection: SQLiteConnection) throws {
        let query = try connection.statement(
            """
            SELECT lane, market, incarnation, parent_lane, fork_sequence, head_sequence, head_id, context
            FROM yrd_origin ORDER BY lane
            """)
        while try query.step() {
            guard let market = query.text(1).flatMap({ Market($0.string) }), let incarnation = ID16(query.blob(2)),
                let headID = query.digest(6)
            else { throw ReplicaDamage.unreadable(table: "yrd_origin", row: "lane \(query.integer(0))") }
            add(
                Lane(
                    number: Int(query.integer(0)), origin: Origin(market: market, incarnation: incarnation),
                    parent: query.isNull(3) ? nil : Int(query.integer(3)),
                    forkSequence: UInt64(query.integer(4)), headSequence: UInt64(query.integer(5)),
                    headID: headID, context: query.blob(7)))
        }
    }

    private mutating func add(_ lane: Lane) {
        lanes[lane.number] = lane
        numberByOrigin[lane.origin] = lane.number
    }

    func lane(of origin: Origin) -> Lane? { numberByOrigin[origin].flatMap { lanes[$0] } }

    subscript(number: Int) -> Lane {
        guard let lane = lanes[number] else { preconditionFailure("no lane \(number)") }
        return lane
    }

    /// What this replica has applied.
    var frontier: Frontier {
        Frontier(
            rows: lanes.values.filter { $0.headSequence > 0 }
                .map { Row(origin: $0.origin, sequence: $0.headSequence, idPrefix: $0.headID.prefix) })
    }

    /// The lane for an origin's next entry; a new one for a new origin.
    mutating func laneForAppending(_ origin: Origin) -> Lane {
        if let lane = lane(of: origin) { return lane }
        let lane = Lane(
            number: (lanes.keys.max() ?? 0) + 1, origin: origin, parent: nil, forkSequence: 0,
            headSequence: 0, headID: .zero, context: [])
        add(lane)
        return lane
    }

    mutating func advance(_ number: Int, to sequence: UInt64, id: Digest, context: [UInt8]) {
        lanes[number]!.headSequence = sequence
        lanes[number]!.headID = id
        lanes[number]!.context = context
    }

    /// As before the first entry of any origin, for folding the log again.
    mutating func rewind() {
        for number in lanes.keys { advance(number, to: 0, id: .zero, context: []) }
    }

    /// Writes the lanes that differ from `before`.
    func save(_ connection: SQLiteConnection, since before: LaneTable) throws {
        for lane in lanes.values.sorted(by: { $0.number < $1.number }) where before.lanes[lane.number] != lane {
            let upsert = try connection.statement(
                """
                INSERT INTO yrd_origin
                    (lane, market, incarnation, parent_lane, fork_sequence, head_sequence, head_id, context)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (lane) DO UPDATE SET
                    head_sequence = excluded.head_sequence, head_id = excluded.head_id, context = excluded.context
                """)
            upsert.bind(1, lane.number).bind(2, lane.origin.market!.name).bind(3, lane.origin.incarnation.bytes)
            if let parent = lane.parent { upsert.bind(4, parent) }
            upsert.bind(5, Int64(lane.forkSequence)).bind(6, Int64(lane.headSequence))
            upsert.bind(7, lane.headID).bind(8, lane.context)
            try upsert.run()
        }
    }

    /// What an entry of `origin` after `sequence - 1` has seen, if its context is this frontier.
    func visibility(of frontier: Frontier, origin: Origin, before sequence: UInt64) -> Visibility {
        var visibility = Visibility()
        for row in frontier.rows {
            if let lane = lane(of: row.origin) { see(lane, upTo: row.sequence, &visibility) }
        }
        if let own = lane(of: origin) { see(own, upTo: sequence - 1, &visibility) }
        return visibility
    }

    /// A branch has also seen its trunk up to the fork.
    private func see(_ lane: Lane, upTo sequence: UInt64, _ visibility: inout Visibility) {
        visibility.see(lane: lane.number, upTo: sequence)
        var child = lane
        while let parent = child.parent {
            visibility.see(lane: parent, upTo: child.forkSequence)
            child = self[parent]
        }
    }
}
