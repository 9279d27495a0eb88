// A catalog small enough to be read at a glance and opened in no time, and versions of it that grow.

import MarketCatalog
import PeerTrust
import SyncCore

enum SmallCatalog {
    /// `item`: title and size are the home's; note, count, tags and pair anyone's.
    static func version1() throws -> Catalog { try load(version: 1, types: ["item": item()]) }

    static func load(version: Int, types: [String: String], homes: String = standardHomes) throws -> Catalog {
        var files = [
            file(
                "catalog.yaml",
                """
                version: \(version)
                homes: {\(homes)}
                types: [\(types.keys.sorted().joined(separator: ", "))]
                lists:
                  colour: {label: {zh: 颜色, en: colour}}
                """),
            file("codes/colour.csv", "slug,zh,en,parent,aliases\nblue,蓝,blue,,\ngreen,绿,green,,\nred,红,red,,\n"),
        ]
        for (name, text) in types { files.append(file("\(name).yaml", text)) }
        return try Catalog.load(files: files, sha256: OpenSSLHashing.sha256)
    }

    static let standardHomes = #""31": shanghai, "32": jiangsu, "33": zhejiang, "34": anhui"#

    private static func file(_ path: String, _ text: String) -> CatalogFile {
        CatalogFile(path: path, bytes: Array(text.utf8))
    }

    /// - Parameters: lines that are added to the units and columns.
    static func item(units: [String] = [], columns: [String] = []) -> String {
        """
        label: {zh: 物品, en: item}
        key:
          name: item_no
          label: {zh: 编号, en: number}
          headers: [编号]
          pattern: "[0-9]{2}-[0-9]{4}"
          example: "31-0001"
          home: {offset: 0, length: 2}
        units:
          - {number: 1, name: title, label: {zh: 名, en: title}, write: home, merge: home, columns: [title]}
          - {number: 2, name: size, label: {zh: 尺寸, en: size}, write: home, merge: manual, columns: [width, height]}
          - {number: 32, name: note, label: {zh: 注, en: note}, write: any, merge: manual, columns: [note]}
          - {number: 33, name: count, label: {zh: 数, en: count}, write: any, merge: latest, columns: [amount]}
          - {number: 34, name: tags, label: {zh: 签, en: tags}, write: any, merge: manual, columns: [tags]}
          - {number: 35, name: pair, label: {zh: 对, en: pair}, write: any, merge: home, columns: [first, second]}
        \(units.map { "  - " + $0 + "\n" }.joined())
        columns:
          - {name: title, type: text, max: 200, share: public, label: {zh: 名, en: title}, headers: [名]}
          - {name: width, type: integer, share: public, label: {zh: 宽, en: width}, headers: [宽]}
          - {name: height, type: integer, share: public, label: {zh: 高, en: height}, headers: [高]}
          - {name: note, type: text, max: 200, share: public, personal: true, label: {zh: 注, en: note}, headers: [注]}
          - {name: amount, type: integer, share: public, label: {zh: 数, en: amount}, headers: [数]}
          - {name: tags, type: codes(colour), share: public, personal: true, label: {zh: 签, en: tags}, headers: [签]}
          - {name: first, type: text, max: 200, share: public, personal: true, label: {zh: 一, en: first}, headers: [一]}
          - {name: second, type: code(colour), share: public, label: {zh: 二, en: second}, headers: [二]}
        \(columns.map { "  - " + $0 + "\n" }.joined())
        """
    }
}
