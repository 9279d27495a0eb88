// `conflicts resolve`: one signed decision, which closes a conflict on every node.

import ArgumentParser
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct ConflictsResolve: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "resolve", abstract: say("裁定一个冲突(或 --all 批量)", "resolve a conflict, or many with --all"),
            discussion: say(
                "若各方的值在查看之后有变,不作裁定,并显示新的冲突(退出码 1)。",
                "If the sides have changed since they were shown, nothing is resolved and the new conflict is shown (exit code 1)."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(
        help: ArgumentHelp(say("冲突编号,或其开头 8 位以上", "the conflict's id, or its first 8 digits or more"), valueName: "id"))
    var id: String?

    @OptionGroup var options: ResolveOptions

    @Flag(help: ArgumentHelp(say("裁定全部符合 --where 的冲突", "resolve every conflict that --where selects")))
    var all = false

    @OptionGroup var filter: ConflictWhere

    @Flag(help: ArgumentHelp(say("与 --all 同用:只说会做什么", "with --all: only say what would be done")))
    var dryRun = false

    var deed: Deed? {
        get throws {
            _ = try options.choice
            let reason = try options.signed.reasonText
            try checkSelection()
            guard !dryRun else { return nil }
            // A value may be personal: the change set has it.
            let chosen = [
                options.take.map { "--take \($0)" }, options.value == nil ? nil : "--value",
                options.keep ? "--keep" : nil, options.delete ? "--delete" : nil,
            ]
            let subject = [id ?? "--all"] + filter.conditions.map { "--where \($0)" } + chosen.compactMap(\.self)
            return Deed(
                "conflicts resolve", as: .business, subject: subject.joined(separator: " "), reason: reason.string)
        }
    }

    func perform() async throws -> ExitStatus {
        let choice = try options.choice
        let reason = try options.signed.reasonText
        let author = try options.signed.authorText
        try checkSelection()
        let node = try common.open()
        guard let id else {
            return try BulkResolution(
                node: node, choice: choice, reason: reason, author: author, isDryRun: dryRun, asJSON: common.json
            ).run(try ConflictConditions(filter.conditions, node.catalog))
        }
        let desk = ConflictDesk(node)
        do {
            show(try desk.resolve(try desk.conflict(id), choice, reason: reason, author: author), on: node)
            return .done
        } catch DeskRefusal.siblingsChanged(let record, let now) {
            try show(now, of: record, on: node)
            throw DeskRefusal.siblingsChanged(record, now: now)
        }
    }

    private func checkSelection() throws {
        guard (id == nil) == all else {
            throw NodeError(
                .usage, code: "one_selection",
                say("请给出一个冲突编号,或 --all", "give the id of one conflict, or --all"))
        }
        guard all || (!dryRun && filter.conditions.isEmpty) else {
            throw NodeError(
                .usage, code: "only_with_all",
                say("--where 和 --dry-run 须与 --all 同用", "--where and --dry-run go with --all"))
        }
        if all, options.value != nil {
            throw NodeError(
                .usage, code: "not_with_all",
                say("--value 只能用于单个冲突", "--value answers one conflict, not --all"))
        }
    }

    private func show(_ resolved: ResolvedConflict, on node: LocalNode) {
        let conflict = resolved.report.conflict
        if common.json {
            Screen.print(ResolutionLine.json(resolved.report, node.catalog, result: "resolved", resolved).line)
        } else {
            Screen.print(
                Screen.safe(
                    say(
                        "已裁定 \(conflict.record.type) \(conflict.record.key) 的 \(node.catalog.label(ofUnit: conflict.unit, in: conflict.record.type)):\(ResolutionLine.name(of: resolved.choice)),变更集 \(DotPrefix.short(resolved.dot))。下次同步后各处生效",
                        "resolved \(node.catalog.label(ofUnit: conflict.unit, in: conflict.record.type)) of \(conflict.record.type) \(conflict.record.key): \(ResolutionLine.name(of: resolved.choice)), change set \(DotPrefix.short(resolved.dot)). It closes everywhere as it travels"
                    )))
        }
    }

    /// The conflicts that stand now, as they are.
    private func show(_ now: [Digest], of record: RecordID, on node: LocalNode) throws {
        for report in try node.replica.conflicts(of: record) where now.contains(report.id) {
            if common.json {
                Screen.print(JSON(report, node.catalog).line)
            } else {
                for line in try ConflictScreen(of: report, on: node).lines + [""] { Screen.print(line) }
            }
        }
    }
}
