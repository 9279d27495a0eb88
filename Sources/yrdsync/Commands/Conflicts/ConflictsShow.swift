// `conflicts show`: one conflict, its values side by side.

import ArgumentParser
import ReplicaStore
import SyncCore
import SyncNode

struct ConflictsShow: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show", abstract: say("并排显示一个冲突的各方", "show one conflict, its sides side by side"),
            discussion: say(
                "个人信息在屏幕上打码,--json 给出全值。", "Personal columns are masked on screen; --json carries them in full."))
    }

    @OptionGroup var common: CommonOptions

    @Argument(
        help: ArgumentHelp(say("冲突编号,或其开头 8 位以上", "the conflict's id, or its first 8 digits or more"), valueName: "id"))
    var id: String

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let report = try ConflictDesk(node).conflict(id)
        if common.json {
            Screen.print(JSON(report, node.catalog).line)
        } else {
            for line in try ConflictScreen(of: report, on: node).lines { Screen.print(line) }
        }
        return .done
    }
}
