// What the catalog knows of one column beyond its unit: how it is named, shared, read and bounded.

package import SyncCore

/// A column of a synced table, the key apart.
package struct Column: Hashable, Sendable {
    package let name: String
    package let type: ColumnType
    package let label: LocalizedText
    /// What import accepts, the first one being what export writes. The column's name is accepted too (amounts: in fen).
    package let headers: [CSVHeader]
    package let share: Share
    /// Masked on screens and in logs.
    package let isPersonal: Bool
    /// Nil exactly where `share` is `home`.
    package let unit: UnitNumber?
    /// In characters (Unicode scalars, as SQLite's `length()` counts). Text columns have one, others none.
    package let lengthMax: Int?
    /// The least number allowed in an integer or money column.
    package let minimum: Int64?
    /// Import refuses a row without it, and so does the trigger on a local insert.
    package let isRequired: Bool
    /// A number or code in text form: full-width letters and digits become plain ones on import.
    package let isCodeLike: Bool

    /// Whether Excel, left alone, would take the value for a number and lose its digits.
    package var excelText: Bool {
        switch type {
        case .uscc: true
        case .text: isCodeLike
        case .integer, .money, .date, .code, .codeSet, .region: false
        }
    }

    package init(
        name: String, type: ColumnType, label: LocalizedText, headers: [CSVHeader], share: Share, isPersonal: Bool,
        unit: UnitNumber?, lengthMax: Int?, minimum: Int64?, isRequired: Bool, isCodeLike: Bool
    ) {
        self.name = name
        self.type = type
        self.label = label
        self.headers = headers
        self.share = share
        self.isPersonal = isPersonal
        self.unit = unit
        self.lengthMax = lengthMax
        self.minimum = minimum
        self.isRequired = isRequired
        self.isCodeLike = isCodeLike
    }
}

extension ColumnType {
    /// The code list whose slugs the column holds, if it holds any. Regions have a list of names, yet accept codes that
    /// are not in it (`RegionCode`).
    package var codeList: String? {
        switch self {
        case .code(let list), .codeSet(let list): list
        case .region: RegionCode.listName
        case .text, .integer, .money, .date, .uscc: nil
        }
    }

    /// As the catalog writes it and `yrdsync catalog` prints it: `code(category)`.
    package var name: String {
        switch self {
        case .text: "text"
        case .integer: "integer"
        case .money: "money"
        case .date: "date"
        case .code(let list): "code(\(list))"
        case .codeSet(let list): "codes(\(list))"
        case .uscc: "uscc"
        case .region: "region"
        }
    }
}
