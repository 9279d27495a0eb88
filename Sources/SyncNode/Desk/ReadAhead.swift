// A register is read on one core while the rows before are written on another.

import Foundation
import MarketCatalog

/// Hands over the rows of a register in their order. If it is dropped, the reading ends.
final class ReadAhead {
    /// Some rows, and how far the reader had come behind the last of them, in bytes.
    struct Piece {
        let rows: [RegisterRow]
        let position: Int
    }

    private static let rowsInPiece = 256
    private static let piecesAhead = 8

    private let queue: Queue

    init(_ reader: RegisterReader) {
        queue = Queue(reader)
        let thread = Thread { [queue] in queue.fill() }
        thread.name = "register reader"
        thread.start()
    }

    deinit { queue.close() }

    /// The next rows; nil at the end of the register.
    func next() -> Piece? { queue.take() }

    private final class Queue: @unchecked Sendable {  // The reader is one thread's; the rest is under the lock.
        private var reader: RegisterReader
        private let condition = NSCondition()
        private var pieces: [Piece] = []
        private var isAtEnd = false
        private var isClosed = false

        init(_ reader: RegisterReader) {
            self.reader = reader
        }

        func fill() {
            var piece: Piece? = read()
            while let full = piece, put(full) { piece = read() }
            condition.withLock {
                isAtEnd = true
                condition.signal()
            }
        }

        private func read() -> Piece? {
            var rows: [RegisterRow] = []
            rows.reserveCapacity(ReadAhead.rowsInPiece)
            while rows.count < ReadAhead.rowsInPiece, let row = reader.next() { rows.append(row) }
            return rows.isEmpty ? nil : Piece(rows: rows, position: reader.position)
        }

        /// Waits for room. False if nobody takes any more.
        private func put(_ piece: Piece) -> Bool {
            condition.withLock {
                while pieces.count == ReadAhead.piecesAhead, !isClosed { condition.wait() }
                guard !isClosed else { return false }
                pieces.append(piece)
                condition.signal()
                return true
            }
        }

        func take() -> Piece? {
            condition.withLock {
                while pieces.isEmpty, !isAtEnd { condition.wait() }
                guard !pieces.isEmpty else { return nil }
                condition.signal()
                return pieces.removeFirst()
            }
        }

        func close() {
            condition.withLock {
                isClosed = true
                condition.signal()
            }
        }
    }
}
