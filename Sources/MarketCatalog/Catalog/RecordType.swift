// A record type is what one synced table is made from.

package import SyncCore

/// Contracts, agencies.
package struct RecordType: Sendable {
    package let name: String
    package let label: LocalizedText
    package let keyColumn: KeyColumn
    package let home: HomeRule
    /// In the catalog's order, the key apart.
    package let columns: [Column]
    /// Ascending by number.
    package let units: [Unit]
    package let rules: [CrossColumnRule]
    /// What merge must know of it.
    package let rule: RecordRule

    init(
        name: String, label: LocalizedText, keyColumn: KeyColumn, home: HomeRule, columns: [Column], units: [Unit],
        rules: [CrossColumnRule]
    ) {
        let types = Dictionary(uniqueKeysWithValues: columns.map { ($0.name, $0.type) })
        self.name = name
        self.label = label
        self.keyColumn = keyColumn
        self.home = home
        self.columns = columns
        self.units = units
        self.rules = rules
        rule = RecordRule(
            type: name, keyColumn: keyColumn.name, home: home,
            units: units.map { unit in
                UnitRule(
                    number: unit.number, name: unit.name,
                    columns: unit.columns.map { ColumnRule(name: $0, type: types[$0]!) }, merge: unit.merge)
            })
    }

    /// The columns that never leave the node.
    package var localColumns: [Column] { columns.filter { $0.share == .home } }

    package func column(named name: String) -> Column? { columns.first { $0.name == name } }

    package func unit(_ number: UnitNumber) -> Unit? { units.first { $0.number == number } }

    package func unit(named name: String) -> Unit? { units.first { $0.name == name } }
}
