// A cell that holds several codes at once.

import SyncCore

/// Splitting such a cell: `技术开发、技术转让`.
enum SetCell {
    /// What export writes between two names.
    static let separator = "、"
    /// What import takes for a separator.
    static let separators: Set<Character> = ["、", ",", "\u{FF0C}", ";", "\u{FF1B}", "|", "/", "\n"]

    /// Whether a name of the code would fall apart in a cell.
    static func wouldSplit(_ code: Code) -> Bool {
        ([code.slug, code.label.zh, code.label.en] + code.aliases).contains { $0.contains(where: separators.contains) }
    }

    /// The names in a cell; also in one that holds the set as SQLite does.
    static func names(in cell: String) -> [String] {
        if let elements = SetText.decode(cell) { return elements.map(\.string) }
        return cell.split(whereSeparator: separators.contains).map { Normalisation.trimmed(String($0)) }
            .filter { !$0.isEmpty }
    }
}
