// `quarantine verify`: the proof of a fork, judged without asking anyone.

import ArgumentParser
import SyncCore
import SyncNode

struct QuarantineVerify: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify",
            abstract: say("验证分叉证据文件", "verify a file that proves a fork"),
            discussion: say(
                "只用本节点已有的密钥,不联网。证据成立时退出码为 0,签名不成立时为 5。",
                "By the keys that this node has, without any network. Exit 0 if it proves a fork, 5 if a signature fails."
            ))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("证据文件", "the file"), valueName: "file"))
    var file: String

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let origin = try ForkDesk(node).judge(try InputFile.contents(file))
        if common.json {
            Screen.print(
                JSON.object([
                    ("market", .optional(origin.market?.name)), ("origin", .string(origin.description)),
                    ("proven", .bool(true)),
                ]).line)
        } else {
            Screen.print(
                say(
                    "证据成立:\(origin) 在同一前驱之后签署了两个不同的变更集",
                    "proven: \(origin) signed two different change sets after one predecessor"))
        }
        return .done
    }
}
