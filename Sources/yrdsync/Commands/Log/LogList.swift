// `log list`: change sets in order of application, newest last.

import ArgumentParser
import ReplicaStore
import SyncCore
import SyncNode

struct LogList: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: say("列出变更集,新的在后", "list change sets, the newest last"),
            discussion: say(
                "屏幕上只列最近 \(screenLimit) 个(--limit 另定);--json 不限。",
                "A screen gets the last \(screenLimit), unless --limit says otherwise; --json gets all."))
    }

    private static let screenLimit = 100

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp(say("只列最近几个", "only the last so many"), valueName: "n"))
    var limit: Int?

    func perform() async throws -> ExitStatus {
        if let limit, limit < 1 {
            throw NodeError(.usage, code: "bad_limit", say("--limit 至少为 1", "--limit is at least 1"))
        }
        let node = try common.open()
        if common.json {
            let shapes = LogJSON(
                catalog: node.catalog, forbidden: try LogDesk(node).forbiddenChanges(),
                names: try node.replica.originNames())
            let lines = try last(limit, of: node.replica) { shapes.summary($0).line }
            let stream = try DataStream()
            for line in lines { try stream.write(line: line) }
            try stream.finish()
        } else {
            let head = [say("变更集", "CHANGE SET"), say("时间", "TIME"), say("记录数", "RECORDS"), say("说明", "WHAT")]
            let rows = try last(limit ?? Self.screenLimit, of: node.replica, Self.row)
            for line in Screen.table([head] + rows) { Screen.print(line) }
        }
        return .done
    }

    private func last<Line>(_ limit: Int?, of replica: SQLiteReplica, _ line: (LogItem) -> Line) throws -> [Line] {
        var lines: [Line] = []
        try replica.forEachLogItem { item in
            lines.append(line(item))
            // Trimmed now and then, so that a long log is not copied once an entry.
            if let limit, lines.count >= 2 * limit { lines.removeFirst(lines.count - limit) }
        }
        return limit.map { Array(lines.suffix($0)) } ?? lines
    }

    private static func row(_ item: LogItem) -> [String] {
        let header = item.stored.entry.header
        return [
            DotPrefix.short(item.name), Instant.local(header.timeMilliseconds),
            "\(item.changeSet?.changes.count ?? 0)", what(item),
        ]
    }

    private static func what(_ item: LogItem) -> String {
        if let fault = item.stored.fault { return say("无效:\(fault)", "without effect: \(fault)") }
        guard let changeSet = item.changeSet else { return "" }
        if let note = changeSet.notes.first(where: { $0.conflictID != nil }), let conflict = note.conflictID {
            let author = note.author.map { " · \($0)" } ?? ""
            let id = Failure.shortID(conflict)
            return note.choice == .undo
                ? say("撤销 \(id) 的裁定\(author)", "undoes the resolution of \(id)\(author)")
                : say("裁定 \(id)\(author)", "resolves \(id)\(author)")
        }
        if changeSet.notes.contains(where: { $0.predecessor != nil }) { return say("新的任期", "a new incarnation") }
        guard let first = changeSet.changes.first else { return "" }
        let rest = changeSet.changes.count - 1
        let name = "\(first.kind.name) \(first.record.type) \(first.record.key)"
        return rest == 0 ? name : say("\(name) 等", "\(name) and \(rest) more")
    }
}
