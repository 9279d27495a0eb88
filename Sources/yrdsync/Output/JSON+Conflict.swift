// A conflict in JSON, the same shape wherever one is printed.

import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

extension JSON {
    init(_ report: ConflictReport, _ catalog: Catalog) {
        let conflict = report.conflict
        let type = conflict.record.type
        let shown = conflict.sides.first { $0.stamp == conflict.shown }?.value ?? .present
        self = .object([
            ("id", .string(report.id.hex)), ("type", .string(type.string)),
            ("key", .string(conflict.record.key.string)),
            ("unit", .string(catalog.name(ofUnit: conflict.unit, in: type))),
            ("siblings", .array(conflict.sides.map { Self.side($0, of: report, catalog) })),
            ("shown", Self.value(shown, of: conflict, catalog)),
            (
                "base",
                report.base.flatMap { catalog.columns(of: $0, ofUnit: conflict.unit, in: type) }
                    .map { JSON(columns: $0) } ?? .null
            ),
            ("opened", .string(Instant.utc(conflict.openedMilliseconds))),
        ])
    }

    private static func side(_ side: Conflict.Side, of report: ConflictReport, _ catalog: Catalog) -> JSON {
        let note = report.notes[side.stamp.id]
        return .object([
            ("market", .string(side.stamp.market.name)),
            ("origin", .optional(report.dots[side.stamp.id]?.originText)),
            ("seq", .number(side.stamp.sequence)), ("id", .string(side.stamp.id.hex)),
            ("time", .integer(side.stamp.timeMilliseconds)), ("author", .optional(note?.author?.string)),
            ("reason", .optional(note?.reason?.string)),
            ("value", value(side.value, of: report.conflict, catalog)),
        ])
    }

    private static func value(_ value: Conflict.SideValue, of conflict: Conflict, _ catalog: Catalog) -> JSON {
        switch value {
        case .present: .string("present")
        case .absent: .string("absent")
        case .unit(let values):
            catalog.columns(of: values, ofUnit: conflict.unit, in: conflict.record.type).map { JSON(columns: $0) }
                ?? .array(values.map { JSON($0) })
        }
    }
}
