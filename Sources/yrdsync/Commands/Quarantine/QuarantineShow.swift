// `quarantine show`: one item, and of a fork the two signed heads that prove it.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct QuarantineShow: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show", abstract: say("查看一项;分叉则列出两个签名头", "show one item; of a fork, the two signed heads"))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("标识,8 位以上", "the id, 8 digits or more"), valueName: "id"))
    var id: String

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let (item, proof) = try ForkDesk(node).item(id)
        let heads = proof.map { [$0.first, $0.second] } ?? []
        if common.json {
            let fields = QuarantineCommand.fields(item, node.catalog)
            Screen.print(JSON.object(fields + [("heads", .array(heads.map(Self.json)))]).line)
            return .done
        }
        var facts = [
            [say("标识", "id"), item.id.hex], [say("来源", "origin"), "\(item.origin):\(item.sequence)"],
            [say("类别", "class"), QuarantineCommand.name(of: item.class)], [say("原因", "code"), item.code],
            [say("经由", "from"), item.peer ?? ValueText.nothing],
            [say("首见于", "first seen"), Instant.local(item.firstSeenMilliseconds)],
        ]
        for head in heads {
            let keys = head.signatures.map { String($0.keyID.hex.prefix(16)) }.joined(separator: " ")
            let signed = Instant.local(head.header.timeMilliseconds)
            facts.append([
                say("签名头", "signed head"),
                say(
                    "\(head.header.dot)  \(Self.id(of: head))  \(signed)  密钥 \(keys)",
                    "\(head.header.dot)  \(Self.id(of: head))  \(signed)  key \(keys)"),
            ])
        }
        for line in Screen.table(facts) { Screen.print(line) }
        return .done
    }

    private static func id(of head: EntryHead) -> String { ForkDesk.id(of: head).hex }

    private static func json(_ head: EntryHead) -> JSON {
        .object([
            ("origin", .string(head.header.origin.description)), ("seq", .number(head.header.sequence)),
            ("id", .string(id(of: head))), ("time", .integer(head.header.timeMilliseconds)),
            ("header", .string(head.header.encoded().hex)),
            (
                "signatures",
                .array(
                    head.signatures.map {
                        .object([
                            ("suite", .number($0.suite.rawValue)), ("key_id", .string($0.keyID.hex)),
                            ("signature", .string($0.signature.hex)),
                        ])
                    })
            ),
        ])
    }
}
