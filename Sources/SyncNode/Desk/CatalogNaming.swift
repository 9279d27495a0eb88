// Numbers of the protocol as the names people and programs know.

package import MarketCatalog
package import SyncCore

extension UnitRule {
    /// What stands for unit 0 in JSON and on the command line; no unit can have such a name.
    package static let existenceName = "*existence*"
}

extension Catalog {
    /// A unit of a newer catalog is named by its number.
    package func name(ofUnit unit: UnitNumber, in type: Text) -> String {
        guard unit != UnitRule.existence else { return UnitRule.existenceName }
        return recordType(named: type.string)?.unit(unit)?.name ?? "\(unit)"
    }

    /// Values by column; nil for a unit that this catalog does not know, or values that are not as many as its columns.
    package func columns(of values: [FieldValue], ofUnit unit: UnitNumber, in type: Text) -> [String: FieldValue]? {
        guard let unit = recordType(named: type.string)?.unit(unit), unit.columns.count == values.count else {
            return nil
        }
        return Dictionary(uniqueKeysWithValues: zip(unit.columns, values))
    }

    /// The type that a request names.
    package func requestedType(_ name: String) throws(DeskRefusal) -> RecordType {
        guard let type = recordType(named: name) else {
            throw .unknownType(name, known: recordTypes.map(\.name))
        }
        return type
    }
}
