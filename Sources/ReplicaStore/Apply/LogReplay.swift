// Everything that is derived, made anew from the log: what a replica would hold that had today's catalog from the start.

import SyncCore

/// Empties what is a function of the log, and folds the log again, entry by entry, in this replica's order of application.
/// The log itself, what waits, findings, and the columns that never leave the node stay as they are.
struct LogReplay {
    let connection: SQLiteConnection
    let layout: ReplicaLayout

    /// In a transaction of its own kind, inside the caller's: lanes and digest are read after they were emptied.
    func replay(_ log: EntryLog, _ environment: ReplicaEnvironment) throws {
        try clear()
        let transaction = try ReplicaTransaction(
            connection, log: log, market: layout.market, layout: layout, environment: environment)
        try run(transaction)
        try transaction.finish()
    }

    private func clear() throws {
        for table in layout.tablesInOrder { try connection.execute("DELETE FROM \(table.rule.type)") }
        try connection.execute("DROP TABLE IF EXISTS temp.yrd_quarantine_before")
        try connection.execute(
            """
            CREATE TEMP TABLE yrd_quarantine_before AS SELECT * FROM yrd_quarantine AS q
            WHERE q.class IN ('faulty', 'forbidden', 'void') AND EXISTS
                (SELECT 1 FROM yrd_entry AS e WHERE e.id = q.id)
            """)
        try connection.execute(
            "DELETE FROM yrd_quarantine WHERE number IN (SELECT number FROM temp.yrd_quarantine_before)")
        for table in ["yrd_record", "yrd_conflict", "yrd_crowded", "yrd_parked", "yrd_digest"] {
            try connection.execute("DELETE FROM \(table)")
        }
    }

    private func run(_ transaction: ReplicaTransaction) throws {
        // What counts of a closed origin is seen from the end of the log.
        let fold = EntryFold(transaction, try ClosureRule(transaction))
        transaction.lanes.rewind()
        var outcomes: [(number: Int64, changes: Int, fault: String?)] = []
        try transaction.log.forEach { stored in
            let outcome = try fold.refold(stored)
            guard outcome.fault?.code != stored.fault else { return }
            outcomes.append((stored.number, outcome.changes, outcome.fault?.code))
        }
        for outcome in outcomes { try transaction.log.setOutcome(of: outcome.number, outcome.changes, outcome.fault) }
        // Who delivered a faulty entry, and when, is remembered.
        try connection.execute(
            """
            UPDATE yrd_quarantine AS q SET (peer, first_seen) =
                (SELECT b.peer, b.first_seen FROM temp.yrd_quarantine_before AS b WHERE b.id = q.id AND b.code = q.code)
            WHERE EXISTS (SELECT 1 FROM temp.yrd_quarantine_before AS b WHERE b.id = q.id AND b.code = q.code)
            """)
        try connection.execute("DROP TABLE temp.yrd_quarantine_before")
    }
}
