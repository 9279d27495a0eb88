// `quarantine export`: the proof of a fork leaves the node.

import ArgumentParser
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
