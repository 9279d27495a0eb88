// What merge must know of a record type. Labels, patterns and lists are the catalog's affair (MarketCatalog).

/// How the home of a record is read from its key: the characters `offset ..< offset + length` (ASCII, from 0), looked
/// up in the catalog's append-only map.
package struct HomeRule: Hashable, Sendable {
    package let offset: Int
    package let length: Int
    package let markets: [String: Market]

    package init(offset: Int, length: Int, markets: [String: Market]) {
        self.offset = offset
        self.length = length
        self.markets = markets
    }

    /// Nil if no market of the catalog owns such a key.
    package func market(ofKey key: Text) -> Market? {
        var key = key.string
        return key.withUTF8 { market(ofKeyBytes: UnsafeRawBufferPointer($0)) }
    }

    package func market(ofKeyBytes key: UnsafeRawBufferPointer) -> Market? {
        guard key.count >= offset + length else { return nil }
        return markets[String(decoding: key[offset..<(offset + length)], as: UTF8.self)]
    }
}

package struct RecordRule: Hashable, Sendable {
    package let type: String
    package let keyColumn: String
    package let home: HomeRule
    /// Ascending by number.
    package let units: [UnitRule]
    /// How many columns come before those of each unit.
    package let columnOffsets: [Int]

    package init(type: String, keyColumn: String, home: HomeRule, units: [UnitRule]) {
        self.type = type
        self.keyColumn = keyColumn
        self.home = home
        let units = units.sorted { $0.number < $1.number }
        self.units = units
        columnOffsets = units.indices.map { units[..<$0].reduce(0) { $0 + $1.columns.count } }
    }

    package func unit(_ number: UnitNumber) -> UnitRule? {
        units.first { $0.number == number }
    }

    package func home(ofKey key: Text) -> Market? { home.market(ofKey: key) }

    /// Whether a market may write a unit (0 = existence) of the record with this key.
    package func mayWrite(_ market: Market, unit: UnitNumber, ofKey key: Text) -> Bool {
        switch WriteRule(unit: unit) {
        case .any: true
        case .home: home(ofKey: key) == market
        }
    }
}

/// All record types of one catalog version, as far as merge must know.
package struct Schema: Hashable, Sendable {
    /// Hash of the catalog's files (PROTOCOL.md section 1). It informs; it never decides whether an entry is taken.
    package let catalogHash: Digest
    package let records: [String: RecordRule]

    package init(catalogHash: Digest, records: [RecordRule]) {
        self.catalogHash = catalogHash
        self.records = Dictionary(uniqueKeysWithValues: records.map { ($0.type, $0) })
    }

    package func record(_ type: Text) -> RecordRule? { records[type.string] }
}
