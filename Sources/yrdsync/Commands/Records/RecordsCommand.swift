// `records`: what the register holds, in and out.

import ArgumentParser

struct RecordsCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "records", abstract: say("记录:列出、查看、历史、导入、导出", "records: list, get, history, import, export"),
            subcommands: [
                RecordsList.self, RecordsGet.self, RecordsHistory.self, RecordsImport.self, RecordsExport.self,
            ])
    }

    static var typeHelp: ArgumentHelp {
        ArgumentHelp(
            say(
                "记录类型,如 contract(yrdsync catalog 列出)", "the record type, such as contract (yrdsync catalog lists them)"),
            valueName: "type")
    }

    static var keyHelp: ArgumentHelp { ArgumentHelp(say("记录的编号", "the record's key"), valueName: "key") }
}
