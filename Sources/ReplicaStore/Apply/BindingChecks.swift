// Whether the entries of a batch are what their headers were signed with: hashed on another core, while portions before them
// are applied.

import Pipelining
package import SyncCore

/// The checks of a batch's entries, in their order.
package final class BindingChecks {
    /// Some entries together: to hand over each small one would cost more than to hash it.
    private typealias Piece = ArraySlice<Entry>

    private let stage: Stage<Piece, [Entry.BindingFault?]>
    private var made: [Entry.BindingFault?] = []
    private var used = 0

    private static let bytesInPiece = 64 << 10

    package init(of batch: Batch, _ hashing: Hashing) {
        stage = Stage("entry hashes", .any) { piece in piece.map { $0.bindingFault(hashing) } }
        for piece in Self.pieces(of: batch.entries) { stage.submit(piece) }
    }

    private static func pieces(of entries: [Entry]) -> [Piece] {
        var pieces: [Piece] = []
        var (start, bytes) = (0, 0)
        for (index, entry) in entries.enumerated() {
            bytes += entry.ops.count + entry.context.count
            guard bytes >= bytesInPiece || index == entries.count - 1 else { continue }
            pieces.append(entries[start...index])
            (start, bytes) = (index + 1, 0)
        }
        return pieces
    }

    /// Of the next entry; there must be one.
    package func faultOfNext() -> Entry.BindingFault? {
        while used == made.count {
            guard let piece = stage.take() else { preconditionFailure("a batch has no more entries") }
            (made, used) = (piece, 0)
        }
        defer { used += 1 }
        return made[used]
    }
}
