// `catalog`: the data dictionary of this node's records.

import ArgumentParser
import MarketCatalog
import PeerTrust
import SyncCore
import SyncNode

struct CatalogCommand: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "catalog", abstract: say("数据字典:记录类型、单元、列", "the data dictionary: record types, units, columns")
        )
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Option(
        help: ArgumentHelp(
            say("升级到此文件夹中更新的目录(须先停止 serve)", "upgrade to the newer catalog in this folder (stop serve first)"),
            valueName: "dir"))
    var upgrade: String?

    var deed: Deed? { upgrade.map { Deed("catalog --upgrade", as: .system, subject: $0) } }

    func perform() async throws -> ExitStatus {
        if let upgrade { try common.open().upgradeCatalog(from: upgrade) }
        let catalog = try common.open().catalog
        if common.json {
            Screen.print(Self.json(catalog).line)
        } else {
            Screen.print(
                say(
                    "目录版本 \(catalog.version)  摘要 \(catalog.hash.hex)",
                    "catalog version \(catalog.version)  hash \(catalog.hash.hex)"))
            for line in catalog.recordTypes.flatMap(Self.lines) { Screen.print(line) }
        }
        return .done
    }

    // MARK: JSON

    private static func json(_ catalog: Catalog) -> JSON {
        .object([
            ("version", .number(catalog.version)),
            ("types", .array(catalog.recordTypes.map(json))),
        ])
    }

    private static func json(_ type: RecordType) -> JSON {
        .object([
            ("type", .string(type.name)), ("key", .string(type.keyColumn.name)),
            (
                "units",
                .array(
                    type.units.map { unit in
                        .object([
                            ("unit", .string(unit.name)), ("number", .number(unit.number)),
                            ("columns", .array(unit.columns.map { .string($0) })),
                            ("write", .string(unit.write.rawValue)), ("merge", .string(unit.merge.rawValue)),
                        ])
                    })
            ),
            (
                "columns",
                .array(
                    type.columns.map { column in
                        .object([
                            ("name", .string(column.name)), ("type", .string(column.type.name)),
                            (
                                "label",
                                .object([("zh", .string(column.label.zh)), ("en", .string(column.label.en))])
                            ),
                            ("share", .string(column.share.rawValue)),
                        ])
                    })
            ),
        ])
    }

    // MARK: For people

    private static func lines(_ type: RecordType) -> [String] {
        let key = type.keyColumn
        let head = [
            say("列", "COLUMN"), "中文", "English", say("类型", "TYPE"), say("单元", "UNIT"), say("可写", "WRITE"),
            say("合并", "MERGE"), say("共享", "SHARE"),
        ]
        let keyRow = [
            key.name, key.label.zh, key.label.en, say("主键,如 \(key.example)", "key, like \(key.example)"), "", "", "",
            "",
        ]
        let units = type.units.flatMap { unit in
            unit.columns.compactMap(type.column).map { row($0, unit) }
        }
        return ["", "\(type.name)  \(type.label.zh)  \(type.label.en)"]
            + Screen.table([head, keyRow] + units + type.localColumns.map { row($0, nil) })
    }

    private static func row(_ column: Column, _ unit: Unit?) -> [String] {
        let share =
            switch column.share {
            case .public: say("公开", "public")
            case .federation: say("联邦", "federation")
            case .home: say("不外传", "this node only")
            }
        let personal = column.isPersonal ? say(" · 个人信息", " · personal") : ""
        return [
            column.name, column.label.zh, column.label.en, column.type.name,
            unit.map { "\($0.name) \($0.number)" } ?? "",
            unit.map { $0.write == .home ? say("所属市场", "home") : say("任一市场", "any") } ?? "",
            unit.map { name(of: $0.merge) } ?? "", share + personal,
        ]
    }

    private static func name(of merge: MergeRule) -> String {
        switch merge {
        case .manual: say("人工裁定", "manual")
        case .home: say("所属市场优先", "home")
        case .latest: say("取最新", "latest")
        }
    }
}
