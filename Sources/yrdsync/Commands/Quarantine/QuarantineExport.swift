// `quarantine export` and `quarantine verify`: the proof of a fork leaves the node, and is judged without asking anyone.

import ArgumentParser
import Foundation
import ReplicaStore
import SyncCore
import SyncNode

struct QuarantineExport: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "export",
            abstract: say("将分叉证据写入文件,可离线验证", "write the proof of a fork to a file that verifies offline"))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("标识,8 位以上", "the id, 8 digits or more"), valueName: "id"))
    var id: String

    @Argument(help: ArgumentHelp(say("写入的文件", "the file to write"), valueName: "file"))
    var file: String

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let desk = ForkDesk(node)
        guard let proof = try desk.item(id).proof else {
            throw NodeError(code: "no_fork_proof", say("\(id) 不是分叉", "\(id) is no fork"))
        }
        let stream = try DataStream(path: file)
        try stream.write(try desk.file(of: proof).encoded())
        try stream.finish()
        Screen.remark(say("分叉证据已写入 \(file)", "the proof of the fork is in \(file)"))
        return .done
    }
}

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
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw NodeError(code: "file_unreadable", say("无法读取 \(file)", "\(file) cannot be read"))
        }
        let origin = try ForkDesk(node).judge(Array(bytes))
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
