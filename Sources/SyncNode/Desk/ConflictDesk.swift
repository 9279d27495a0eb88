// The conflict desk: finds what is open, and turns an admin's word into the one signed change that settles it everywhere.

import MarketCatalog
package import ReplicaStore
package import SyncCore

/// A resolution that was made.
package struct ResolvedConflict: Hashable, Sendable {
    package let report: ConflictReport
    package let choice: ResolutionChoice
    /// The change set that carries it.
    package let dot: Dot
}

/// A resolution that was taken back: its sides stand side by side again.
package struct UndoneResolution: Hashable, Sendable {
    package let id: Digest
    package let record: RecordID
    package let unit: UnitNumber
    /// The conflicts that stand open again.
    package let reopened: [ConflictReport]
    /// The last change set of the group that carries it.
    package let dot: Dot
}

package struct ConflictDesk {
    private let node: LocalNode

    package init(_ node: LocalNode) {
        self.node = node
    }

    // MARK: Finding

    /// Open conflicts in the order in which they opened.
    package func open(_ conditions: ConflictConditions, nowMilliseconds: Int64) throws -> [ConflictReport] {
        let type = conditions.types.count == 1 ? conditions.types.first : nil
        let key = conditions.keys.count == 1 ? conditions.keys.first?.string : nil
        return try node.replica.openConflicts(type: type, key: key).filter {
            conditions.hold(for: $0, node.catalog, nowMilliseconds: nowMilliseconds)
        }
    }

    /// The open conflict whose id begins with 8 hexadecimal digits or more.
    package func conflict(_ prefix: String) throws -> ConflictReport {
        let id = try id(prefix, isOpen: true)
        guard let record = try node.replica.record(ofConflict: id) else { throw DeskRefusal.noSuchConflict(prefix) }
        if let report = try node.replica.conflicts(of: record).first(where: { $0.id == id }) { return report }
        throw try end(of: id, record)
    }

    /// What became of a conflict that is not open any more: it was settled, or other siblings made another one of it.
    private func end(of id: Digest, _ record: RecordID) throws -> DeskRefusal {
        let open = try node.replica.conflicts(of: record)
        guard let closure = try node.replica.closure(ofConflict: id) else {
            return .siblingsChanged(record, now: open.map(\.id))
        }
        let heirs = open.filter { [closure.unit, UnitRule.existence].contains($0.conflict.unit) }
        return heirs.isEmpty ? .conflictClosed(id, closure) : .siblingsChanged(record, now: heirs.map(\.id))
    }

    /// - Parameter isOpen: which conflicts are meant where the digits fit both open and closed ones.
    private func id(_ prefix: String, isOpen: Bool) throws -> Digest {
        let digits = prefix.lowercased()
        guard (DotPrefix.digitsMin...2 * Digest.byteCount).contains(digits.utf8.count),
            digits.utf8.allSatisfy(DotPrefix.isHexadecimal)
        else { throw DeskRefusal.badConflictID(prefix) }
        let found = try node.replica.conflictIDs(beginning: digits)
        let meant = found.filter { $0.isOpen == isOpen }
        let candidates = meant.isEmpty ? found : meant
        guard let first = candidates.first else { throw DeskRefusal.noSuchConflict(prefix) }
        guard candidates.count == 1 else { throw DeskRefusal.ambiguousConflict(prefix, candidates.map(\.id)) }
        return first.id
    }

    // MARK: Resolving

    /// Whether this choice would settle that conflict, without settling it.
    package func check(_ choice: ConflictChoice, for report: ConflictReport) throws -> ResolutionRequest {
        let conflict = report.conflict
        let catalog = node.catalog
        let request = try choice.request(for: report, catalog)
        let type = try catalog.requestedType(conflict.record.type.string)
        guard type.rule.mayWrite(node.market, unit: conflict.unit, ofKey: conflict.record.key) else {
            throw notAllowed(conflict.record, unit: conflict.unit)
        }
        if case .value(let values) = request,
            let columns = catalog.columns(of: values, ofUnit: conflict.unit, in: conflict.record.type)
        {
            let trial = TrialWrite(path: node.directory.replica, type: type)
            if let refusal = try trial.refusal(of: columns, in: conflict.record.key) {
                throw DeskRefusal.valueRefused(refusal, conflict.record)
            }
        }
        return request
    }

    package func resolve(
        _ report: ConflictReport, _ choice: ConflictChoice, reason: Text, author: Text?
    ) throws -> ResolvedConflict {
        let request = try check(choice, for: report)
        let record = report.conflict.record
        do {
            let dot = try node.resolve(conflict: report.id, of: record, request, reason: reason, author: author)
            return ResolvedConflict(report: report, choice: request.choice, dot: dot)
        } catch let refusal as ResolveRefusal {
            throw try deskRefusal(refusal, of: report)
        }
    }

    // MARK: Undoing

    /// Takes back the resolution of a conflict, open ones with the same first digits aside.
    package func undo(_ prefix: String, reason: Text, author: Text?) throws -> UndoneResolution {
        let id = try id(prefix, isOpen: false)
        guard let record = try node.replica.record(ofConflict: id) else { throw DeskRefusal.noSuchConflict(prefix) }
        guard let closure = try node.replica.closure(ofConflict: id) else { throw DeskRefusal.notResolved(id, record) }
        let dot: Dot
        do {
            dot = try node.undo(resolution: id, of: record, reason: reason, author: author)
        } catch let refusal as ResolveRefusal {
            throw switch refusal {
            case .notResolved: DeskRefusal.notResolved(id, record)
            case .refused(.notAllowed): notAllowed(record, unit: closure.unit)
            case .changed, .refused, .writtenSince: DeskRefusal.writtenSince(id, record)
            }
        }
        return UndoneResolution(
            id: id, record: record, unit: closure.unit,
            reopened: try node.replica.conflicts(of: record).filter { $0.conflict.unit == closure.unit },
            dot: dot)
    }

    private func notAllowed(_ record: RecordID, unit: UnitNumber) -> DeskRefusal {
        .notAllowed(
            record, unit: node.catalog.name(ofUnit: unit, in: record.type),
            home: node.catalog.schema.record(record.type)?.home(ofKey: record.key))
    }

    private func deskRefusal(_ refusal: ResolveRefusal, of report: ConflictReport) throws -> DeskRefusal {
        switch refusal {
        case .refused(.notAllowed):
            notAllowed(report.conflict.record, unit: report.conflict.unit)
        // `check` has ruled out that the choice does not fit the shown siblings: these are others.
        case .changed, .refused(.noSuchSide), .refused(.wrongChoice), .refused(.valueDoesNotFit), .notResolved,
            .writtenSince:
            try end(of: report.id, report.conflict.record)
        }
    }
}
