// YAML can say the same thing in many ways, and some of them are attacks. What reaches the parser was screened first.

internal import SyncCore
internal import Yams

/// Reads one part of a descriptor (what is signed, or the signatures) as plain nested fields and lists.
enum DescriptorYAML {
    /// More than any descriptor needs, far less than what would exhaust a stack.
    private static let indentationMax = 16
    private static let bracketsPerLineMax = 8

    /// Refuses, anywhere in the file, every character that begins an anchor, alias, tag, directive, merge, block scalar,
    /// complex key or escape. A descriptor has no use for any of them, and where the character does not occur, no
    /// trick of quoting can hide the construct.
    private static let forbidden: [UInt8: LocalizedText] = [
        UInt8(ascii: "&"): LocalizedText(zh: " `&`(锚点)", en: "`&` (an anchor)"),
        UInt8(ascii: "*"): LocalizedText(zh: " `*`(别名)", en: "`*` (an alias)"),
        UInt8(ascii: "!"): LocalizedText(zh: " `!`(标签)", en: "`!` (a tag)"),
        UInt8(ascii: "%"): LocalizedText(zh: " `%`(指令)", en: "`%` (a directive)"),
        UInt8(ascii: "|"): LocalizedText(zh: " `|`(文本块)", en: "`|` (a block)"),
        UInt8(ascii: ">"): LocalizedText(zh: " `>`(文本块)", en: "`>` (a block)"),
        UInt8(ascii: "<"): LocalizedText(zh: " `<`(合并)", en: "`<` (a merge)"),
        UInt8(ascii: "?"): LocalizedText(zh: " `?`(复合字段)", en: "`?` (a complex field)"),
        UInt8(ascii: "\\"): LocalizedText(zh: "反斜线(转义)", en: "a backslash (an escape)"),
        UInt8(ascii: "`"): LocalizedText(zh: "反引号", en: "a backtick"),
        UInt8(ascii: "@"): LocalizedText(zh: " `@`", en: "`@`"),
    ]

    /// The text, if its characters and lines are those of a plain descriptor.
    static func screened(_ bytes: [UInt8], maxBytes: Int) throws(DescriptorRefusal) -> String {
        guard bytes.count <= maxBytes else { throw .tooLarge(bytes: bytes.count) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        for (index, line) in lines(of: bytes).enumerated() {
            try screen(line, number: index + 1)
        }
        return text
    }

    static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    private static func screen(_ line: ArraySlice<UInt8>, number: Int) throws(DescriptorRefusal) {
        for byte in line {
            if let name = forbidden[byte] { throw .forbiddenCharacter(name, line: number) }
        }
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars where !isPlain(scalar) {
            let hexadecimal = String(scalar.value, radix: 16, uppercase: true)
            let name = LocalizedText(
                zh: "不可见字符 U+\(hexadecimal)", en: "the invisible character U+\(hexadecimal)")
            throw .forbiddenCharacter(name, line: number)
        }
        if line.starts(with: Array("---".utf8)) || line.starts(with: Array("...".utf8)) {
            throw .otherDocument(line: number)
        }
        let content = line.drop { $0 == UInt8(ascii: " ") }
        guard content.first != UInt8(ascii: "#") else { return }
        let brackets = line.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
        let isNestedList = content.starts(with: Array("- -".utf8))
        guard line.count - content.count <= indentationMax, brackets <= bracketsPerLineMax, !isNestedList else {
            throw .nestedTooDeeply(line: number)
        }
    }

    /// No control characters, no other line ends than LF, nothing that reorders or hides text on a screen.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    /// The fields of the one document in a screened text.
    static func fields(of text: String) throws(DescriptorRefusal) -> YAMLFields {
        let root: Node?
        do {
            // The basic resolver guesses no types, which would cost a dozen regular expressions a field.
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch {
            let reason = String(describing: error).asReason
            throw .notYAML(LocalizedText(zh: reason, en: reason))
        }
        guard let root else { throw .notYAML(LocalizedText(zh: "文件为空", en: "it is empty")) }
        return try YAMLFields(root, path: "")
    }
}

/// A mapping whose fields are taken one by one; what is left over at the end is unknown.
struct YAMLFields {
    private var nodes: [String: Node]
    private let path: String

    init(_ node: Node, path: String) throws(DescriptorRefusal) {
        guard let mapping = node.mapping else {
            guard !path.isEmpty else {
                throw .notYAML(LocalizedText(zh: "整个文件须为一组字段", en: "the whole of it must be a mapping of fields"))
            }
            throw .wrongValue(path, expected: LocalizedText(zh: "一组字段", en: "a mapping of fields"))
        }
        var nodes: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                throw .wrongValue(path, expected: LocalizedText(zh: "以普通名称为键的一组字段", en: "a mapping of plain names"))
            }
            guard nodes.updateValue(value, forKey: name) == nil else {
                throw .notYAML(
                    LocalizedText(zh: "字段 \(name) 出现了两次", en: "the field \(name) stands twice"))
            }
        }
        self.nodes = nodes
        self.path = path
    }

    /// The field's path, for messages: `signing[0].spki`.
    func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    mutating func optionalText(_ key: String) throws(DescriptorRefusal) -> String? {
        guard let node = nodes.removeValue(forKey: key) else { return nil }
        guard let scalar = node.scalar else { throw .wrongValue(name(key), expected: Expected.plainValue) }
        return scalar.string
    }

    mutating func text(_ key: String) throws(DescriptorRefusal) -> String {
        guard let text = try optionalText(key) else { throw .missingKey(name(key)) }
        return text
    }

    mutating func list(_ key: String, _ counts: ClosedRange<Int>) throws(DescriptorRefusal) -> [(Node, String)] {
        guard let list = try optionalList(key, counts) else { throw .missingKey(name(key)) }
        return list
    }

    mutating func optionalList(
        _ key: String, _ counts: ClosedRange<Int>
    ) throws(DescriptorRefusal) -> [(Node, String)]? {
        guard let node = nodes.removeValue(forKey: key) else { return nil }
        guard let sequence = node.sequence, counts.contains(sequence.count) else {
            let expected = LocalizedText(
                zh: " \(counts.lowerBound) 至 \(counts.upperBound) 项的列表",
                en: "a list of \(counts.lowerBound) to \(counts.upperBound)")
            throw .wrongValue(name(key), expected: expected)
        }
        return sequence.enumerated().map { ($1, "\(name(key))[\($0)]") }
    }

    mutating func counter(_ key: String) throws(DescriptorRefusal) -> UInt64 {
        let text = try text(key)
        guard let value = UInt64(text), String(value) == text, (1...Limits.counterMax).contains(value) else {
            let expected = LocalizedText(
                zh: " 1 至 \(Limits.counterMax) 的整数", en: "a whole number from 1 to \(Limits.counterMax)")
            throw .wrongValue(name(key), expected: expected)
        }
        return value
    }

    func finish() throws(DescriptorRefusal) {
        if let left = nodes.keys.min() { throw .unknownKey(name(left)) }
    }
}

extension Node {
    func text(at path: String) throws(DescriptorRefusal) -> String {
        guard let scalar else { throw .wrongValue(path, expected: Expected.plainValue) }
        return scalar.string
    }
}
