// Commands that somebody must answer for: signed by an operator where node.yaml names any, and written down before they act.

import ArgumentParser
import Foundation
import PeerTrust
import SyncCore
import SyncNode

/// A command whose call the audit log tells, together with how it ended.
protocol AuditedCommand: NodeCommand {
    var acting: ActingOperator { get }

    /// Nil where this call changes nothing and shows nothing that must be answered for.
    var deed: Deed? { get throws }
}

/// `--operator FILE`.
struct ActingOperator: ParsableArguments {
    @Option(
        name: .customLong("operator"),
        help: ArgumentHelp(
            say(
                "操作员的私钥文件(node.yaml 列有操作员时必填);缺省为 $YRDSYNC_OPERATOR",
                "the operator's private key, needed where node.yaml names operators; default $YRDSYNC_OPERATOR"),
            valueName: "file"))
    var keyFile: String?

    var file: String? { keyFile ?? ProcessInfo.processInfo.environment["YRDSYNC_OPERATOR"] }
}

/// `--reveal REASON`, of commands that show records.
struct RevealOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            say("显示个人信息的全值,并说明理由(记入审计日志)", "show personal columns in full, and say why; the audit log keeps it"),
            valueName: "reason"))
    var reveal: String?

    @OptionGroup var acting: ActingOperator

    var isAsked: Bool { reveal != nil }

    /// - Parameter command: as it is typed.
    func deed(_ command: String, _ subject: String) throws -> Deed? {
        guard let reveal else { return nil }
        let reason = try Word.reason(reveal, where: say("留存于审计日志", "the audit log keeps it"))
        return Deed(command + " --reveal", as: .business, subject: subject, reason: reason.string)
    }
}

extension NodeCommand {
    /// Runs the command, and lets the audit log tell it if somebody must answer for it.
    func performAnswered() async throws -> ExitStatus {
        guard let command = self as? any AuditedCommand, let deed = try command.deed else { return try await perform() }
        let begun = try AuditDesk(common.nodeDirectory).begin(deed, by: command.acting.file)
        let status: ExitStatus
        do {
            status = try await perform()
        } catch {
            // The command's own error is the one to be told.
            try? begun.failed(Failure(error).code)
            throw error
        }
        do {
            try begun.done(status: status.rawValue)
        } catch {
            // It was done, and doing it again may be wrong.
            Screen.remark(
                "yrdsync: "
                    + Screen.safe(
                        say("已完成,但审计日志未能写入结束:", "done, but the audit log could not be told so: ")
                            + Failure(error).message))
        }
        return status
    }
}
