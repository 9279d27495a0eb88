// A small catalog with every merge rule, both rights and a column that never leaves the node; and the one after it.

import MarketCatalog
import PeerTrust

enum CrashCatalog {
    static let version1 = load(version: 1, ["item": item()])

    /// A unit that may be parked before, one more column that never leaves, and a type.
    static let version2 = load(
        version: 2,
        [
            "item": item(
                units: [unit(36, "colour", write: "any", merge: "manual", "colour")],
                columns: [column("colour", "text, max: 200"), column("phone", "text, max: 50", share: "home")]),
            "parcel": item(),
        ])

    private static func load(version: Int, _ types: [String: String]) -> Catalog {
        let homes = #""31": shanghai, "32": jiangsu, "33": zhejiang, "34": anhui"#
        let names = types.keys.sorted().joined(separator: ", ")
        var files = [file("catalog.yaml", "version: \(version)\nhomes: {\(homes)}\ntypes: [\(names)]\nlists: {}\n")]
        for (name, text) in types { files.append(file("\(name).yaml", text)) }
        do {
            return try Catalog.load(files: files, sha256: OpenSSLHashing.sha256)
        } catch {
            preconditionFailure("the crash tests' catalog cannot be loaded: \(error)")
        }
    }

    /// Its files, for a node that reads them from a folder.
    static var files: [CatalogFile] { version1.files }

    private static func file(_ path: String, _ text: String) -> CatalogFile {
        CatalogFile(path: path, bytes: Array(text.utf8))
    }

    private static func unit(
        _ number: Int, _ name: String, write: String, merge: String, _ columns: String
    ) -> String {
        "  - {number: \(number), name: \(name), label: {zh: \(name), en: \(name)}, write: \(write), "
            + "merge: \(merge), columns: [\(columns)]}\n"
    }

    private static func column(
        _ name: String, _ type: String, share: String = "public", isPersonal: Bool = false
    ) -> String {
        "  - {name: \(name), type: \(type), share: \(share), personal: \(isPersonal), label: {zh: \(name), en: \(name)}, headers: [\(name)]}\n"
    }

    private static func item(units: [String] = [], columns: [String] = []) -> String {
        """
        label: {zh: 物品, en: item}
        key:
          name: item_no
          label: {zh: 编号, en: number}
          headers: [item_no]
          pattern: "[0-9]{2}-[0-9]{4}"
          example: "31-0001"
          home: {offset: 0, length: 2}
        units:

        """ + unit(1, "title", write: "home", merge: "home", "title")
            + unit(2, "size", write: "home", merge: "manual", "width, height")
            + unit(32, "note", write: "any", merge: "manual", "note")
            + unit(33, "count", write: "any", merge: "latest", "amount") + units.joined() + "columns:\n"
            + column("title", "text, max: 16384") + column("width", "integer") + column("height", "integer")
            + column("note", "text, max: 16384", isPersonal: true) + column("amount", "integer")
            + column("clerk", "text, max: 50", share: "home", isPersonal: true) + columns.joined()
    }
}
