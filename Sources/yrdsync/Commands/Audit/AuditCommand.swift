// `audit`: what people did at this node.

import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "audit", abstract: say("审计日志:列出、核验、导出", "the audit log: list, verify, export"),
            subcommands: [AuditList.self, AuditVerify.self, AuditExport.self])
    }
}
