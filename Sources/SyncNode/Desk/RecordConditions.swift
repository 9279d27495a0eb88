// `--where column=value` of records: what a person writes, as a condition on a column.

package import MarketCatalog
package import ReplicaStore
import SyncCore

extension RecordType {
    /// Reads `column=value`, split at the first `=`. A code may be given by its slug or by any of its names; nothing
    /// after the `=` asks for empty cells.
    package func condition(_ text: String, _ catalog: Catalog) throws(DeskRefusal) -> ColumnCondition {
        let known = [keyColumn.name] + columns.filter { $0.unit != nil }.map(\.name)
        guard let sign = text.firstIndex(of: "=") else { throw .badCondition(text, known: known) }
        let name = String(text[..<sign])
        let value = String(text[text.index(after: sign)...])
        if name == keyColumn.name { return ColumnCondition(column: name, test: .equals(.text(Text(value)))) }
        guard let column = column(named: name), column.unit != nil else {
            throw .unknownColumn(name, type: self.name, known: known)
        }
        guard !value.isEmpty else { return ColumnCondition(column: name, test: .equals(.null)) }
        return ColumnCondition(column: name, test: try Self.test(column, value, catalog))
    }

    private static func test(
        _ column: Column, _ value: String, _ catalog: Catalog
    ) throws(DeskRefusal) -> ColumnCondition.Test {
        switch column.type {
        case .integer, .money:
            guard let number = Int64(value) else {
                throw .badConditionValue("\(column.name)=\(value)", expected: column.type.name)
            }
            return .equals(.integer(number))
        case .codeSet(let list):
            return .contains(Text(catalog.codeLists[list]?.slug(for: value) ?? value))
        case .code(let list):
            return .equals(.text(Text(catalog.codeLists[list]?.slug(for: value) ?? value)))
        case .text, .date, .uscc, .region:
            return .equals(.text(Text(value)))
        }
    }
}
