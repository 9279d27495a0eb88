// What is pending, record by record, each with its op where that follows from its row.

import SyncCore

/// Some of the records that local clients have written since the last seal.
struct PendingPiece: Sendable {
    struct Record: Sendable {
        let id: RecordID
        /// Nil if there is more to decide: the ordinary way.
        let op: [UInt8]?
    }

    var records: [Record] = []
}

/// One walk over what is pending, in the order of types and keys, in which changes stand in a change set.
final class PendingRows {
    private let transaction: ReplicaTransaction
    private let history: PlainHistory?
    private var tables: ArraySlice<SyncedTable>
    private var walk: Walk?

    /// Over one table.
    private struct Walk {
        let type: Text
        let keys: PreparedStatement
        let encoder: PlainRowEncoder?
    }

    private static let recordsInPiece = 256
    private static let opBytesInPiece = 256 << 10

    /// - Parameter hasUnsealed: whether some write could not be sealed before: then every record goes the ordinary way.
    init(_ transaction: ReplicaTransaction, hasUnsealed: Bool) {
        self.transaction = transaction
        history = hasUnsealed ? nil : PlainHistory(transaction)
        tables = transaction.layout.tablesInOrder[...]
    }

    deinit { walk?.keys.reset() }

    /// The next records; nil at the end.
    func next() throws -> PendingPiece? {
        var piece = PendingPiece()
        var bytes = 0
        while piece.records.count < Self.recordsInPiece, bytes < Self.opBytesInPiece {
            guard let walk = try walk ?? beginTable() else { break }
            guard try walk.keys.step() else {
                walk.keys.reset()
                self.walk = nil
                continue
            }
            guard let key = walk.keys.text(0) else { continue }
            let op = try walk.encoder?.op(of: key)
            bytes += op?.count ?? 0
            piece.records.append(.init(id: RecordID(type: walk.type, key: key), op: op))
        }
        return piece.records.isEmpty ? nil : piece
    }

    private func beginTable() throws -> Walk? {
        guard let table = tables.popFirst() else { return nil }
        let encoder = try history.map { try PlainRowEncoder(table, transaction, $0) }
        let keys = try transaction.connection.statement(
            "SELECT DISTINCT key FROM yrd_pending WHERE type = ?1 ORDER BY key")
        keys.bind(1, table.typeID)
        let walk = Walk(type: Text(table.rule.type), keys: keys, encoder: encoder)
        self.walk = walk
        return walk
    }
}
