// One choice for many conflicts: each settled or refused on its own, then counted.

import ReplicaStore
import SyncCore
import SyncNode

struct BulkResolution {
    let node: LocalNode
    let choice: ConflictChoice
    let reason: Text
    let author: Text?
    let isDryRun: Bool
    let asJSON: Bool

    func run(_ conditions: ConflictConditions) throws -> ExitStatus {
        let desk = ConflictDesk(node)
        let open = try desk.open(conditions, nowMilliseconds: ConflictsCommand.nowMilliseconds)
        var statuses: [ExitStatus] = []
        // Existence first: a record that is deleted has no other conflicts left, and one that is kept keeps their ids.
        let existence = open.filter { $0.conflict.unit == UnitRule.existence }
        for report in existence + open.filter({ $0.conflict.unit != UnitRule.existence }) {
            statuses.append(try settle(report, desk))
        }
        let settled = statuses.count { $0 == .done }
        showCounts(settled: settled, refused: statuses.count - settled)
        return ExitStatus.worst(statuses + [.done])
    }

    private func settle(_ report: ConflictReport, _ desk: ConflictDesk) throws -> ExitStatus {
        do {
            if isDryRun {
                _ = try desk.check(choice, for: report)
                show(report, result: "would_resolve", say("将裁定", "would resolve"))
            } else {
                let resolved = try desk.resolve(report, choice, reason: reason, author: author)
                show(report, result: "resolved", say("已裁定", "resolved"), resolved)
            }
            return .done
        } catch let refusal as DeskRefusal {
            let failure = Failure(refusal)
            show(report, result: "refused", failure.message, code: failure.code)
            // The request is well formed; it does not answer this one conflict.
            return failure.status == .usage ? .failed : failure.status
        }
    }

    private func show(
        _ report: ConflictReport, result: String, _ words: String, _ resolved: ResolvedConflict? = nil,
        code: String? = nil
    ) {
        let conflict = report.conflict
        Screen.print(
            asJSON
                ? ResolutionLine.json(report, node.catalog, result: result, resolved, code: code).line
                : Screen.safe(
                    "\(Failure.shortID(report.id))  \(conflict.record.type) \(conflict.record.key)  "
                        + "\(node.catalog.name(ofUnit: conflict.unit, in: conflict.record.type))  \(words)"))
    }

    private func showCounts(settled: Int, refused: Int) {
        if asJSON {
            let name = isDryRun ? "would_resolve" : "resolved"
            Screen.print(JSON.object([(name, .number(settled)), ("refused", .number(refused))]).line)
        } else {
            let done = isDryRun ? say("将裁定", "would resolve") : say("已裁定", "resolved")
            Screen.print(say("\(done) \(settled) 个,未成 \(refused) 个", "\(done) \(settled), refused \(refused)"))
        }
    }
}
