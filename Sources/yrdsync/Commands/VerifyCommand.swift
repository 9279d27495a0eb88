// `verify`: everything that can be checked about a replica without asking a peer.

import ArgumentParser
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct VerifyCommand: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify", abstract: say("核验:签名、链条、记录、摘要", "check every signature, chain, row and digest"),
            discussion: say(
                "只查不改;--repair 则按日志恢复触发器、视图、表中各行与摘要,并逐一列出(原有内容留在 yrd_finding)。"
                    + "有发现时退出码为 3;待裁定的冲突不算。",
                "Changes nothing, unless --repair: then triggers, views, rows and digests become what the log makes of them, each "
                    + "listed (what stood there is kept in yrd_finding). The exit code is 3 if anything is found; open "
                    + "conflicts are no finding."))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Flag(
        help: ArgumentHelp(say("另在内存中由日志重建全部记录,逐一比对", "also rebuild every record from the log in memory, and compare")))
    var deep = false

    @Flag(
        help: ArgumentHelp(
            say("按日志恢复被改动的内容(先停止 serve)", "restore from the log what was altered; stop serve first")))
    var repair = false

    var deed: Deed? { repair ? Deed("verify --repair", as: .system) : nil }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let progress = Progress()
        if repair {
            let repaired = try node.repair { step in progress.show(Self.words(step)) }
            progress.clear()
            for finding in repaired {
                Screen.print(
                    common.json
                        ? Self.json(finding, isRepaired: true).line
                        : Screen.safe(say("已恢复  ", "restored  ") + Self.words(finding)))
            }
        }
        let findings = try node.replica.verify(
            isDeep: deep, fault: try LogDesk(node).judge(), progress: { step in progress.show(Self.words(step)) })
        progress.clear()
        for finding in findings {
            Screen.print(common.json ? Self.json(finding).line : Screen.safe(Self.words(finding)))
        }
        if !common.json {
            Screen.print(
                findings.isEmpty
                    ? say("核验完毕,没有发现问题", "verified: nothing found")
                    : say("核验完毕,发现 \(findings.count) 处问题", "verified: \(findings.count) findings"))
        }
        return findings.isEmpty ? .done : .waitsForPerson
    }

    private static func json(_ finding: Finding, isRepaired: Bool = false) -> JSON {
        .object([
            ("code", .string(finding.code)), ("type", .optional(finding.type)), ("key", .optional(finding.key)),
            ("origin", .optional(finding.origin)), ("seq", finding.sequence.map { .number($0) } ?? .null),
            ("detail", .string(finding.detail)), ("repaired", .bool(isRepaired)),
        ])
    }

    private static func words(_ finding: Finding) -> String {
        let record = [finding.type, finding.key].compactMap(\.self).joined(separator: " ")
        let place = finding.origin.flatMap { Origin($0) }.map { origin in
            DotPrefix.short(Dot(origin: origin, sequence: finding.sequence ?? 0))
        }
        return
            ([finding.code, record, place ?? ""].filter { !$0.isEmpty } + [words(finding.code, finding.detail)])
            .joined(separator: "  ")
    }

    /// The detail is in English; what each code means is said in the reader's language, and the detail where it adds.
    private static func words(_ code: String, _ detail: String) -> String {
        guard let words = words(forCode: code) else { return detail }
        return ["entry_altered", "entry_not_authentic", "chain_broken", "trigger_altered", "schema_altered"].contains(
            code) ? "\(words) (\(detail))" : words
    }

    private static func words(forCode code: String) -> String? {
        switch code {
        case "file_damaged": nil
        case "trigger_altered": say("捕获触发器缺失或被改", "a capture trigger is missing or altered")
        case "schema_altered": say("有触发器或视图不属于本节点", "a trigger or view is not this node's")
        case "entry_altered": say("变更集的标识与内容不符", "the change set's id is not that of its bytes")
        case "chain_broken": say("与前一个变更集不相接", "the change set does not follow the one before it")
        case "fork":
            say(
                "其市场签署了不止一个分支;均已应用,证据在隔离中",
                "its market signed several branches; all are applied, the proofs are in quarantine")
        case "log_truncated": say("日志缺了末尾", "the end of the log is missing")
        case "row_altered": say("表中内容不是最后封存或应用的内容", "the row is not what was sealed or applied last")
        case "digest_differs": say("状态摘要与各记录之和不符", "the state digest is not the sum of the records'")
        case "record_differs_from_log": say("记录与由日志重建的不符", "the record is not what the log makes of it")
        case "entry_unreadable": say("变更集无法读出", "the change set cannot be read back")
        case "record_unreadable": say("记录的并存状态无法读出", "the record's state cannot be read back")
        case "digest_unreadable": say("状态摘要无法读出", "the state digest cannot be read back")
        case "conflicts_differ_from_log":
            say("冲突清单与由日志重建的不符", "the list of conflicts is not what the log makes of it")
        case "entry_not_authentic": say("签名或内容不可信", "signature or content is not authentic")
        case "record_missing": say("日志中有此记录,副本中没有", "the log has the record, the replica does not")
        default: nil
        }
    }

    private static func words(_ step: VerifyProgress) -> String {
        let what =
            switch step.doing {
            case "log": say("核验签名", "checking signatures")
            case "rebuild": say("由日志重建", "rebuilding from the log")
            default: say("核对 \(step.doing)", "comparing \(step.doing)")
            }
        return step.total > 0 ? "\(what) \(step.done)/\(step.total)" : step.done > 0 ? "\(what) \(step.done)" : what
    }
}
