// What an admin says when resolving: exactly one choice, a reason, a name.

import ArgumentParser
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
        get throws { try Word.reason(reason, where: say("各市场都将看到", "every market will read it")) }
    }

    var authorText: Text? { get throws { try Word.author(author) } }
}
