// Catalogs, profiles and descriptors are YAML's harmless part: mappings, sequences and scalars. Anchors, aliases and
// tags are refused before parsing, so that no small file can grow while it is read or mean what it does not show.

import SyncCore
import Yams

/// A place in a YAML document: its node, its file and the path to it, so that every refusal can say where.
struct YAMLReading {
    static let bytesMax = 256 << 10

    let file: String
    let item: String
    private let node: Node

    /// Parses one document whose root is a mapping.
    init(_ bytes: [UInt8], file: String) throws(CatalogError) {
        func refusal(_ zh: String, _ en: String) -> CatalogError {
            CatalogError(file: file, item: "", LocalizedText(zh: zh, en: en))
        }
        guard bytes.count <= Self.bytesMax else {
            throw refusal("文件超过 \(Self.bytesMax) 字节", "the file is larger than \(Self.bytesMax) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refusal("文件不是 UTF-8 编码", "the file is not UTF-8")
        }
        guard !Normalisation.hasPiledMarks(bytes) else {
            throw refusal("一个字符上叠加了过多的组合符号", "too many combining marks stand on one character")
        }
        if let line = Self.lineWithAnchorAliasOrTag(bytes) {
            throw CatalogError(
                file: file, line: line,
                LocalizedText(zh: "不得使用锚点、别名或标签", en: "anchors, aliases and tags are not allowed"))
        }
        do {
            // The basic resolver guesses no types, which would cost a dozen regular expressions a scalar.
            guard let root = try Yams.compose(yaml: text, .basic), root.mapping != nil else {
                throw refusal("应为一个映射", "the file must hold one mapping")
            }
            self.init(file: file, item: "", node: root)
        } catch let error as CatalogError {
            throw error
        } catch {
            let reason = String(describing: error).asReason
            throw refusal("不是有效的 YAML：\(reason)", "not valid YAML: \(reason)")
        }
    }

    private init(file: String, item: String, node: Node) {
        self.file = file
        self.item = item
        self.node = node
    }

    func refusal(_ zh: String, _ en: String) -> CatalogError {
        CatalogError(file: file, item: item, LocalizedText(zh: zh, en: en))
    }

    /// The scalar as it is written, whatever YAML would take it for (`no`, `31`).
    func string() throws(CatalogError) -> String {
        guard let string = node.scalar?.string else { throw refusal("应为一个值", "a single value is expected here") }
        return string
    }

    func integer(in range: ClosedRange<Int64>) throws(CatalogError) -> Int64 {
        guard let value = Int64(try string()), range.contains(value) else {
            throw refusal(
                "应为 \(range.lowerBound) 到 \(range.upperBound) 的整数",
                "an integer from \(range.lowerBound) to \(range.upperBound) is expected here")
        }
        return value
    }

    func bool() throws(CatalogError) -> Bool {
        switch try string() {
        case "true": return true
        case "false": return false
        default: throw refusal("应为 true 或 false", "true or false is expected here")
        }
    }

    /// An identifier of the catalog: a table's, column's, unit's, list's or rule's name. `yrd_` and `sqlite_` begin
    /// the names of tables that are not the catalog's, and SQL answers to some names with the clock.
    func identifier() throws(CatalogError) -> String {
        let name = try string()
        guard Self.isIdentifier(name) else {
            throw refusal(
                "名称应为 [a-z][a-z0-9_]{0,31}，不以 yrd_ 或 sqlite_ 开头，且不是 SQL 的时钟（current_date 等）",
                "a name must be [a-z][a-z0-9_]{0,31}, begin neither with yrd_ nor with sqlite_, and be no clock of SQL's (current_date and the like)"
            )
        }
        return name
    }

    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 32, !name.hasPrefix("yrd_"), !name.hasPrefix("sqlite_"),
            !clockNames.contains(name)
        else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return letters.contains(first)
            && name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }

    /// SQL takes these for the clock where it is asked for a column.
    private static let clockNames: Set<String> = ["current_date", "current_time", "current_timestamp"]

    func label() throws(CatalogError) -> LocalizedText {
        let fields = try mapping(required: ["zh", "en"])
        let text = LocalizedText(zh: try fields["zh"]!.string(), en: try fields["en"]!.string())
        guard !text.zh.isEmpty, !text.en.isEmpty else { throw refusal("名称不能为空", "a label must not be empty") }
        return text
    }

    func sequence() throws(CatalogError) -> [YAMLReading] {
        guard let sequence = node.sequence else { throw refusal("应为一个列表", "a list is expected here") }
        return sequence.enumerated().map { index, node in
            // An element is known by its name, where it has one.
            let name = node.mapping?["name"]?.scalar.map { " (\($0.string))" } ?? ""
            return YAMLReading(file: file, item: item + "[\(index + 1)]" + name, node: node)
        }
    }

    /// The entries of a mapping, in the file's order.
    func entries() throws(CatalogError) -> [(key: String, value: YAMLReading)] {
        guard let mapping = node.mapping else { throw refusal("应为一个映射", "a mapping is expected here") }
        var entries: [(key: String, value: YAMLReading)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw refusal("键应为一个值", "a key must be a single value") }
            let place = item.isEmpty ? name : "\(item).\(name)"
            entries.append((name, YAMLReading(file: file, item: place, node: value)))
        }
        return entries
    }

    /// The entries of a mapping of which every key is known, and every required one is there.
    func mapping(
        required: Set<String>, optional: Set<String> = []
    ) throws(CatalogError) -> [String: YAMLReading] {
        var fields: [String: YAMLReading] = [:]
        for (key, value) in try entries() {
            guard required.contains(key) || optional.contains(key) else {
                throw value.refusal("未知的键", "unknown key")
            }
            fields[key] = value
        }
        if let missing = required.subtracting(fields.keys).min() {
            throw refusal("缺少 \(missing)", "\(missing) is missing")
        }
        return fields
    }

    /// The first line on which `&`, `*` or `!` stands where YAML might take it for the beginning of an anchor, alias or
    /// tag. Quotes are not looked at: a text that has such a sign after a space is refused too, which is a small price
    /// for a check that nothing can slip through.
    private static func lineWithAnchorAliasOrTag(_ bytes: [UInt8]) -> Int? {
        var line = 1
        var before = UInt8(ascii: "\n")
        var isComment = false
        var isLineEmpty = true
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                if byte == UInt8(ascii: "\n") { line += 1 }
                isComment = false
                isLineEmpty = true
            case UInt8(ascii: "#") where isLineEmpty:
                isComment = true
            case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"):
                if !isComment, " \t\n\r[{,:-?".utf8.contains(before) { return line }
                isLineEmpty = false
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                break
            default:
                isLineEmpty = false
            }
            before = byte
        }
        return nil
    }
}
