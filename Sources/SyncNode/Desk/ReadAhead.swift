// A register is read on one core while the rows before are written on another.

import MarketCatalog
import Pipelining

/// Hands over the rows of a register in their order. If it is dropped, the reading ends.
final class ReadAhead {
    /// Some rows, and how far the reader had come behind the last of them, in bytes.
    struct Piece {
        let rows: [RegisterRow]
        let position: Int
    }

    private static let rowsInPiece = 256
    private static let piecesAhead = 8

    private let stage: Stage<Void, Piece?>

    init(_ reader: RegisterReader) {
        let source = Source(reader)
        stage = Stage("register reader", .serial) { source.read() }
        for _ in 0..<Self.piecesAhead { stage.submit(()) }
    }

    /// The next rows; nil at the end of the register.
    func next() -> Piece? {
        guard case .some(.some(let piece)) = stage.take() else { return nil }
        stage.submit(())
        return piece
    }

    /// `@unchecked`: the stage is serial, so one read ends before the next begins, on whatever thread.
    private final class Source: @unchecked Sendable {
        private var reader: RegisterReader

        init(_ reader: RegisterReader) {
            self.reader = reader
        }

        func read() -> Piece? {
            var rows: [RegisterRow] = []
            rows.reserveCapacity(ReadAhead.rowsInPiece)
            while rows.count < ReadAhead.rowsInPiece, let row = reader.next() { rows.append(row) }
            return rows.isEmpty ? nil : Piece(rows: rows, position: reader.position)
        }
    }
}
