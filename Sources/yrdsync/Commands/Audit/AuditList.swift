// `audit list`: who did what, and when.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

struct AuditList: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: say("谁在何时做了什么", "who did what, and when"),
            discussion: say(
                "旧的在前。至少保存三年:日志只增不减。",
                "Oldest first. It is only ever appended to: keep it for three years at least."))
    }

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp(say("只列最后几行", "only the last lines"), valueName: "n"))
    var last: Int?

    func perform() async throws -> ExitStatus {
        if let last, last < 1 {
            throw NodeError(.usage, code: "bad_limit", say("--last 至少为 1", "--last is at least 1"))
        }
        var entries: [SignedAuditEntry] = []
        let chain = try AuditDesk(common.nodeDirectory).chain { signed in
            entries.append(signed)
            if let last, entries.count > last { entries.removeFirst() }
        }
        if common.json {
            for signed in entries { Screen.print(AuditScreen.json(signed).line) }
        } else {
            for line in Screen.table([AuditScreen.head] + entries.map(AuditScreen.row)) { Screen.print(line) }
        }
        guard chain.faults.isEmpty else {
            Screen.remark(
                say(
                    "日志有 \(chain.faults.count) 处问题:见 yrdsync audit verify",
                    "the log has \(chain.faults.count) faults: see yrdsync audit verify"))
            return .waitsForPerson
        }
        return .done
    }
}
