// `quarantine settle`: a person has looked into a fork, and its alarm ends.

import ArgumentParser
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct QuarantineSettle: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "settle",
            abstract: say("了结分叉警报:已向该市场核实", "end a fork's alarm: its market was asked, and has answered"),
            discussion: say(
                "只在本节点生效,证据保留,两个分支照旧。若再出现新的分支,警报重新响起。",
                "On this node alone. The proof stays, and both branches count as before. A branch that comes later raises the alarm again."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp(say("标识,8 位以上", "the id, 8 digits or more"), valueName: "id"))
    var id: String

    @Option(help: ArgumentHelp(say("理由,留存于本节点(必填)", "why; kept on this node (required)"), valueName: "text"))
    var reason: String?

    @Option(help: ArgumentHelp(say("了结人;缺省为登录名", "who settles; default the login name"), valueName: "name"))
    var author: String?

    var deed: Deed? {
        get throws { Deed("quarantine settle", as: .security, subject: id, reason: try reasonText.string) }
    }

    private var reasonText: Text {
        get throws { try Word.reason(reason, where: say("留存于本节点", "it is kept on this node")) }
    }

    func perform() async throws -> ExitStatus {
        let reason = try reasonText
        let author = try Word.author(author)
        let node = try common.open()
        guard let proof = try ForkDesk(node).item(id).proof,
            let branches = try node.replica.settleFork(
                of: proof.first.header.origin, reason: reason, author: author)
        else {
            throw NodeError(code: "no_fork_proof", say("\(id) 不是分叉", "\(id) is no fork"))
        }
        let origin = proof.first.header.origin
        if common.json {
            Screen.print(
                JSON.object([
                    ("origin", .string(origin.description)), ("branches", .number(branches)),
                    ("reason", .string(reason.string)), ("author", .optional(author?.string)),
                ]).line)
        } else {
            Screen.print(
                say(
                    "\(origin) 的分叉(\(branches) 个分支)已了结;再有新分支时重新报警",
                    "the fork of \(origin) (\(branches) branches) is settled; one branch more raises the alarm again"))
        }
        return .done
    }
}
