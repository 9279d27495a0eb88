// Rows, conflicts and digest made anew, from a log that means something else now.

import SyncCore

extension SQLiteReplica {
    /// Makes rows, conflicts and digest anew from the log, which means something else now, and names the records that a
    /// person should look at. Everything that is written here must be sealed.
    func foldAgain(_ transaction: ReplicaTransaction) throws {
        try transaction.finish()
        let rows = LocalRows(connection: connection, layout: layout)
        let shown = try rows.shown(transaction)
        try rows.keep()
        try LogReplay(connection: connection, layout: layout).replay(log, environment)
        try rows.putBack()
        try rows.follow(shown, try self.transaction())
        try WrittenOverVoid(transaction: transaction).find()
    }
}
