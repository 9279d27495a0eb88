// A header is recognised by its name, whatever forms of brackets and space a spreadsheet gave it.

/// Which column a header means.
struct HeaderMatching {
    enum Target: Hashable {
        case key
        /// The column's index in the record type, and what its numbers count.
        case column(Int, scale: Int64)
    }

    private let targets: [String: Target]
    /// A header that two columns claim; a loaded catalog has none.
    let ambiguousHeader: String?

    init(key: KeyColumn, columns: [Column]) {
        var targets: [String: Target] = [:]
        var ambiguous: String?
        func claim(_ name: String, _ target: Target) {
            let folded = Self.folded(name)
            if let other = targets[folded] {
                if other != target { ambiguous = ambiguous ?? name }
            } else {
                targets[folded] = target
            }
        }
        for header in key.headers { claim(header.name, .key) }
        claim(key.name, .key)
        for (index, column) in columns.enumerated() {
            for header in column.headers { claim(header.name, .column(index, scale: header.scale)) }
            // By its own name a column of amounts holds what the table holds: fen.
            claim(column.name, .column(index, scale: 1))
        }
        self.targets = targets
        ambiguousHeader = ambiguous
    }

    func target(_ header: String) -> Target? {
        Normalisation.hasPiledMarks(header.utf8) ? nil : targets[Self.folded(header)]
    }

    /// Headers are compared in NFKC, without any space, in lower case, and without the star that marks a field of a
    /// form as required.
    static func folded(_ header: String) -> String {
        let folded = Normalisation.folded(header).filter { !$0.isWhitespace }
        return folded.hasPrefix("*") ? String(folded.dropFirst()) : folded
    }
}
