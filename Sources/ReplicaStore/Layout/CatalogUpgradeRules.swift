// What a newer catalog may not change: what others already rely on, or what is signed.

import MarketCatalog
package import SyncCore

/// Why a catalog cannot follow another.
package struct CatalogUpgradeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Of the catalog: a type, a unit, a column.
    package let item: String
    package let reason: LocalizedText

    package var description: String { "\(item): \(reason.zh) / \(reason.en)" }
}

/// A type, a unit's number with its columns, types and merge rule, and the homes are append-only.
struct CatalogUpgradeRules {
    let old: Catalog
    let new: Catalog

    func check() throws(CatalogUpgradeRefusal) {
        guard new.version > old.version else {
            throw refusal(
                "version", "新目录的版本号须大于 \(old.version)", "the new catalog's version must be higher than \(old.version)")
        }
        for (prefix, market) in old.markets.sorted(by: { $0.key < $1.key }) where new.markets[prefix] != market {
            throw refusal("homes.\(prefix)", "归属不可更改", "a prefix never changes hands")
        }
        for type in old.recordTypes {
            guard let successor = new.recordType(named: type.name) else {
                throw refusal(type.name, "记录类型不可删除", "a record type stays for ever")
            }
            try check(type, successor)
        }
    }

    private func check(_ old: RecordType, _ new: RecordType) throws(CatalogUpgradeRefusal) {
        guard old.keyColumn.name == new.keyColumn.name else {
            throw refusal("\(old.name).key", "主键不可更改", "the key stays for ever")
        }
        guard old.home.offset == new.home.offset, old.home.length == new.home.length else {
            throw refusal("\(old.name).key.home", "归属的读法不可更改", "how the home is read stays for ever")
        }
        for (prefix, market) in old.home.markets.sorted(by: { $0.key < $1.key })
        where new.home.markets[prefix] != market {
            throw refusal("\(old.name).key.home", "归属不可更改", "a prefix never changes hands")
        }
        for unit in old.rule.units where !isSame(unit, new.rule.unit(unit.number)) {
            throw refusal(
                "\(old.name).\(unit.name)", "单元的编号、列、类型和合并规则不可更改;请另加新单元",
                "a unit's number, columns, types and merge rule stay for ever; add a new unit")
        }
        for column in old.localColumns where new.column(named: column.name).map({ $0.unit != nil }) ?? true {
            throw refusal(
                "\(old.name).\(column.name)", "不出节点的列不可删除或公开",
                "a column that never leaves the node can neither go nor be shared")
        }
        for column in old.localColumns where new.column(named: column.name)?.type != column.type {
            throw refusal("\(old.name).\(column.name)", "列的类型不可更改", "a column's type stays for ever")
        }
    }

    /// A unit's name is a label; its columns' names are the table's.
    private func isSame(_ old: UnitRule, _ new: UnitRule?) -> Bool {
        guard let new else { return false }
        return old.columns == new.columns && old.merge == new.merge
    }

    private func refusal(_ item: String, _ zh: String, _ en: String) -> CatalogUpgradeRefusal {
        CatalogUpgradeRefusal(item: item, reason: LocalizedText(zh: zh, en: en))
    }
}
