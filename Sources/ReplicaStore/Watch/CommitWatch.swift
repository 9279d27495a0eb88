// Notices at once, and not by a timer, that some other connection has committed to the replica.

import Foundation
import Synchronization

/// Watches the replica's files with inotify, and asks SQLite whether a commit stands.
///
/// A writer touches the file system *before* its commit: the pages go into `replica.sqlite-wal`, are fsynced, and the
/// commit then becomes visible in shared memory, of which no watch tells. So an event only says "look now"; what is looked
/// at is `PRAGMA data_version`, which changes exactly when another connection's commit has become visible
/// (https://sqlite.org/pragma.html#pragma_data_version), first after 50 µs and then ever more rarely for a second. The
/// folder is watched, not the file: a WAL is made, reset and removed as SQLite likes.
package final class CommitWatch: Sendable {
    /// One element, however many commits there were since the last was taken.
    package let commits: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let events: FolderEvents

    /// Where nobody waits for a commit, so often at most it is asked whether somebody does now.
    private static let idleRest = Duration.milliseconds(20)

    /// Throws `WatchUnavailable` where the system grants no watch.
    ///
    /// - Parameters:
    ///   - path: the replica's file.
    ///   - isWanted: whether anybody waits for commits at present. While nobody does, nothing is looked at and nothing told.
    package init(path: String, isWanted: @escaping @Sendable () -> Bool) throws {
        (commits, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        events = try FolderEvents(folder: file.deletingLastPathComponent().path, prefix: file.lastPathComponent)
        let connection = try SQLiteConnection(path: file.path)
        let thread = Thread { [watching = Watching(connection, isWanted), events, continuation] in
            watching.run(events, continuation)
            continuation.finish()
        }
        thread.name = "commits"
        thread.start()
    }

    deinit { stop() }

    /// Ends the thread, and the stream.
    package func stop() { events.stop() }

    /// What the thread owns.
    private struct Watching: @unchecked Sendable {  // Made on one thread, and from then on used by another alone.
        private let connection: SQLiteConnection
        /// What is committed from here on is told.
        private let versionAtStart: Int64?

        private let isWanted: @Sendable () -> Bool

        init(_ connection: SQLiteConnection, _ isWanted: @escaping @Sendable () -> Bool) {
            self.connection = connection
            self.isWanted = isWanted
            versionAtStart = Self.dataVersion(connection)
        }

        func run(_ events: FolderEvents, _ continuation: AsyncStream<Void>.Continuation) {
            defer { try? connection.close() }
            var version = versionAtStart
            var pace = LookPace()
            while true {
                switch events.wait(atMost: pace.pause) {
                case .stopped: return
                case .written:
                    if !isWanted() {
                        guard events.rest(CommitWatch.idleRest) else { return }
                        events.drain()
                        // Who came in the meantime has looked before it began to wait, and may have missed a commit since.
                        guard isWanted() else {
                            pace = LookPace()
                            continue
                        }
                    }
                    pace.restart()
                case .timeUp: pace.lookedInVain()
                }
                let now = Self.dataVersion(connection)
                guard now == nil || now != version else { continue }
                version = now
                continuation.yield()
                guard let rest = pace.told(isPending: Self.isPending(connection)) else { continue }
                guard events.rest(rest) else { return }
                events.drain()
            }
        }

        private static func isPending(_ connection: SQLiteConnection) -> Bool {
            (try? connection.step { try connection.hasPending() }) ?? true
        }

        /// Nil while it cannot be read, which is told like a commit: whoever looks will find out why.
        private static func dataVersion(_ connection: SQLiteConnection) -> Int64? {
            try? connection.step {
                let query = try connection.statement("PRAGMA data_version")
                defer { query.reset() }
                return try query.step() ? query.integer(0) : nil
            }
        }
    }
}

/// The system grants no watch: inotify is used up, forbidden or not there. The daemon then looks once a second.
package struct WatchUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}
