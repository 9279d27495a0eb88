// `checkpoint`: each market's signed word on its whole state, and whether those words agree.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

struct CheckpointCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "checkpoint",
            abstract: say(
                "检查点:签署本节点的全部状态,核对各市场所签是否一致",
                "checkpoints: sign this node's whole state, and see whether those of all markets agree"),
            subcommands: [New.self, Verify.self])
    }

    struct New: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "new",
                abstract: say("签署:在此向量处,本节点的状态摘要为此", "sign: at this vector this node's state has this digest"),
                discussion: say(
                    "先封存待处理的修改。文件可交审计方;对方以 checkpoint verify 与其他市场的检查点核对。",
                    "Seals what is pending first. The file is for an auditor, who lays it beside other markets' with checkpoint verify."
                ))
        }

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp(say("写入的文件", "the file to write"), valueName: "file"))
        var file: String

        func perform() async throws -> ExitStatus {
            let (document, checkpoint) = try CheckpointDesk(try common.open()).make()
            let stream = try DataStream(path: file)
            try stream.write(try document.encoded())
            try stream.finish()
            if common.json {
                Screen.print(JSON.object(CheckpointScreen.fields(checkpoint) + [("file", .string(file))]).line)
            } else {
                Screen.print(Screen.safe("\(file): \(CheckpointScreen.text(checkpoint))"))
            }
            return .done
        }
    }

    struct Verify: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "verify",
                abstract: say(
                    "核验检查点文件,并相互、与本节点核对", "verify checkpoint files, and compare them with each other and with this node"
                ),
                discussion: say(
                    "变更集、信任根和目录都相同的才可比。任何一处签名不成立时退出码为 5,状态不一致时为 3。",
                    "Those of the same change sets, trust root and catalog can be compared. Exit 5 if a signature fails, 3 if two states differ."
                ))
        }

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp(say("检查点文件,一个或多个", "checkpoint files, one or more"), valueName: "file"))
        var files: [String]

        func perform() async throws -> ExitStatus {
            let desk = CheckpointDesk(try common.open())
            let checkpoints = try files.map { try desk.judge(try InputFile.contents($0)) }
            var worst = ExitStatus.done
            for (index, checkpoint) in checkpoints.enumerated() {
                let others = checkpoints.indices.filter {
                    $0 != index && checkpoint.isComparable(with: checkpoints[$0])
                }
                let differing = others.filter { !checkpoint.agrees(with: checkpoints[$0]) }
                let isOurs = try desk.agrees(with: checkpoint)
                if !differing.isEmpty || isOurs == false { worst = .waitsForPerson }
                CheckpointScreen.show(
                    checkpoint, file: files[index], here: isOurs, missingHere: try desk.originsMissing(of: checkpoint),
                    agreeing: others.filter { !differing.contains($0) }.map { files[$0] },
                    differing: differing.map { files[$0] }, asJSON: common.json)
            }
            return worst
        }
    }
}
