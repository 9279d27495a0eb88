// A catalog that is wrong must say where: an operator edits these files by hand.

package import SyncCore

/// Why a catalog cannot be used: the file, the item in it, and what is wrong with it.
package struct CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Relative to the catalog's folder.
    package let file: String
    /// Where in the file: `columns[3] (seller_uscc)`, `line 17`; empty for the file as a whole.
    package let item: String
    package let problem: LocalizedText

    init(file: String, item: String, _ problem: LocalizedText) {
        self.file = file
        self.item = item
        self.problem = problem
    }

    package var description: String { text(.en) }

    package func text(_ language: Language) -> String {
        let place = item.isEmpty ? file : "\(file): \(item)"
        return "\(place): \(problem[language])"
    }
}
