// Codes are stored as slugs that never change; what people call them may change with every edition of the form.

package import SyncCore

/// One code of a list.
package struct Code: Hashable, Sendable {
    package let slug: String
    package let label: LocalizedText
    /// The slug, in the list's parent list, of the code above this one.
    package let parent: String?
    /// Further names that import accepts.
    package let aliases: [String]

    package init(slug: String, label: LocalizedText, parent: String?, aliases: [String]) {
        self.slug = slug
        self.label = label
        self.parent = parent
        self.aliases = aliases
    }
}

/// A list of codes, in the order of its file.
package struct CodeList: Sendable {
    package let name: String
    package let label: LocalizedText
    /// The list that `Code.parent` refers to (this one, where it is a tree).
    package let parentList: String?
    package let entries: [Code]

    private let indexByName: [FoldedName: Int]
    private let indexBySlug: [FoldedName: Int]
    private let slugsWithChildren: Set<FoldedName>

    /// Throws the first name that would mean two codes, or slug that occurs twice.
    init(name: String, label: LocalizedText, parentList: String?, entries: [Code]) throws(AmbiguousName) {
        var indexByName: [FoldedName: Int] = [:]
        var indexBySlug: [FoldedName: Int] = [:]
        indexByName.reserveCapacity(entries.reduce(0) { $0 + 3 + $1.aliases.count })
        indexBySlug.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            guard indexBySlug.updateValue(index, forKey: FoldedName(entry.slug)) == nil else {
                throw AmbiguousName(name: entry.slug)
            }
            for text in [entry.slug, entry.label.zh, entry.label.en] + entry.aliases {
                let former = indexByName.updateValue(index, forKey: FoldedName(Normalisation.folded(text)))
                guard former == nil || former == index else { throw AmbiguousName(name: text) }
            }
        }
        self.name = name
        self.label = label
        self.parentList = parentList
        self.entries = entries
        self.indexByName = indexByName
        self.indexBySlug = indexBySlug
        slugsWithChildren = parentList == name ? Set(entries.compactMap { $0.parent.map(FoldedName.init) }) : []
    }

    /// A name that stands for two codes of one list.
    struct AmbiguousName: Error {
        let name: String
    }

    /// The slug that an imported cell means: a slug, a Chinese or English name, or an alias; full-width forms, letter
    /// case and surrounding space do not matter.
    package func slug(for imported: String) -> String? {
        indexByName[FoldedName(Normalisation.folded(imported))].map { entries[$0].slug }
    }

    /// Whether a code of this tree stands above others.
    package func hasChildren(ofSlug slug: String) -> Bool { slugsWithChildren.contains(FoldedName(slug)) }

    package func code(_ slug: String) -> Code? { indexBySlug[FoldedName(slug)].map { entries[$0] } }
}

/// A string compared and hashed by its bytes, in one step: every command builds these indices, so they must be cheap.
private struct FoldedName: Hashable {
    private let string: String

    init(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        self.string = string
    }

    static func == (left: FoldedName, right: FoldedName) -> Bool {
        left.string.utf8.count == right.string.utf8.count && left.string.utf8.elementsEqual(right.string.utf8)
    }

    func hash(into hasher: inout Hasher) {
        string.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
