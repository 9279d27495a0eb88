// What an admin says to a conflict, before it is known whether it answers that conflict.

package import MarketCatalog
package import ReplicaStore
package import SyncCore

package enum ConflictChoice: Hashable, Sendable {
    case take(SideName)
    /// The text after `UNIT=` is JSON.
    case value(unit: String, json: String)
    case keep
    case delete

    /// `--take`: a market, or one entry of it.
    package enum SideName: Hashable, Sendable {
        case market(Market)
        case dot(DotPrefix)

        package init(_ text: String) throws(DeskRefusal) {
            if let market = Market(text) {
                self = .market(market)
            } else if let dot = DotPrefix(text) {
                self = .dot(dot)
            } else {
                throw .badSide(text)
            }
        }

        fileprivate func names(_ dot: NamedDot) -> Bool {
            switch self {
            case .market(let market): dot.origin.market == market
            case .dot(let prefix): prefix.matches(dot)
            }
        }

        fileprivate var text: String {
            switch self {
            case .market(let market): market.name
            case .dot(let dot): dot.text
            }
        }
    }

    /// Reads `UNIT={"column": value, …}`, split at the first `=`.
    package static func value(_ text: String) throws(DeskRefusal) -> ConflictChoice {
        guard let sign = text.firstIndex(of: "=") else { throw .badValue(.notAnAssignment) }
        return .value(unit: String(text[..<sign]), json: String(text[text.index(after: sign)...]))
    }

    /// The choice as an answer to one conflict.
    package func request(for report: ConflictReport, _ catalog: Catalog) throws(DeskRefusal) -> ResolutionRequest {
        let conflict = report.conflict
        let isExistence = conflict.unit == UnitRule.existence
        let unitName = catalog.name(ofUnit: conflict.unit, in: conflict.record.type)
        switch self {
        case .take(let side):
            return .take(try Self.entry(of: side, in: report))
        case .value(let asked, let json):
            guard !isExistence else { throw .wrongChoice(unit: unitName) }
            guard asked == unitName else { throw .otherUnit(asked: asked, unit: unitName) }
            guard let unit = catalog.schema.record(conflict.record.type)?.unit(conflict.unit) else {
                throw .otherUnit(asked: asked, unit: unitName)
            }
            return .value(try UnitValueReader.values(json, of: unit))
        case .keep:
            guard isExistence else { throw .wrongChoice(unit: unitName) }
            return .keep
        case .delete:
            guard isExistence else { throw .wrongChoice(unit: unitName) }
            return .delete
        }
    }

    /// Several siblings of one market are no question as long as they say the same (equal values count as one).
    private static func entry(of name: SideName, in report: ConflictReport) throws(DeskRefusal) -> Digest {
        let sides = report.conflict.sides.filter { side in report.dots[side.stamp.id].map(name.names) ?? false }
        guard let first = sides.first else {
            throw .noSuchSide(name.text, sides: dots(of: report.conflict.sides, in: report))
        }
        guard Set(sides.map(\.value)).count == 1 else {
            throw .severalSides(name.text, dots(of: sides, in: report))
        }
        return first.stamp.id
    }

    private static func dots(of sides: [Conflict.Side], in report: ConflictReport) -> [NamedDot] {
        sides.compactMap { report.dots[$0.stamp.id] }.sorted()
    }
}
