// Lanes as they stand in `yrd_origin`, inside one transaction.

import SyncCore

extension LaneTree {
    /// Read anew at the start of each transaction: other processes write too.
    init(_ connection: SQLiteConnection) throws {
        self.init()
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

    /// As before the first entry of any lane, for folding the log again.
    mutating func rewind() {
        for number in lanes.keys { advance(number, to: 0, id: .zero, context: []) }
    }

    /// Writes the lanes that differ from `before`.
    func save(_ connection: SQLiteConnection, since before: LaneTree) throws {
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
}
