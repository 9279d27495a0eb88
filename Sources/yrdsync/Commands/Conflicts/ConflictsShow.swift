// `conflicts show`: one conflict, its values side by side.

import ArgumentParser
import ReplicaStore
import SyncCore
import SyncNode

struct ConflictsShow: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show", abstract: say("并排显示一个冲突的各方", "show one conflict, its sides side by side"),
            discussion: say(
                "个人信息在屏幕上打码,--reveal 理由 显示全值(记入审计日志);--json 给出全值。",
                "Personal columns are masked on screen, unless --reveal REASON, which the audit log keeps; --json carries them in full."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var revealing: RevealOption

    @Argument(
        help: ArgumentHelp(say("冲突编号,或其开头 8 位以上", "the conflict's id, or its first 8 digits or more"), valueName: "id"))
    var id: String

    var acting: ActingOperator { revealing.acting }

    var deed: Deed? { get throws { try revealing.deed("conflicts show", id) } }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let report = try ConflictDesk(node).conflict(id)
        if common.json {
            Screen.print(JSON(report, node.catalog).line)
        } else {
            for line in try ConflictScreen(of: report, on: node, reveals: revealing.isAsked).lines {
                Screen.print(line)
            }
        }
        return .done
    }
}
