// One change for people: what was done, why, and the values it wrote.

import MarketCatalog
import SyncCore
import SyncNode

struct ChangeScreen {
    let catalog: Catalog
    var reveals = false

    func name(of change: Change, _ note: Note?) -> String {
        if note?.choice == .undo { return say("撤销裁定", "undid a resolution") }
        if note?.conflictID != nil { return say("裁定", "resolved") }
        return switch change.kind {
        case .create: say("新增", "created")
        case .update: say("修改", "changed")
        case .delete: say("删除", "deleted")
        case .keep: say("保留", "kept")
        }
    }

    /// Reason, what it answers, values, and what it left standing. Safe to print.
    func lines(_ change: Change, note: Note?) -> [String] {
        var rows: [[String]] = []
        if let conflict = note?.conflictID {
            let choice = note?.choice.map(ResolutionLine.name) ?? ""
            rows.append([say("冲突", "conflict"), "\(Failure.shortID(conflict))  \(choice)"])
        }
        if let reason = note?.reason { rows.append([say("理由", "reason"), reason.string]) }
        let texts = ValueText(catalog, type: change.record.type, reveals: reveals)
        for unit in change.units {
            let columns = catalog.schema.record(change.record.type)?.unit(unit.unit)?.columns.map(\.name)
            for (index, value) in unit.values.enumerated() {
                let name = columns.flatMap { index < $0.count ? $0[index] : nil }
                rows.append([
                    name.map(texts.label) ?? say("未知单元 \(unit.unit)", "unknown unit \(unit.unit)"),
                    name.map { texts.text(value, column: $0) } ?? ValueText.masked(ValueText.plain(value)),
                ])
            }
        }
        if !change.keeps.isEmpty {
            let count = change.keeps.count
            rows.append([say("未动", "left standing"), say("\(count) 个并存值", "concurrent values: \(count)")])
        }
        return Screen.facts(rows)
    }
}
