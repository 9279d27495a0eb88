// What a column may hold, as far as merge and codec must know.

/// The types of the catalog. `code`, `codeSet` name the code list whose slugs they hold.
package enum ColumnType: Hashable, Sendable {
    case text
    case integer
    /// Integer fen.
    case money
    /// `YYYY-MM-DD`.
    case date
    case code(list: String)
    case codeSet(list: String)
    /// A unified social credit code (GB 32100-2015).
    case uscc
    /// A GB/T 2260 region code.
    case region

    package var isSet: Bool { if case .codeSet = self { true } else { false } }

    /// Whether a value's wire form fits; null fits everywhere. What a value *means* (a code in its list, a date in the
    /// calendar) is local validation and never a reason to refuse a change set.
    package func fits(_ value: FieldValue) -> Bool {
        switch (value, self) {
        case (.null, _): true
        case (.integer, .integer), (.integer, .money): true
        case (.text, .text), (.text, .date), (.text, .code), (.text, .uscc), (.text, .region): true
        case (.set, .codeSet): true
        default: false
        }
    }
}
