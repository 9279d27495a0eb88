// An admin's decision as a change: it covers every sibling it sees, and keeps none.

/// What an admin may choose.
package enum ResolutionRequest: Hashable, Sendable {
    /// The value of one side, named by the entry that wrote it.
    case take(Digest)
    /// A value of the admin's own, in the catalog's column order.
    case value([FieldValue])
    case keep
    case delete

    package var choice: ResolutionChoice {
        switch self {
        case .take: .take
        case .value: .value
        case .keep: .keep
        case .delete: .delete
        }
    }
}

package enum Resolution {
    package enum Refusal: Error, Hashable, Sendable {
        /// No side of the conflict was written by that entry.
        case noSuchSide
        /// `--value` answers a conflict of a unit; `--keep` and `--delete` answer one of existence.
        case wrongChoice
        case valueDoesNotFit
        /// The market may not write what the resolution writes; the one that may is named.
        case notAllowed(home: Market?)
    }

    /// The change that settles `conflict` as asked, made by `market`.
    package static func draft(
        _ request: ResolutionRequest, of conflict: Conflict, rule: RecordRule, by market: Market
    ) throws(Refusal) -> LocalEdit.Draft {
        guard rule.mayWrite(market, unit: conflict.unit, ofKey: conflict.record.key) else {
            throw .notAllowed(home: rule.home(ofKey: conflict.record.key))
        }
        let value = try settledValue(request, conflict, rule)
        let (kind, units): (ChangeKind, [UnitValues]) =
            switch value {
            case .present: (.keep, [])
            case .absent: (.delete, [])
            case .unit(let values): (.update, [UnitValues(unit: conflict.unit, values: values)])
            }
        return LocalEdit.Draft(kind: kind, record: conflict.record, units: units, kept: [:])
    }

    private static func settledValue(
        _ request: ResolutionRequest, _ conflict: Conflict, _ rule: RecordRule
    ) throws(Refusal) -> Conflict.SideValue {
        let isExistence = conflict.unit == UnitRule.existence
        switch request {
        case .take(let id):
            guard let side = conflict.sides.first(where: { $0.stamp.id == id }) else { throw .noSuchSide }
            return side.value
        case .value(let values):
            guard !isExistence else { throw .wrongChoice }
            guard rule.unit(conflict.unit)?.fits(values) == true else { throw .valueDoesNotFit }
            return .unit(values)
        case .keep:
            guard isExistence else { throw .wrongChoice }
            return .present
        case .delete:
            guard isExistence else { throw .wrongChoice }
            return .absent
        }
    }
}
