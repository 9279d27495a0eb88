// A conflict as people work on it: values side by side, each side named by market, person and time.

import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct ConflictScreen {
    let report: ConflictReport
    let catalog: Catalog
    /// The record as the table shows it.
    var row: RecordRow?
    /// The record's entries by their ids: what an undo brought back is named by who wrote it first.
    var dots: [Digest: NamedDot] = [:]
    /// Whether personal columns are shown in full.
    var reveals = false

    /// With what only a screen of one conflict has room for.
    init(of report: ConflictReport, on node: LocalNode, reveals: Bool = false) throws {
        let record = report.conflict.record
        let history = try node.replica.history(of: record)
        self.init(
            report: report, catalog: node.catalog, row: try node.replica.record(record),
            dots: Dictionary(history.map { ($0.id, $0.dot) }) { first, _ in first })
        self.reveals = reveals
    }

    init(report: ConflictReport, catalog: Catalog, row: RecordRow? = nil, dots: [Digest: NamedDot] = [:]) {
        self.report = report
        self.catalog = catalog
        self.row = row
        self.dots = dots
    }

    private var conflict: Conflict { report.conflict }
    private var record: RecordID { conflict.record }

    private static let labelCellsMax = 36
    /// Room for a time and a gap: a column never gets narrower, and what does not fit beside goes below.
    private static let columnCellsMin = 21

    // MARK: A line of `conflicts list`

    static var listHead: [String] {
        [
            say("编号", "ID"), say("类型", "TYPE"), say("记录", "KEY"), say("单元", "UNIT"), say("各方", "SIDES"),
            say("发生于", "OPENED"),
        ]
    }

    var listRow: [String] {
        [
            Failure.shortID(report.id), record.type.string, record.key.string,
            catalog.label(ofUnit: conflict.unit, in: record.type),
            sides,
            Instant.local(conflict.openedMilliseconds),
        ]
    }

    /// `jiangsu ×2 ≠ shanghai`.
    private var sides: String {
        Dictionary(grouping: conflict.sides, by: \.stamp.market).sorted { $0.key < $1.key }
            .map { market, sides in sides.count == 1 ? market.name : "\(market) ×\(sides.count)" }
            .joined(separator: " ≠ ")
    }

    // MARK: `conflicts show`

    var lines: [String] {
        var facts = [
            [say("冲突", "conflict"), report.id.hex],
            [say("记录", "record"), catalog.title(of: record, in: row)],
            [say("单元", "unit"), catalog.label(ofUnit: conflict.unit, in: record.type)],
            [say("发生于", "opened"), Instant.local(conflict.openedMilliseconds)],
        ]
        if let follows = report.follows { facts.append([say("承接", "follows"), Failure.shortID(follows)]) }
        facts.append([say("可裁定者", "may resolve"), whoMayResolve])
        return Screen.facts(facts) + blocks.flatMap { [""] + $0 } + [""] + answer.map(Screen.safe)
    }

    private var whoMayResolve: String {
        guard WriteRule(unit: conflict.unit) == .home else { return say("任一市场", "any market") }
        return catalog.schema.record(record.type)?.home(ofKey: record.key)?.name ?? "–"
    }

    /// The commands to type next.
    private var answer: [String] {
        let id = report.id.hex.prefix(12)
        let choices =
            conflict.unit == UnitRule.existence
            ? "--keep | --delete"
            : say("--take 市场 | --take 编号 | --value '单元={…}'", "--take MARKET | --take DOT | --value 'UNIT={…}'")
        let history = say(
            "经过:yrdsync records history \(record.type) \(record.key)",
            "how it came: yrdsync records history \(record.type) \(record.key)")
        let command = say(
            "裁定:yrdsync conflicts resolve \(id) \(choices) --reason 理由",
            "to resolve: yrdsync conflicts resolve \(id) \(choices) --reason TEXT")
        return [history, command]
    }

    /// Sides with equal values share a column.
    private struct Column {
        let sides: [Conflict.Side]
        /// Nil: the common base.
        let value: Conflict.SideValue?
        let isShown: Bool
    }

    private var columns: [Column] {
        let byValue = Dictionary(grouping: conflict.sides, by: \.value)
        let sides = byValue.map { value, sides in
            Column(
                sides: sides.sorted { $1.stamp.isLater(than: $0.stamp) }, value: value,
                isShown: sides.contains { $0.stamp == conflict.shown })
        }
        return sides.sorted { left, right in
            left.isShown != right.isShown ? left.isShown : right.sides[0].stamp.isLater(than: left.sides[0].stamp)
        }
    }

    private var blocks: [[String]] {
        let base = report.base.map { [Column(sides: [], value: .unit($0), isShown: false)] } ?? []
        let all = base + columns
        let labels = valueLabels(all)
        let labelCells = min(Self.labelCellsMax, labels.map(Screen.width).max() ?? 0)
        let perBlock = max(1, (Terminal.columns - labelCells) / Self.columnCellsMin)
        return stride(from: 0, to: all.count, by: perBlock).map { start in
            block(Array(all[start..<min(start + perBlock, all.count)]), labels)
        }
    }

    private func block(_ columns: [Column], _ labels: [String]) -> [String] {
        let head: [[String]] = [
            [""]
                + columns.map { $0.isShown ? say("▶ 现示", "▶ shown now") : $0.sides.isEmpty ? say("此前", "before") : "" },
            [say("市场", "market")] + columns.map { perSide($0) { $0.stamp.market.name } },
            [say("经手人", "person")] + columns.map { perSide($0) { note(of: $0)?.author?.string ?? ValueText.nothing } },
            [say("时间", "time")] + columns.map { perSide($0) { Instant.local($0.stamp.timeMilliseconds) } },
            [say("变更集", "change set")]
                + columns.map { perSide($0) { report.dots[$0.stamp.id].map(DotPrefix.short) ?? "" } },
        ]
        let reasons = [say("理由", "reason")] + columns.map { perSide($0) { note(of: $0)?.reason?.string ?? "" } }
        let restored = [say("恢复自", "restores")] + columns.map { perSide($0, restoredEntry) }
        let notes = [restored, reasons].filter { $0.dropFirst().contains { !$0.allSatisfy(\.isNewline) } }
        let rows = head + notes + values(of: columns, labels)
        return Screen.foldedTable(rows, firstColumnMax: Self.labelCellsMax, width: Terminal.columns)
    }

    private func perSide(_ column: Column, _ text: (Conflict.Side) -> String) -> String {
        column.sides.map(text).joined(separator: "\n")
    }

    private func restoredEntry(_ side: Conflict.Side) -> String {
        guard let entry = note(of: side)?.undoneEntry else { return "" }
        return dots[entry].map(DotPrefix.short) ?? Failure.shortID(entry)
    }

    private func note(of side: Conflict.Side) -> Note? { report.notes[side.stamp.id] }

    private var unit: UnitRule? { catalog.schema.record(record.type)?.unit(conflict.unit) }

    /// Names of the unit's columns, those marked in which the values part.
    private func valueLabels(_ columns: [Column]) -> [String] {
        guard let unit else { return [say("记录", "record")] }
        let texts = ValueText(catalog, type: record.type)
        return unit.columns.indices.map { index in
            let differs = Set(columns.map { value(of: $0, index) }).count > 1
            return (differs ? "≠ " : "  ") + texts.label(ofColumn: unit.columns[index].name)
        }
    }

    private func values(of columns: [Column], _ labels: [String]) -> [[String]] {
        guard let unit else { return [labels + columns.map(existenceText)] }
        let texts = ValueText(catalog, type: record.type, reveals: reveals)
        return unit.columns.indices.map { index in
            [labels[index]] + columns.map { texts.text(value(of: $0, index), column: unit.columns[index].name) }
        }
    }

    private func value(of column: Column, _ index: Int) -> FieldValue {
        guard case .unit(let values) = column.value, index < values.count else { return .null }
        return values[index]
    }

    private func existenceText(_ column: Column) -> String {
        switch column.value {
        case .absent: say("删除", "deleted")
        case .present, .unit, nil: say("保留", "kept")
        }
    }
}
