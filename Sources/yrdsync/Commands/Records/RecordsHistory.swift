// `records history`: who wrote what to a record, when and why; deleted records too.

import ArgumentParser
import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct RecordsHistory: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "history",
            abstract: say("一条记录的历史:谁、何时、写了什么、为何", "a record's history: who wrote what, when and why"),
            discussion: say(
                "按本节点应用的先后排列,新的在后。已删除的记录也可查。",
                "In this node's order of application, newest last. Deleted records have one too."))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var revealing: RevealOption

    @Argument(help: RecordsCommand.typeHelp)
    var type: String

    @Argument(help: RecordsCommand.keyHelp)
    var key: String

    var acting: ActingOperator { revealing.acting }

    var deed: Deed? { get throws { try revealing.deed("records history", "\(type) \(key)") } }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        _ = try node.catalog.requestedType(type)
        let record = RecordID(type: Text(type), key: Text(key))
        let items = try node.replica.history(of: record)
        guard try !items.isEmpty || node.replica.record(record) != nil else { throw DeskRefusal.noSuchRecord(record) }
        if common.json {
            let shapes = LogJSON(
                catalog: node.catalog, forbidden: try LogDesk(node).forbiddenChanges(),
                names: try node.replica.originNames())
            for item in items { Screen.print(shapes.historyItem(item).line) }
        } else {
            show(items, node.catalog)
        }
        return .done
    }

    private func show(_ items: [HistoryItem], _ catalog: Catalog) {
        if items.isEmpty {
            Screen.print(say("已写入,尚未封存(下次同步时封存)", "written, and not sealed yet: the next sync seals it"))
        }
        let screen = ChangeScreen(catalog: catalog, reveals: revealing.isAsked)
        for item in items {
            let who = [item.market.name, item.note?.author?.string].compactMap(\.self).joined(separator: " · ")
            Screen.print(
                Screen.safe(
                    "\(Instant.local(item.timeMilliseconds))  \(who)  \(screen.name(of: item.change, item.note))  \(DotPrefix.short(item.dot))"
                ))
            for line in screen.lines(item.change, note: item.note) { Screen.print("    " + line) }
        }
    }
}
