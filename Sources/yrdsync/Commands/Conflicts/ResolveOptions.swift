// What an admin says when resolving: exactly one choice, a reason, a name.

import ArgumentParser
import Foundation
import SyncCore
import SyncNode

struct ResolveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            say("取此市场的值;该市场有几个值时,取此变更集的值", "take this market's value, or (if it has several) that change set's"),
            valueName: "market|dot"))
    var take: String?

    @Option(
        help: ArgumentHelp(
            say("另定一值,如 remark='{\"remark\": \"已核实\"}'", "a value of your own, as remark='{\"remark\": \"checked\"}'"),
            valueName: "unit=json"))
    var value: String?

    @Flag(help: ArgumentHelp(say("存废之争:保留记录", "of a record's existence: keep it")))
    var keep = false

    @Flag(help: ArgumentHelp(say("存废之争:删除记录", "of a record's existence: delete it")))
    var delete = false

    @OptionGroup var signed: SignedWord

    var choice: ConflictChoice {
        get throws {
            let given =
                [
                    try take.map { .take(try ConflictChoice.SideName($0)) }, try value.map { try .value($0) },
                    keep ? .keep : nil, delete ? .delete : nil,
                ] as [ConflictChoice?]
            let choices = given.compactMap(\.self)
            guard choices.count == 1 else {
                throw NodeError(
                    .usage, code: "one_choice",
                    say(
                        "请在 --take、--value、--keep、--delete 中恰选其一",
                        "choose exactly one of --take, --value, --keep and --delete"))
            }
            return choices[0]
        }
    }
}

/// `--reason`, `--author`: they are signed with the change and stay in the log for ever.
struct SignedWord: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            say("理由,随裁定签名并永久留存(必填)", "why; signed with the resolution and kept for ever (required)"), valueName: "text")
    )
    var reason: String?

    @Option(help: ArgumentHelp(say("裁定人;缺省为登录名", "who resolves; default the login name"), valueName: "name"))
    var author: String?

    var reasonText: Text {
        get throws {
            guard let reason, !reason.allSatisfy(\.isWhitespace) else {
                throw NodeError(
                    .usage, code: "reason_needed",
                    say("请用 --reason 说明理由:各市场都将看到", "say why with --reason: every market will read it"))
            }
            return try Self.checked(reason, "--reason", max: Limits.reasonBytes)
        }
    }

    var authorText: Text? {
        get throws {
            let name = author ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
            return name.isEmpty ? nil : try Self.checked(name, "--author", max: Limits.authorBytes)
        }
    }

    private static func checked(_ text: String, _ option: String, max: Int) throws -> Text {
        guard text.utf8.count <= max else {
            throw NodeError(
                .usage, code: "too_long",
                say(
                    "\(option) 有 \(text.utf8.count) 字节,最多 \(max) 字节",
                    "\(option) has \(text.utf8.count) bytes, at most \(max) are allowed"))
        }
        return Text(text)
    }
}
