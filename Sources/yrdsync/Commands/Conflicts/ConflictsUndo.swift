// `conflicts undo`: a resolution taken back, its sides side by side again.

import ArgumentParser
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct ConflictsUndo: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "undo", abstract: say("撤销一次裁定,恢复各方的值", "take back a resolution: its sides stand open again"),
            discussion: say(
                "裁定之后该处若又有改动,则不撤销(退出码 1)。",
                "If anything was written there since, nothing is undone (exit code 1)."))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(
        help: ArgumentHelp(
            say("已裁定冲突的编号,或其开头 8 位以上", "the resolved conflict's id, or its first 8 digits or more"),
            valueName: "id"))
    var id: String

    @OptionGroup var signed: SignedWord

    var deed: Deed? {
        get throws { Deed("conflicts undo", as: .business, subject: id, reason: try signed.reasonText.string) }
    }

    func perform() async throws -> ExitStatus {
        let reason = try signed.reasonText
        let author = try signed.authorText
        let node = try common.open()
        let undone = try ConflictDesk(node).undo(id, reason: reason, author: author)
        let record = undone.record
        if common.json {
            Screen.print(
                JSON.object([
                    ("id", .string(undone.id.hex)), ("type", .string(record.type.string)),
                    ("key", .string(record.key.string)),
                    ("unit", .string(node.catalog.name(ofUnit: undone.unit, in: record.type))),
                    ("result", .string("undone")), ("choice", .string(ResolutionChoice.undo.rawValue)),
                    ("origin", .string(undone.dot.origin.description)), ("seq", .number(undone.dot.sequence)),
                    ("code", .null), ("reopened", .array(undone.reopened.map { .string($0.id.hex) })),
                ]).line)
        } else {
            let unit = node.catalog.label(ofUnit: undone.unit, in: record.type)
            let now = undone.reopened.map { Failure.shortID($0.id) }.joined(separator: ", ")
            Screen.print(
                Screen.safe(
                    say(
                        "已撤销 \(record.type) \(record.key) 的 \(unit) 的裁定;重新待裁定:\(now)",
                        "undid the resolution of \(unit) of \(record.type) \(record.key); open again: \(now)")))
        }
        return .done
    }
}
