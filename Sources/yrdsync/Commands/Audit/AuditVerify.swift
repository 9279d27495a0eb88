// `audit verify`: whether a log is whole, and the people whom it names have signed it.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

struct AuditVerify: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify", abstract: say("核验审计日志:链条与签名", "check the audit log: its chain and signatures"),
            discussion: say(
                "不给文件时核验本节点的日志。抄下末行编号与摘要,下次以 --expect 核对:末尾被截去即可发现。",
                "Without a file, this node's. Write down the last line's number and hash, and give them next time with --expect: then a log whose end was cut off is found."
            ))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("导出的日志", "an exported log"), valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp(
            say("上次核验时的末行,编号:摘要", "the last line when it was verified before, number:hash"),
            valueName: "number:hash"))
    var expect: String?

    func perform() async throws -> ExitStatus {
        let expected = try expect.map(Self.place)
        var found: String?
        var chain = AuditChain()
        let own = file == nil ? try NodeConfiguration.read(common.nodeDirectory.configuration).market.nodeID : nil
        var isOurs = true
        try (file.map(AuditFile.init) ?? AuditFile(common.nodeDirectory.audit)).forEach { signed, _ in
            chain.add(signed)
            guard let signed else { return }
            if signed.entry.number == expected?.number { found = signed.id.hex }
            if let own, signed.entry.node != own { isOurs = false }
        }
        if let file, chain.last == nil, chain.faults.isEmpty {
            throw NodeError(code: "no_audit_log", say("\(file) 不是审计日志", "\(file) is no audit log"))
        }
        var isWhole = chain.faults.isEmpty && isOurs
        if !isOurs { Screen.remark(say("日志属于另一节点", "the log is another node's")) }
        if let expected, found?.hasPrefix(expected.hash) != true {
            isWhole = false
            Screen.remark(
                say(
                    "第 \(expected.number) 行不是上次所见的那一行,或已不在:日志被截断或改写",
                    "line \(expected.number) is not the one that was seen before, or is gone: the log was cut off or rewritten"
                ))
        }
        show(chain, isWhole: isWhole)
        return isWhole ? .done : .waitsForPerson
    }

    private static func place(_ text: String) throws -> (number: UInt64, hash: String) {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 2, let number = UInt64(parts[0]), parts[1].utf8.count >= DotPrefix.digitsMin else {
            throw NodeError(
                .usage, code: "bad_place",
                say("--expect 写作 编号:摘要(8 位以上)", "--expect is number:hash, 8 digits of it or more"))
        }
        return (number, parts[1].lowercased())
    }

    private func show(_ chain: AuditChain, isWhole: Bool) {
        let hash = chain.last?.id.hex ?? ""
        if common.json {
            Screen.print(
                JSON.object([
                    ("lines", .number(chain.count)), ("hash", .optional(chain.last?.id.hex)),
                    ("whole", .bool(isWhole)),
                    (
                        "faults",
                        .array(
                            chain.faults.map {
                                .object([("line", .number($0.line)), ("code", .string($0.kind.rawValue))])
                            })
                    ),
                    ("operator_changes", .array(chain.operatorChanges.map { .number($0) })),
                    ("unfinished", .array(chain.unfinished.map { .number($0) })),
                ]).line)
            return
        }
        for fault in chain.faults {
            Screen.print(
                "\(say("第 \(fault.line) 行", "line \(fault.line)"))  \(fault.kind.rawValue)  \(AuditScreen.words(fault.kind))"
            )
        }
        for number in chain.operatorChanges {
            Screen.print(say("自第 \(number) 条起操作员名单有变", "from number \(number) on other operators are in force"))
        }
        for number in chain.unfinished {
            Screen.print(say("第 \(number) 条开始后未见结束", "number \(number) began, and nothing says how it ended"))
        }
        Screen.print(
            isWhole
                ? say(
                    "完整:共 \(chain.count) 条,末条 \(chain.count):\(hash)",
                    "whole: \(chain.count) entries, the last is \(chain.count):\(hash)")
                : say("发现问题;末条 \(chain.count):\(hash)", "not whole; the last entry is \(chain.count):\(hash)"))
    }
}
