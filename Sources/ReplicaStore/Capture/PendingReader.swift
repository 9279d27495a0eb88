// What is pending is read and encoded on another core while what was read before is sealed.

import Foundation
import Pipelining
import SyncCore

/// Walks over what is pending on a connection of its own. While the sealing transaction has the write lock and has written
/// nothing yet, whoever begins to read sees what it sees; and of each record it writes only when that has been read.
/// Confined to one owner, who closes it before his transaction ends.
final class PendingReader {
    private let source: Source
    private let stage: Stage<Void, Result<PendingPiece?, any Error>>

    /// More than a change set's records: they are read while the one before takes its effect.
    private static let piecesAhead = 20

    /// - Parameter transaction: the sealing one, which must not have written anything.
    init(beside transaction: ReplicaTransaction, _ environment: ReplicaEnvironment) throws {
        let source = try Source(beside: transaction, environment)
        self.source = source
        stage = Stage("pending reader", .serial) { source.read() }
        for _ in 0..<Self.piecesAhead { stage.submit(()) }
    }

    /// The next records; nil at the end.
    func next() throws -> PendingPiece? {
        guard let piece = stage.take() else { preconditionFailure("nobody reads ahead") }
        stage.submit(())
        return try piece.get()
    }

    /// Waits for the reading that is under way: afterwards nothing here holds a file open.
    func close() { source.close() }

    /// `@unchecked`: used under its lock alone.
    private final class Source: @unchecked Sendable {
        private let lock = NSLock()
        private let connection: SQLiteConnection
        /// Nil once closed.
        private var rows: PendingRows?

        init(beside transaction: ReplicaTransaction, _ environment: ReplicaEnvironment) throws {
            let connection = try SQLiteConnection(path: transaction.connection.path, role: .reader)
            self.connection = connection
            rows = try connection.step {
                try connection.execute("BEGIN")
                try connection.followRestKey(environment.restCipher)
                return PendingRows(
                    try ReplicaTransaction(
                        connection, log: EntryLog(connection), market: transaction.layout.market,
                        layout: transaction.layout, environment: environment),
                    hasUnsealed: false)
            }
        }

        func read() -> Result<PendingPiece?, any Error> {
            lock.withLock {
                guard let rows else { return .success(nil) }
                return Result { try connection.step { try rows.next() } }
            }
        }

        func close() {
            lock.withLock {
                rows = nil
                try? connection.close()
            }
        }
    }
}
