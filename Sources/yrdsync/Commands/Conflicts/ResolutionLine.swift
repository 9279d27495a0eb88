// What `resolve` says of one conflict.

import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

enum ResolutionLine {
    static func json(
        _ report: ConflictReport, _ catalog: Catalog, result: String, _ resolved: ResolvedConflict? = nil,
        code: String? = nil
    ) -> JSON {
        let conflict = report.conflict
        return .object([
            ("id", .string(report.id.hex)), ("type", .string(conflict.record.type.string)),
            ("key", .string(conflict.record.key.string)),
            ("unit", .string(catalog.name(ofUnit: conflict.unit, in: conflict.record.type))),
            ("result", .string(result)), ("choice", .optional(resolved?.choice.rawValue)),
            ("origin", .optional(resolved?.dot.origin.description)),
            ("seq", resolved.map { .number($0.dot.sequence) } ?? .null), ("code", .optional(code)),
        ])
    }

    static func name(of choice: ResolutionChoice) -> String {
        switch choice {
        case .take: say("取一方之值", "one side's value")
        case .value: say("另定之值", "a value of its own")
        case .keep: say("保留", "kept")
        case .delete: say("删除", "deleted")
        case .undo: say("撤销", "undone")
        }
    }
}
