// A register is read on one core while the rows before are written on another.

import MarketCatalog
import Pipelining
import ReplicaStore

/// Hands over the rows of a register in their order. If it is dropped, the reading ends.
final class ReadAhead {
    /// Some rows, and how far the reader had come behind the last of them, in bytes.
    struct Piece {
        let rows: [Row]
        let position: Int
    }

    enum Row {
        case row(EncodedImportRow, warnings: [RowRefusal])
        case refused(RowRefusal)
    }

    private static let rowsInPiece = 256
    private static let piecesAhead = 8

    private let stage: Stage<Void, Piece?>

    init(_ reader: RegisterReader, _ encoding: ImportRowEncoding) {
        let source = Source(reader, encoding)
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
        private let encoding: ImportRowEncoding

        init(_ reader: RegisterReader, _ encoding: ImportRowEncoding) {
            self.reader = reader
            self.encoding = encoding
        }

        func read() -> Piece? {
            var rows: [Row] = []
            rows.reserveCapacity(ReadAhead.rowsInPiece)
            while rows.count < ReadAhead.rowsInPiece, let row = reader.next() {
                switch row {
                case .row(let row): rows.append(.row(encoding.encode(row), warnings: row.warnings))
                case .refused(let refusal): rows.append(.refused(refusal))
                }
            }
            return rows.isEmpty ? nil : Piece(rows: rows, position: reader.position)
        }
    }
}
