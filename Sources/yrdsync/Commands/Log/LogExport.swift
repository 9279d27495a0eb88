// `log export`: everything that ever took effect here, one object a line, in order of application.

import ArgumentParser
import ReplicaStore
import SyncNode

struct LogExport: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "export",
            abstract: say("导出全部变更集:每行一个 JSON 对象", "export every change set, a JSON object a line"),
            discussion: say(
                "按应用的先后排列;含全部值(不含只存于本节点的列)。",
                "In order of application, values in full; never the columns that stay on the node."))
    }

    @OptionGroup var common: CommonOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(say("写入文件;缺省为标准输出", "write to a file; default standard output"), valueName: "file"))
    var output: String?

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let shapes = LogJSON(
            catalog: node.catalog, forbidden: try LogDesk(node).forbiddenChanges(),
            names: try node.replica.originNames())
        let stream = try DataStream(path: output)
        try node.replica.forEachLogItem { try stream.write(line: shapes.entry($0).line) }
        try stream.finish()
        return .done
    }
}
