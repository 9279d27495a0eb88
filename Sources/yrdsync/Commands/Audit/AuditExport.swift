// `audit export`: the log as a file that others read and verify.

import ArgumentParser
import Foundation
import PeerTrust
import SyncCore
import SyncNode

struct AuditExport: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "export", abstract: say("导出审计日志,供他处核验", "write the audit log for others to verify"),
            discussion: say(
                "每行一个 JSON 对象:可读的内容,以及签名所依据的字节(格式见 docs/protocol.md 第 85 条)。",
                "A JSON object a line: what it says, and the bytes that were signed (docs/protocol.md, 85)."))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp(say("写入的文件", "the file to write"), valueName: "file"))
    var file: String

    var deed: Deed? { Deed("audit export", as: .audit, subject: file) }

    func perform() async throws -> ExitStatus {
        guard !FileManager.default.fileExists(atPath: file) else {
            throw NodeError(code: "file_exists", say("\(file) 已存在", "\(file) is there already"))
        }
        var lines: [UInt8] = []
        var chain = AuditChain()
        try AuditFile(common.nodeDirectory.audit).forEach { signed, line in
            chain.add(signed)
            // What cannot be read goes along as it is: who gets the file must find the same faults.
            lines += signed.map { Array(AuditScreen.json($0).line.utf8) } ?? Array(line)
            lines.append(UInt8(ascii: "\n"))
        }
        try PrivateKeyFile.write(lines, to: file)
        Screen.print(
            common.json
                ? JSON.object([("file", .string(file)), ("lines", .number(chain.count))]).line
                : say("已导出 \(chain.count) 条至 \(file)", "wrote \(chain.count) entries to \(file)"))
        return chain.faults.isEmpty ? .done : .waitsForPerson
    }
}
