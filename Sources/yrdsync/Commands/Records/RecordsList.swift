// `records list`: records of one type, as the table shows them.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct RecordsList: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: say("列出一类记录", "list the records of a type"),
            discussion: say(
                "屏幕上最多列 \(screenLimit) 条(--limit 另定);--json 不限。",
                "A screen gets \(screenLimit) at most, unless --limit says otherwise; --json gets all."))
    }

    private static let screenLimit = 100

    @OptionGroup var common: CommonOptions

    @Argument(help: RecordsCommand.typeHelp)
    var type: String

    @Option(help: ArgumentHelp(say("最多几条", "at most so many"), valueName: "n"))
    var limit: Int?

    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp(
            say("只列此列为此值的;代码可写名称;可重复,须同时成立", "only those whose column has this value; may be repeated, all must hold"),
            valueName: "column=value"))
    var conditions: [String] = []

    func perform() async throws -> ExitStatus {
        if let limit, limit < 1 {
            throw NodeError(.usage, code: "bad_limit", say("--limit 至少为 1", "--limit is at least 1"))
        }
        let node = try common.open()
        let recordType = try node.catalog.requestedType(type)
        let wanted = try conditions.map { try recordType.condition($0, node.catalog) }
        if common.json {
            try printJSON(recordType, wanted, node.replica)
        } else {
            try printTable(recordType, wanted, node)
        }
        return .done
    }

    private func printJSON(_ type: RecordType, _ wanted: [ColumnCondition], _ replica: SQLiteReplica) throws {
        let conflicts = try replica.openConflictIDs(of: type.name)
        let stream = try DataStream()
        try replica.forEachRecord(of: type.name, where: wanted, limit: limit) { row in
            try stream.write(line: JSON(row, of: type, conflicts: conflicts[row.key] ?? []).line)
        }
        try stream.finish()
    }

    private func printTable(_ type: RecordType, _ wanted: [ColumnCondition], _ node: LocalNode) throws {
        let limit = limit ?? Self.screenLimit
        let conflicts = try node.replica.openConflictIDs(of: type.name)
        var rows: [RecordRow] = []
        // One more than is shown tells whether there are more.
        try node.replica.forEachRecord(of: type.name, where: wanted, limit: limit + 1) { rows.append($0) }
        let table = RecordTable(
            type: type, catalog: node.catalog, rows: Array(rows.prefix(limit)), conflicts: conflicts)
        for line in table.lines { Screen.print(line) }
        if rows.count > limit, self.limit == nil {
            Screen.remark(say("还有更多:用 --limit、--where 或 --json", "there are more: use --limit, --where or --json"))
        }
    }
}

/// As many columns as the screen has room for, in the catalog's order.
private struct RecordTable {
    let type: RecordType
    let catalog: Catalog
    let rows: [RecordRow]
    let conflicts: [Text: [Digest]]

    private static let cellWidthMax = 24
    private static let conflictMark = "≠"

    var lines: [String] {
        guard !rows.isEmpty else { return [say("没有记录", "no records")] }
        let texts = ValueText(catalog, type: Text(type.name))
        var columns = [
            [type.keyColumn.name] + rows.map(\.key.string),
            [""] + rows.map { conflicts[$0.key] == nil ? "" : Self.conflictMark },
        ]
        var used = columns.map(Self.width).reduce(0, +)
        for column in type.columns where column.unit != nil && !column.isPersonal {
            let cells =
                [column.name]
                + rows.map { texts.short($0.values[column.name] ?? .null, column: column.name) }
            let cut = cells.map { Screen.cut($0, to: Self.cellWidthMax) }
            used += 2 + Self.width(cut)
            guard used <= Terminal.columns else { break }
            columns.append(cut)
        }
        let table = (0...rows.count).map { line in columns.map { $0[line] } }
        return Screen.table(table)
            + (conflicts.isEmpty
                ? [] : [say("\(Self.conflictMark) 有待裁定的冲突", "\(Self.conflictMark) has an open conflict")])
    }

    private static func width(_ cells: [String]) -> Int { cells.map { Screen.width(of: Screen.safe($0)) }.max() ?? 0 }
}
