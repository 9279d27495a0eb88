// Why a request at the desk was not carried out. The words for people are ring 3's, in both languages.

package import MarketCatalog
package import ReplicaStore
package import SyncCore

package enum DeskRefusal: Error, Hashable, Sendable {
    // Records.
    case unknownType(String, known: [String])
    case noSuchRecord(RecordID)
    case unknownColumn(String, type: String, known: [String])
    /// A `--where` that is not `name=value`, or names nothing that can be asked for.
    case badCondition(String, known: [String])
    case badConditionValue(String, expected: String)

    // Conflicts.
    case badConflictID(String)
    case noSuchConflict(String)
    case ambiguousConflict(String, [Digest])
    case conflictClosed(Digest, ConflictClosure)
    /// Not a market's name, nor `market.<8 to 32 hex>:seq`.
    case badSide(String)
    case noSuchSide(String, sides: [NamedDot])
    /// A market has several differing values here: one must be named by its dot.
    case severalSides(String, [NamedDot])
    /// `--value` answers a unit, `--keep` and `--delete` answer existence.
    case wrongChoice(unit: String)
    case otherUnit(asked: String, unit: String)
    case badValue(BadValue)
    case valueRefused(WriteRefusal, RecordID)
    case notAllowed(RecordID, unit: String, home: Market?)
    /// The siblings are not the shown ones any more; these conflicts stand now.
    case siblingsChanged(RecordID, now: [Digest])

    /// Nothing that could be undone: the conflict is open, or was not ended by a resolution.
    case notResolved(Digest, RecordID)
    /// What the resolution wrote has been written over since.
    case writtenSince(Digest, RecordID)

    // The log.
    case badDot(String)
    case noSuchEntry(String)
    case ambiguousDot(String, [NamedDot])

    // Registers.
    case fileUnreadable(String)
    case fileTooLarge(String, max: Int)
    case fileRefused(String, RegisterError)

    /// What is wrong with the text after `UNIT=`.
    package enum BadValue: Hashable, Sendable {
        /// Not `UNIT={…}`.
        case notAnAssignment
        case notAnObject
        case missing([String])
        case unknown([String], unit: String, columns: [String])
        case otherKind(column: String, ColumnType)
    }
}
