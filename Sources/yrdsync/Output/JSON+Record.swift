// Records in JSON: values as they are stored, never the columns that do not leave the node.

import MarketCatalog
import ReplicaStore
import SyncCore

extension JSON {
    /// `records export --format json`.
    init(_ row: RecordRow, of type: RecordType) {
        self = .object(Self.fields(row, of: type))
    }

    /// `records get` and `records list`.
    init(_ row: RecordRow, of type: RecordType, conflicts: [Digest]) {
        self = .object(
            Self.fields(row, of: type) + [("conflicts", .array(conflicts.sorted().map { .string($0.hex) }))])
    }

    /// Every column of the catalog, in its order.
    private static func fields(_ row: RecordRow, of type: RecordType) -> [(String, JSON)] {
        let values = type.columns.filter { $0.unit != nil }.map { ($0.name, JSON(row.values[$0.name] ?? .null)) }
        return [("type", .string(type.name)), ("key", .string(row.key.string)), ("values", .object(values))]
    }
}
