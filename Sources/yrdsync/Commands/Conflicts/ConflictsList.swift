// `conflicts list`: what waits for a decision.

import ArgumentParser
import SyncNode

struct ConflictsList: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: say("列出待裁定的冲突,先发生的在前", "list open conflicts, the oldest first"),
            discussion: say("有待裁定的冲突时退出码为 3。", "The exit code is 3 if any is open."))
    }

    @OptionGroup var common: CommonOptions
    @OptionGroup var filter: ConflictWhere

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let conditions = try ConflictConditions(filter.conditions, node.catalog)
        let reports = try ConflictDesk(node).open(conditions, nowMilliseconds: ConflictsCommand.nowMilliseconds)
        if common.json {
            let stream = try DataStream()
            for report in reports { try stream.write(line: JSON(report, node.catalog).line) }
            try stream.finish()
        } else if reports.isEmpty {
            Screen.print(say("没有待裁定的冲突", "no open conflicts"))
        } else {
            let rows = reports.map { ConflictScreen(report: $0, catalog: node.catalog).listRow }
            for line in Screen.table([ConflictScreen.listHead] + rows) { Screen.print(line) }
            Screen.remark(
                say(
                    "共 \(reports.count) 个;逐一查看:yrdsync conflicts show 编号",
                    "\(reports.count) open; see one with yrdsync conflicts show ID"))
        }
        return reports.isEmpty ? .done : .waitsForPerson
    }
}
