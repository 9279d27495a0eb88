// A cell that holds several codes at once.

/// Splitting such a cell: `技术开发、技术转让`.
enum SetCell {
    /// What stands between two names of a set.
    static let separators: Set<Character> = ["、", ",", ",", ";", ";", "|", "/"]

    /// Whether a name of the code would fall apart in a cell.
    static func wouldSplit(_ code: Code) -> Bool {
        ([code.slug, code.label.zh, code.label.en] + code.aliases).contains { $0.contains(where: separators.contains) }
    }
}
