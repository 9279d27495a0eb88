// Regions are GB/T 2260 codes. The catalog lists all provinces and, for the delta, every city and county; a code from
// elsewhere, and a county that came into being yesterday, must not stop an import.

/// Judging region codes against the catalog's list of regions.
package enum RegionCode {
    /// The code list with the names of regions.
    package static let listName = "region"

    package enum Verdict: Hashable, Sendable {
        /// In the list, in a province that the list does not divide, or a statistical zone (…71 to …79) of a listed city.
        case known
        /// A county of a listed city, but not in the list: new, or mistyped.
        case unlistedCounty
        /// No such province, or no such city in a province that the list divides.
        case unknown
    }

    package static func verdict(_ code: String, in regions: CodeList) -> Verdict {
        if regions.code(code) != nil { return .known }
        guard isForm(code), regions.code("\(code.prefix(2))0000") != nil else { return .unknown }
        let city = "\(code.prefix(4))00"
        // Some city of the province is listed: then all are.
        let isDivided = regions.hasChildren(ofSlug: "\(code.prefix(2))0000")
        guard isDivided else { return .known }
        guard regions.code(city) != nil else { return .unknown }
        return code.dropFirst(4).first == "7" && code.last != "0" ? .known : .unlistedCounty
    }

    /// Six digits.
    package static func isForm(_ code: String) -> Bool {
        code.utf8.count == 6 && code.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }

    /// The code that a cell means: a code of two, four (the older form) or six digits, or a region's name.
    package static func code(for cell: String, in regions: CodeList) -> String? {
        let text = Normalisation.compatible(cell)
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return regions.slug(for: text) }
        switch text.utf8.count {
        case 2, 4: return text + String(repeating: "0", count: 6 - text.utf8.count)
        case 6: return text
        default: return nil
        }
    }
}
