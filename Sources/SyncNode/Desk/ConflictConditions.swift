// `--where` of conflicts: five things one may ask for, never SQL.

package import MarketCatalog
package import ReplicaStore
package import SyncCore

/// Conditions that are given for one thing are alternatives; different things must all hold.
package struct ConflictConditions: Hashable, Sendable {
    private enum Field: String, CaseIterable {
        case type
        case key
        case unit
        case market
        case older
    }

    package static let fieldNames = Field.allCases.map(\.rawValue)

    package private(set) var types: Set<String> = []
    package private(set) var keys: Set<Text> = []
    package private(set) var units: Set<String> = []
    /// One of the sides is of such a market.
    package private(set) var markets: Set<Market> = []
    /// Open for at least this long.
    package private(set) var ageMilliseconds: Int64 = 0

    package init(_ texts: [String], _ catalog: Catalog) throws(DeskRefusal) {
        for text in texts { try add(text, catalog) }
    }

    private mutating func add(_ text: String, _ catalog: Catalog) throws(DeskRefusal) {
        guard let sign = text.firstIndex(of: "="), let field = Field(rawValue: String(text[..<sign])) else {
            throw .badCondition(text, known: Self.fieldNames)
        }
        let value = String(text[text.index(after: sign)...])
        switch field {
        case .type: types.insert(try catalog.requestedType(value).name)
        case .key: keys.insert(Text(value))
        case .unit:
            let known = [UnitRule.existenceName] + catalog.recordTypes.flatMap { $0.units.map(\.name) }
            guard known.contains(value) else {
                throw .badConditionValue(text, expected: Set(known).sorted().joined(separator: ", "))
            }
            units.insert(value)
        case .market:
            guard let market = Market(value) else { throw .badConditionValue(text, expected: "market=shanghai") }
            markets.insert(market)
        case .older:
            guard let age = Self.milliseconds(value) else {
                throw .badConditionValue(text, expected: "older=7d, 12h, 30m")
            }
            ageMilliseconds = max(ageMilliseconds, age)
        }
    }

    /// `90s`, `30m`, `12h`, `7d`.
    private static func milliseconds(_ text: String) -> Int64? {
        let factors: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let last = text.last, let factor = factors[last], let count = Int64(text.dropLast()),
            (0...36_600_000).contains(count)
        else { return nil }
        return count * factor
    }

    package func hold(for report: ConflictReport, _ catalog: Catalog, nowMilliseconds: Int64) -> Bool {
        let conflict = report.conflict
        let type = conflict.record.type
        return (types.isEmpty || types.contains(type.string))
            && (keys.isEmpty || keys.contains(conflict.record.key))
            && (units.isEmpty || units.contains(catalog.name(ofUnit: conflict.unit, in: type)))
            && (markets.isEmpty || conflict.sides.contains { markets.contains($0.stamp.market) })
            && conflict.openedMilliseconds <= nowMilliseconds - ageMilliseconds
    }
}
