// Writes the write-ahead log back beside everything else, so that no commit has to do it while somebody waits.

import Dispatch
import Synchronization

/// SQLite lets the commit that fills the log write it back: up to a thousand pages all over the file, and two flushes, in
/// the way of one row. A passive checkpoint on a connection of its own waits for nobody and holds up nobody
/// (https://sqlite.org/wal.html#avoiding_excessively_large_wal_files); after it the next commit begins the log anew.
package final class Checkpointer: Sendable {
    private struct Work: @unchecked Sendable {  // Used on the queue alone.
        let connection: SQLiteConnection
    }

    private let work: Work
    private let queue = DispatchQueue(label: "checkpoints")
    private let isBusy = Mutex(false)

    package init(path: String) throws {
        work = Work(connection: try SQLiteConnection(path: path))
    }

    /// Begins a checkpoint unless one is under way, and returns at once. What fails now is tried again next time; a log that
    /// stays long is written back by commits, as ever.
    package func run() {
        let isFree = isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFree else { return }
        queue.async { [self] in
            defer { isBusy.withLock { $0 = false } }
            try? work.connection.step {
                let checkpoint = try work.connection.statement("PRAGMA wal_checkpoint(PASSIVE)")
                while try checkpoint.step() {}
                checkpoint.reset()
            }
        }
    }

    /// Waits for the checkpoint that is under way, if there is one: afterwards nothing here holds a file open. Comes last.
    package func close() {
        queue.sync { try? work.connection.close() }
    }
}

extension SQLiteReplica {
    /// Where a `Checkpointer` runs: our own commits write the log back only when it has become four times as long as others'
    /// commits let it become.
    package func leaveCheckpoints() throws {
        try connection.step { try connection.leaveCheckpoints() }
    }
}

extension SQLiteConnection {
    func leaveCheckpoints() throws { _ = try cursor("PRAGMA wal_autocheckpoint = 4000").step() }
}
