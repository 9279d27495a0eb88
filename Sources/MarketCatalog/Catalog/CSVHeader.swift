// Registers name their columns, and the unit of their amounts, in the header row only.

/// A header that import accepts for a column, and what its numbers count.
package struct CSVHeader: Hashable, Sendable {
    package let name: String
    /// What one is worth in fen, for amounts (元 100, 万元 1,000,000, 亿元 10,000,000,000); 1 for everything else.
    package let scale: Int64

    package init(name: String, scale: Int64) {
        self.name = name
        self.scale = scale
    }
}
