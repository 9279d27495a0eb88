// `records import`: a register on its way in; good rows go in, bad ones are named with line, column and reason.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct RecordsImport: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "import",
            abstract: say("导入登记册(CSV,UTF-8 或 GB18030)", "import a register (CSV in UTF-8 or GB18030)"),
            discussion: say(
                "只写入此来源自上次导入以来改动的内容,故每晚导入不会冲掉裁定。有被拒的行时退出码为 3。",
                "Only what this source has changed since its last import is written, so a nightly import never undoes a resolution. The exit code is 3 if rows were refused."
            ))
    }

    enum Encoding: String, ExpressibleByArgument, CaseIterable {
        case auto
        case utf8
        case gb18030
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: RecordsCommand.typeHelp)
    var type: String

    @Argument(help: ArgumentHelp(say("CSV 文件", "the CSV file"), valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            say("文件编码;缺省自动识别", "the file's encoding; default: found out"), valueName: "auto|utf8|gb18030"))
    var encoding = Encoding.auto

    @Flag(help: ArgumentHelp(say("只检查,不写入", "check everything, write nothing")))
    var dryRun = false

    @Flag(help: ArgumentHelp(say("有一行被拒,则整个文件不导入", "one refused row refuses the file")))
    var strict = false

    @Option(help: ArgumentHelp(say("来源名称;缺省为文件名", "the source's name; default the file's"), valueName: "name"))
    var source: String?

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let intake = RegisterIntake(
            type: try node.catalog.requestedType(type), path: file, source: source,
            encoding: RegisterEncoding(rawValue: encoding.rawValue)!, isStrict: strict, isDryRun: dryRun)
        let output = ImportOutput(asJSON: common.json)
        let report = try intake.run(on: node, output.listener)
        output.show(report, isDryRun: dryRun)
        guard !report.isRefusedWhole else {
            throw NodeError(
                code: "rows_refused",
                say(
                    "\(file) 未导入:有 \(report.totals.refused) 行被拒(--strict)",
                    "\(file) was not imported: \(report.totals.refused) rows were refused (--strict)"))
        }
        return report.totals.refused > 0 ? .waitsForPerson : .done
    }
}

/// Refused rows as they come, then the totals; progress and warnings beside, on standard error.
private final class ImportOutput {
    private let asJSON: Bool
    private let progress = Progress()
    private var rows = 0
    private var warnings = 0

    /// A register with a systematic flaw would fill the screen with it.
    private static let warningsShownMax = 20

    init(asJSON: Bool) {
        self.asJSON = asJSON
    }

    var listener: RegisterIntake.Listener {
        RegisterIntake.Listener(
            refused: { self.show(refused: $0) }, warned: { self.show(warning: $0) },
            progress: { self.show(done: $0, of: $1) },
            sealing: { self.progress.show(say("正在签名封存…", "signing what was written…")) })
    }

    private func show(refused refusal: RowRefusal) {
        progress.clear()
        if asJSON {
            Screen.print(
                JSON.object([
                    ("line", .number(refusal.line)), ("column", .optional(refusal.column)),
                    ("code", .string(refusal.code)), ("reason", .string(refusal.reason[Language.current])),
                ]).line)
        } else {
            Screen.print(Screen.safe(Self.words(refusal)))
        }
    }

    private func show(warning: RowRefusal) {
        warnings += 1
        guard warnings <= Self.warningsShownMax else { return }
        progress.clear()
        Screen.remark(Screen.safe(say("注意:", "note: ") + Self.words(warning)))
    }

    private static func words(_ refusal: RowRefusal) -> String {
        let column = refusal.column.map { "  \($0)" } ?? ""
        let reason = refusal.reason[Language.current]
        return say("第 \(refusal.line) 行\(column)  \(reason)", "line \(refusal.line)\(column)  \(reason)")
    }

    private func show(done: Int, of total: Int) {
        rows += 1
        guard rows.isMultiple(of: 64) else { return }
        progress.show(
            say("已读 \(rows) 行,\(done * 100 / max(1, total))%", "\(rows) rows read, \(done * 100 / max(1, total))%"))
    }

    func show(_ report: IntakeReport, isDryRun: Bool) {
        progress.clear()
        if warnings > Self.warningsShownMax {
            Screen.remark(
                say("另有 \(warnings - Self.warningsShownMax) 处注意", "\(warnings - Self.warningsShownMax) more notes"))
        }
        let totals = report.totals
        guard !asJSON else {
            return Screen.print(
                JSON.object([
                    ("read", .number(report.read)), ("created", .number(totals.created)),
                    ("updated", .number(totals.updated)), ("unchanged", .number(totals.unchanged)),
                    ("refused", .number(totals.refused)),
                ]).line)
        }
        let what = isDryRun ? say("试导入,未写入:", "dry run, nothing written: ") : ""
        Screen.print(
            what
                + say(
                    "读入 \(report.read) 行:新增 \(totals.created),修改 \(totals.updated),未变 \(totals.unchanged),被拒 \(totals.refused)",
                    "\(report.read) rows read: \(totals.created) created, \(totals.updated) updated, \(totals.unchanged) unchanged, \(totals.refused) refused"
                ))
        if let sealed = report.sealed, sealed.parked + sealed.refused > 0 {
            Screen.remark(
                say(
                    "有 \(sealed.parked + sealed.refused) 条记录未能封存:请看 yrdsync status",
                    "\(sealed.parked + sealed.refused) records could not be sealed: see yrdsync status"))
        }
    }
}
