// Codes are stored as slugs that never change; what people call them may change with every edition of the form.

import SyncCore

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

    private let indexByName: [Text: Int]
    private let indexBySlug: [Text: Int]
    private let slugsWithChildren: Set<Text>

    /// Throws the first name that would mean two codes, or slug that occurs twice.
    init(name: String, label: LocalizedText, parentList: String?, entries: [Code]) throws(AmbiguousName) {
        var indexByName: [Text: Int] = [:]
        var indexBySlug: [Text: Int] = [:]
        for (index, entry) in entries.enumerated() {
            guard indexBySlug.updateValue(index, forKey: Text(entry.slug)) == nil else {
                throw AmbiguousName(name: entry.slug)
            }
            for text in [entry.slug, entry.label.zh, entry.label.en] + entry.aliases {
                let former = indexByName.updateValue(index, forKey: Text(Normalisation.folded(text)))
                guard former == nil || former == index else { throw AmbiguousName(name: text) }
            }
        }
        self.name = name
        self.label = label
        self.parentList = parentList
        self.entries = entries
        self.indexByName = indexByName
        self.indexBySlug = indexBySlug
        slugsWithChildren = parentList == name ? Set(entries.compactMap { $0.parent.map { Text($0) } }) : []
    }

    /// A name that stands for two codes of one list.
    struct AmbiguousName: Error {
        let name: String
    }

    /// The slug that an imported cell means: a slug, a Chinese or English name, or an alias; full-width forms, letter
    /// case and surrounding space do not matter.
    package func slug(for imported: String) -> String? {
        indexByName[Text(Normalisation.folded(imported))].map { entries[$0].slug }
    }

    /// Whether a code of this tree stands above others.
    package func hasChildren(ofSlug slug: String) -> Bool { slugsWithChildren.contains(Text(slug)) }

    package func code(_ slug: String) -> Code? { indexBySlug[Text(slug)].map { entries[$0] } }
}
