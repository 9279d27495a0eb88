// `quarantine`: entries and changes without effect, and why; and the proofs of forks.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct QuarantineCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "quarantine",
            abstract: say("隔离:未生效的变更集及原因,分叉的证据", "entries without effect, and why; proofs of forks"),
            subcommands: [
                List.self, QuarantineShow.self, QuarantineExport.self, QuarantineVerify.self, QuarantineSettle.self,
            ])
    }

    struct List: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "list", abstract: say("列出未生效的变更集和变更", "list entries and changes without effect"))
        }

        @OptionGroup var common: CommonOptions

        func perform() async throws -> ExitStatus {
            let node = try common.open()
            let items = try node.replica.quarantine()
            if common.json {
                for item in items { Screen.print(JSON.object(QuarantineCommand.fields(item, node.catalog)).line) }
            } else if items.isEmpty {
                Screen.print(say("没有被隔离的内容", "nothing is quarantined"))
            } else {
                let head = [
                    say("来源", "ORIGIN"), say("类别", "CLASS"), say("原因", "CODE"), say("记录", "RECORD"), say("经由", "FROM"),
                    say("首见于", "FIRST SEEN"),
                ]
                for line in Screen.table([head] + items.map { Self.row($0, node.catalog) }) { Screen.print(line) }
            }
            return .done
        }

        private static func row(_ item: QuarantineItem, _ catalog: Catalog) -> [String] {
            let unit = item.unit.map { catalog.label(ofUnit: $0, in: Text(item.type ?? "")) }
            let dot = Origin(item.origin).map { DotPrefix.short(Dot(origin: $0, sequence: item.sequence)) }
            return [
                dot ?? "\(item.origin):\(item.sequence)", QuarantineCommand.name(of: item.class), item.code,
                [item.type, item.key, unit].compactMap(\.self).joined(separator: " "),
                item.peer ?? ValueText.nothing, Instant.local(item.firstSeenMilliseconds),
            ]
        }
    }

    /// `type`, `key` and `unit` where they are known.
    static func fields(_ item: QuarantineItem, _ catalog: Catalog) -> [(String, JSON)] {
        var fields: [(String, JSON)] = [
            ("id", .string(item.id.hex)), ("origin", .string(item.origin)), ("seq", .number(item.sequence)),
            ("class", .string(item.class)), ("code", .string(item.code)), ("peer", .optional(item.peer)),
            ("first_seen", .string(Instant.utc(item.firstSeenMilliseconds))),
        ]
        if let type = item.type { fields.append(("type", .string(type))) }
        if let key = item.key { fields.append(("key", .string(key))) }
        if let unit = item.unit, let type = item.type {
            fields.append(("unit", .string(catalog.name(ofUnit: unit, in: Text(type)))))
        }
        return fields
    }

    static func name(of slug: String) -> String {
        switch EntryRefusal.Class(rawValue: slug) {
        case .notAuthentic: say("不可信", "not authentic")
        case .faulty: say("有误", "faulty")
        case .forbidden: say("无权", "forbidden")
        case .waiting: say("等待", "waiting")
        case .fork: say("分叉", "fork")
        case .void: say("已废止", "void")
        case nil: slug
        }
    }
}
