// `log show`: one change set, for people or with every byte that proves it.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct LogShow: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show", abstract: say("查看一个变更集", "show one change set"),
            discussion: say(
                "--json 另附信封的全部字节(十六进制),可用任何工具验签。",
                "--json adds the envelope's bytes in hex, enough to verify it with any other tool."))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var revealing: RevealOption

    @Argument(
        help: ArgumentHelp(
            say("变更集:市场.<任期,8 位以上>[~分支]:序号", "the change set: market.<incarnation, 8 digits or more>[~branch]:seq"),
            valueName: "dot")
    )
    var dot: String

    var acting: ActingOperator { revealing.acting }

    var deed: Deed? { get throws { try revealing.deed("log show", dot) } }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let desk = LogDesk(node)
        let item = try desk.entry(dot)
        let forbidden = try desk.forbiddenChanges()
        let names = try node.replica.originNames()
        if common.json {
            Screen.print(
                LogJSON(catalog: node.catalog, forbidden: forbidden, names: names).entryWithEnvelope(item).line)
        } else {
            for line in lines(item, forbidden, names, node.catalog) { Screen.print(line) }
        }
        return .done
    }

    private func lines(
        _ item: LogItem, _ forbidden: ForbiddenChanges, _ names: OriginNames, _ catalog: Catalog
    ) -> [String] {
        let header = item.stored.entry.header
        var facts = [
            [say("变更集", "change set"), "\(item.name)"], [say("标识", "id"), item.stored.id.hex],
            [say("前一个", "previous"), header.previous == .zero ? ValueText.nothing : header.previous.hex],
            [say("时间", "time"), Instant.local(header.timeMilliseconds)],
            [
                say("签名", "signed by"),
                item.stored.entry.signatures.map { "\(Self.name(of: $0.suite)) \($0.keyID.hex.prefix(16))" }.joined(
                    separator: "  "),
            ],
        ]
        let seen = item.changeSet?.context.frontier.rows.map { DotPrefix.short(names.name($0)) } ?? []
        facts.append([say("已见", "has seen"), seen.isEmpty ? ValueText.nothing : seen.joined(separator: "  ")])
        if let fault = item.stored.fault { facts.append([say("无效", "without effect"), fault]) }
        let screen = ChangeScreen(catalog: catalog, reveals: revealing.isAsked)
        return Screen.table(facts)
            + (item.changeSet?.changes ?? []).flatMap { change -> [String] in
                let note = item.changeSet?.note(of: change)
                let author = note?.author.map { " · \($0)" } ?? ""
                let mark =
                    forbidden.contain(change, of: item.stored.id)
                    ? say("  (无权写入,未生效)", "  (not allowed to write this: without effect)") : ""
                let head =
                    "\(screen.name(of: change, note))  \(change.record.type) \(change.record.key)\(author)\(mark)"
                return ["", Screen.safe(head)] + screen.lines(change, note: note).map { "    " + $0 }
            }
    }
    private static func name(of suite: Suite) -> String {
        switch suite {
        case .ed25519SHA256: "Ed25519/SHA-256"
        case .sm2SM3: "SM2/SM3"
        }
    }
}
