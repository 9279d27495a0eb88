// Code lists are CSV, so that those who keep them can do so in a spreadsheet.

import SyncCore

/// Reads one file of `codes/`: slug, zh, en, parent, aliases (separated by `|`).
struct CodeListLoader {
    static let header = ["slug", "zh", "en", "parent", "aliases"]
    static let slugBytesMax = 32

    let path: String
    let bytes: [UInt8]

    func load(name: String, label: LocalizedText, parents: String?) throws(CatalogError) -> CodeList {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw refusal(line: 1, "文件不是 UTF-8 编码", "the file is not UTF-8")
        }
        guard !Normalisation.hasPiledMarks(bytes) else {
            throw refusal(line: 1, "一个字符上叠加了过多的组合符号", "too many combining marks stand on one character")
        }
        var scanner = CSVScanner(bytes)
        guard try cells(&scanner)?.cells == Self.header else {
            throw refusal(
                line: 1, "表头应为 \(Self.header.joined(separator: ","))",
                "the header must be \(Self.header.joined(separator: ","))")
        }
        var entries: [Code] = []
        while let (line, cells) = try cells(&scanner) {
            guard cells.count == Self.header.count else {
                throw refusal(line: line, "应有 5 列", "there must be 5 columns")
            }
            guard Self.isSlug(cells[0]) else {
                throw refusal(
                    line: line, "代码应为 1 至 32 个字母、数字或下划线", "a slug is 1 to 32 letters, digits or underscores")
            }
            guard !cells[1].isEmpty, !cells[2].isEmpty else {
                throw refusal(line: line, "缺少中文或英文名称", "the Chinese or the English name is missing")
            }
            entries.append(
                Code(
                    slug: cells[0], label: LocalizedText(zh: cells[1], en: cells[2]),
                    parent: cells[3].isEmpty ? nil : cells[3],
                    aliases: cells[4].split(separator: "|").map(String.init)))
        }
        guard !entries.isEmpty else { throw refusal(line: 1, "代码表为空", "the list is empty") }
        do {
            return try CodeList(name: name, label: label, parentList: parents, entries: entries)
        } catch {
            throw CatalogError(
                file: path, item: error.name,
                LocalizedText(zh: "此名称对应两个代码", en: "this name stands for two codes"))
        }
    }

    private func cells(_ scanner: inout CSVScanner) throws(CatalogError) -> (line: Int, cells: [String])? {
        guard let row = scanner.next() else { return nil }
        guard row.fault == nil else { throw refusal(line: row.line, "不是有效的 CSV", "not valid CSV") }
        return (row.line, scanner.fields.indices.map { scanner.text($0) })
    }

    private func refusal(line: Int, _ zh: String, _ en: String) -> CatalogError {
        CatalogError(file: path, line: line, LocalizedText(zh: zh, en: en))
    }

    private static func isSlug(_ text: String) -> Bool {
        (1...slugBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
                    true
                default:
                    false
                }
            }
    }
}
