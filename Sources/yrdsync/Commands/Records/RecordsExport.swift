// `records export`: the register on its way out. Columns that never leave the node are in no export.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncNode

struct RecordsExport: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "export", abstract: say("导出一类记录:CSV 或 JSON", "export the records of a type as CSV or JSON"),
            discussion: say(
                "CSV 为 UTF-8,表头与代码用中文名称,可原样导回。",
                "CSV is UTF-8 with Chinese headers and names of codes; import reads it back."))
    }

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv
        case json
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: RecordsCommand.typeHelp)
    var type: String

    @Option(
        help: ArgumentHelp(
            say("csv(缺省),或 json:每行一个对象", "csv (default), or json: an object a line"), valueName: "csv|json"))
    var format: Format?

    @Flag(
        help: ArgumentHelp(
            say("供 Excel 打开:带 BOM,长数字与公式按文本处理", "for Excel: byte order mark, long numbers and formulas as text")))
    var excel = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(say("写入文件;缺省为标准输出", "write to a file; default standard output"), valueName: "file"))
    var output: String?

    func perform() async throws -> ExitStatus {
        let format = format ?? (common.json ? .json : .csv)
        guard format == .csv || !excel else {
            throw NodeError(.usage, code: "not_with_json", say("--excel 只用于 CSV", "--excel is for CSV"))
        }
        let node = try common.open()
        let recordType = try node.catalog.requestedType(type)
        let stream = try DataStream(path: output)
        var count = 0
        switch format {
        case .json:
            try node.replica.forEachRecord(of: type) { row in
                try stream.write(line: JSON(row, of: recordType).line)
                count += 1
            }
        case .csv:
            let options = RegisterWriter.Options(guardsFormulas: excel, keepsDigits: excel, hasByteOrderMark: excel)
            let writer = RegisterWriter(recordType: recordType, catalog: node.catalog, options: options)
            try stream.write(writer.header())
            try node.replica.forEachRecord(of: type) { row in
                try stream.write(writer.row(key: row.key, values: row.values))
                count += 1
            }
        }
        try stream.finish()
        if let output { Screen.remark(say("已将 \(count) 条记录写入 \(output)", "wrote \(count) records to \(output)")) }
        return .done
    }
}
