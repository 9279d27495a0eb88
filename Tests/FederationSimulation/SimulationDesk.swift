// Admins at the conflict desk: they resolve, come too late, and change their minds.

import Foundation
import ReplicaStore
import SyncCore
import SyncSimulation

extension Simulation {
    mutating func resolve(at node: SimulatedNode) throws -> String {
        let open = try node.replica.openConflicts()
        guard !open.isEmpty else { return "no conflict" }
        let report = open[generator.pick(open.count)]
        let side = generator.pick(from: report.conflict.sides)
        let isExistence = report.conflict.unit == UnitRule.existence
        let request: ResolutionRequest =
            switch generator.pick(3) {
            case 0 where isExistence: .keep
            case 1 where isExistence: .delete
            case 0 where report.conflict.unit == 32: .value([.text(Text(writer.token()))])
            default: .take(side.stamp.id)
            }
        shown.append((report.id, report.conflict.record, report.conflict.unit, request))
        return try resolve(report.id, of: report.conflict.record, report.conflict.unit, request, at: node)
    }

    mutating func resolveStale(at node: SimulatedNode) throws -> String {
        guard !shown.isEmpty else { return "nothing shown yet" }
        let old = generator.pick(from: shown)
        let before = try node.replica.openConflicts().map(\.id)
        let what = try resolve(old.id, of: old.record, old.unit, old.request, at: node)
        if what == "resolved", !before.contains(old.id) {
            throw Violation("\(node.market) resolved a conflict that was not open there")
        }
        return what
    }

    private mutating func resolve(
        _ id: Digest, of record: RecordID, _ unit: UnitNumber, _ request: ResolutionRequest, at node: SimulatedNode
    ) throws -> String {
        do {
            try node.recoverIfRolledBack()
            try node.replica.resolve(
                conflict: id, of: record, request, reason: "checked", author: "li", node.signer)
            try node.raiseFence()
        } catch let refusal as ResolveRefusal {
            try ledger.observe(node, hasSealed: true)
            tally.count("resolution refused")
            return refused(refusal)
        }
        try ledger.observe(node, hasSealed: true)
        guard try !node.replica.openConflicts().contains(where: { $0.id == id }) else {
            throw Violation("a resolved conflict is open")
        }
        resolved.append((id, record, unit))
        tally.count("conflict resolved")
        return "resolved"
    }

    private func refused(_ refusal: ResolveRefusal) -> String {
        switch refusal {
        case .changed: "changed"
        case .refused(let reason): "refused \(reason)"
        case .notResolved: "not resolved"
        case .writtenSince: "written since"
        }
    }

    mutating func undo(at node: SimulatedNode) throws -> String {
        guard !resolved.isEmpty else { return "nothing resolved yet" }
        let old = generator.pick(from: resolved)
        do {
            try node.recoverIfRolledBack()
            try node.replica.undo(
                resolution: old.id, of: old.record, reason: "mistaken", author: "wang", node.signer)
            try node.raiseFence()
        } catch let refusal as ResolveRefusal {
            try ledger.observe(node, hasSealed: true)
            return refused(refusal)
        }
        try ledger.observe(node, hasSealed: true)
        guard
            try node.replica.openConflicts().contains(where: {
                $0.conflict.record == old.record && $0.conflict.unit == old.unit
            })
        else { throw Violation("an undone resolution left no conflict") }
        tally.count("resolution undone")
        return "undone"
    }
}
