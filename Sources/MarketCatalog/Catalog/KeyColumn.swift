// The key names a record for ever, and its home stands in it.

package import SyncCore

/// The primary key of a synced table.
package struct KeyColumn: Hashable, Sendable {
    package let name: String
    package let label: LocalizedText
    package let headers: [CSVHeader]
    package let pattern: KeyPattern
    /// What a key looks like, for messages.
    package let example: String

    /// The pattern for a trigger's `GLOB`.
    package var glob: String { pattern.glob }

    /// Numbers each of which is a key (`KeyPattern.numbers`).
    package var numbers: ClosedRange<Int64>? { pattern.numbers }

    package init(name: String, label: LocalizedText, headers: [CSVHeader], pattern: KeyPattern, example: String) {
        self.name = name
        self.label = label
        self.headers = headers
        self.pattern = pattern
        self.example = example
    }
}
