// `log`: the change sets themselves.

import ArgumentParser

struct LogCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "log", abstract: say("变更集:列出、查看、导出", "change sets: list, show, export"),
            subcommands: [LogList.self, LogShow.self, LogExport.self])
    }
}
