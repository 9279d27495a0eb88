// `records get`: one record, with what is open about it.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct RecordsGet: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "get", abstract: say("查看一条记录", "show one record"))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var revealing: RevealOption

    @Argument(help: RecordsCommand.typeHelp)
    var type: String

    @Argument(help: RecordsCommand.keyHelp)
    var key: String

    var acting: ActingOperator { revealing.acting }

    var deed: Deed? { get throws { try revealing.deed("records get", "\(type) \(key)") } }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let recordType = try node.catalog.requestedType(type)
        let record = RecordID(type: Text(type), key: Text(key))
        guard let row = try node.replica.record(record) else { throw DeskRefusal.noSuchRecord(record) }
        let conflicts = try node.replica.conflicts(of: record)
        if common.json {
            Screen.print(JSON(row, of: recordType, conflicts: conflicts.map(\.id)).line)
        } else {
            let screen = RecordScreen(
                row: row, type: recordType, catalog: node.catalog, conflicts: conflicts,
                local: try node.replica.localValues(of: record), reveals: revealing.isAsked)
            for line in screen.lines { Screen.print(line) }
        }
        return .done
    }
}

/// A record by units.
private struct RecordScreen {
    let row: RecordRow
    let type: RecordType
    let catalog: Catalog
    let conflicts: [ConflictReport]
    let local: [String: FieldValue]
    let reveals: Bool

    var lines: [String] {
        let texts = ValueText(catalog, type: Text(type.name), reveals: reveals)
        var rows = [["", texts.label(ofColumn: type.keyColumn.name), row.key.string]]
        for unit in type.units {
            let isOpen = conflicts.contains { $0.conflict.unit == unit.number }
            for column in unit.columns {
                rows.append([
                    isOpen ? "≠" : "", texts.label(ofColumn: column),
                    texts.text(row.values[column] ?? .null, column: column),
                ])
            }
        }
        for column in type.localColumns {
            rows.append([
                "⌂", texts.label(ofColumn: column.name), texts.text(local[column.name] ?? .null, column: column.name),
            ])
        }
        return Screen.facts(rows) + legend
    }

    private var legend: [String] {
        var lines: [String] = []
        if !type.localColumns.isEmpty { lines.append(say("⌂ 只存于本节点,从不外传", "⌂ kept on this node only, never sent")) }
        lines += conflicts.map { report in
            let unit = catalog.label(ofUnit: report.conflict.unit, in: Text(type.name))
            return say(
                "≠ \(unit) 有冲突待裁定:yrdsync conflicts show \(Failure.shortID(report.id))",
                "≠ \(unit) is in conflict: yrdsync conflicts show \(Failure.shortID(report.id))")
        }
        return lines.isEmpty ? [] : [""] + lines
    }
}
