// A small record type with every write and merge rule, in two versions: the older does not know two of the units.

import SyncCore

enum TestCatalog {
    static let name: UnitNumber = 1
    static let location: UnitNumber = 2
    static let services: UnitNumber = 32
    static let website: UnitNumber = 34
    static let brokers: UnitNumber = 35
    static let level: UnitNumber = 36
    static let remark: UnitNumber = 40

    static let homes = ["SH": "shanghai", "JS": "jiangsu", "ZJ": "zhejiang", "AH": "anhui"]

    private static let units = [
        unit(name, "name", .manual),
        UnitRule(
            number: location, name: "location",
            columns: [ColumnRule(name: "region", type: .text), ColumnRule(name: "street", type: .text)], merge: .home),
        unit(services, "services", .manual),
        unit(website, "website", .manual),
        unit(brokers, "brokers", .latest),
        unit(level, "level", .home),
        unit(remark, "remark", .manual),
    ]

    static let current = rule(units)
    /// Knows neither `website` nor `remark`.
    static let older = rule(units.filter { $0.number != website && $0.number != remark })

    private static func unit(_ number: UnitNumber, _ name: String, _ merge: MergeRule) -> UnitRule {
        UnitRule(number: number, name: name, columns: [ColumnRule(name: name, type: .text)], merge: merge)
    }

    private static func rule(_ units: [UnitRule]) -> RecordRule {
        RecordRule(
            type: "agency", keyColumn: "agency_id",
            home: HomeRule(offset: 0, length: 2, markets: homes.mapValues { Market($0)! }), units: units)
    }

    static func record(_ key: String) -> RecordID { RecordID(type: "agency", key: Text(key)) }
}
