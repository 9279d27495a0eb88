// A catalog that is wrong must say where: an operator edits these files by hand.

package import SyncCore

/// Why a catalog cannot be used: the file, the item in it, and what is wrong with it.
package struct CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Relative to the catalog's folder.
    package let file: String
    /// Where in the file: `columns[3] (seller_uscc)`, `line 17`; empty for the file as a whole.
    package let item: String
    package let problem: LocalizedText
    private let line: Int?

    init(file: String, item: String, _ problem: LocalizedText) {
        self.file = file
        self.item = item
        self.problem = problem
        line = nil
    }

    init(file: String, line: Int, _ problem: LocalizedText) {
        self.file = file
        item = "line \(line)"
        self.problem = problem
        self.line = line
    }

    package var description: String { text(.en) }

    package func text(_ language: Language) -> String {
        let item = language == .zh ? line.map { "第 \($0) 行" } ?? item : item
        let parts = [file, item, problem[language]].filter { !$0.isEmpty }
        return parts.joined(separator: language == .zh ? ":" : ": ")
    }
}
