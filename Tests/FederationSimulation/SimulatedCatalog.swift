// The smallest catalog in which every merge rule, both rights and two record types occur.

import MarketCatalog
import PeerTrust
import SyncCore

enum SimulatedCatalog {
    /// Markets of the simulation with the key prefix whose home each is. The last of a federation may be the liar.
    static let homes: [(prefix: String, market: String)] = [
        ("31", "shanghai"), ("32", "jiangsu"), ("33", "zhejiang"), ("34", "anhui"),
        ("35", "fujian"), ("36", "jiangxi"), ("37", "shandong"), ("41", "henan"),
    ]

    static let catalog = load(version: 1, types: ["item": item, "place": place])
    /// Adds units to a type, and a type: what is parked under the one above.
    static let newer = load(version: 2, types: ["item": newerItem, "place": place, "crate": crate])

    private static func load(version: Int, types: [String: String]) -> Catalog {
        let homes = Self.homes.map { "\"\($0.prefix)\": \($0.market)" }.joined(separator: ", ")
        let names = ["item", "place", "crate"].filter { types[$0] != nil }
        let head = "version: \(version)\nhomes: {\(homes)}\ntypes: [\(names.joined(separator: ", "))]\nlists: {}\n"
        let files = [file("catalog.yaml", head)] + names.map { file("\($0).yaml", types[$0]!) }
        guard let catalog = try? Catalog.load(files: files, sha256: OpenSSLHashing.sha256) else {
            preconditionFailure("the simulation's catalog cannot be loaded")
        }
        return catalog
    }

    private static func file(_ path: String, _ text: String) -> CatalogFile {
        CatalogFile(path: path, bytes: Array(text.utf8))
    }

    private static func head(_ key: String) -> String {
        """
        label: {zh: 物, en: thing}
        key:
          name: \(key)
          label: {zh: 编号, en: number}
          headers: [编号]
          pattern: "[0-9]{2}-[0-9]{4}"
          example: "31-0001"
          home: {offset: 0, length: 2}

        """
    }

    private static func column(_ name: String, _ type: String, isPersonal: Bool = false) -> String {
        "  - {name: \(name), type: \(type), share: public, personal: \(isPersonal), label: {zh: \(name), en: \(name)}, headers: [\(name)]}\n"
    }

    private static func unit(
        _ number: Int, _ name: String, write: String, merge: String, _ columns: String
    ) -> String {
        "  - {number: \(number), name: \(name), label: {zh: \(name), en: \(name)}, write: \(write), "
            + "merge: \(merge), columns: [\(columns)]}\n"
    }

    private static let itemUnits =
        unit(1, "title", write: "home", merge: "home", "title")
        + unit(2, "size", write: "home", merge: "manual", "width, height")
        + unit(32, "note", write: "any", merge: "manual", "note")
        + unit(33, "count", write: "any", merge: "latest", "amount")
        + unit(34, "pair", write: "any", merge: "home", "first, second")
    private static let itemColumns =
        column("title", "text, max: 200") + column("width", "integer") + column("height", "integer")
        + column("note", "text, max: 200", isPersonal: true) + column("amount", "integer")
        + column("first", "text, max: 200")
        + column("second", "text, max: 200")
    private static let item = head("item_no") + "units:\n" + itemUnits + "columns:\n" + itemColumns
    private static let newerItem =
        head("item_no") + "units:\n" + itemUnits
        + unit(3, "grade", write: "home", merge: "manual", "grade")
        + unit(35, "colour", write: "any", merge: "manual", "colour")
        + unit(36, "rank", write: "any", merge: "latest", "rank")
        + "columns:\n" + itemColumns + column("grade", "integer") + column("colour", "text, max: 200", isPersonal: true)
        + column("rank", "integer")

    private static let place = remarked("place_no")
    private static let crate = remarked("crate_no")

    private static func remarked(_ key: String) -> String {
        head(key) + "units:\n" + unit(1, "name", write: "home", merge: "manual", "name")
            + unit(32, "remark", write: "any", merge: "manual", "remark")
            + "columns:\n" + column("name", "text, max: 200", isPersonal: true) + column("remark", "text, max: 200")
    }
}
