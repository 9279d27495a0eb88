// From files to a catalog that holds: every rule that the rest of the house relies on is checked here, once.

package import SyncCore

/// Reads the files of a catalog in the order in which they refer to each other: lists, then types.
struct CatalogLoader {
    static let rootFile = "catalog.yaml"
    static let listFolder = "codes/"
    static let filesMax = 128
    static let bytesMax = 8 << 20

    private let files: [String: CatalogFile]
    private var used: Set<String> = []

    init(_ files: [CatalogFile]) throws(CatalogError) {
        guard files.count <= Self.filesMax, files.reduce(0, { $0 + $1.bytes.count }) <= Self.bytesMax else {
            throw CatalogError(
                file: Self.rootFile, item: "",
                LocalizedText(
                    zh: "目录超过 \(Self.filesMax) 个文件或 \(Self.bytesMax) 字节",
                    en: "the catalog has more than \(Self.filesMax) files or \(Self.bytesMax) bytes"))
        }
        var byPath: [String: CatalogFile] = [:]
        for file in files {
            guard byPath.updateValue(file, forKey: file.path) == nil else {
                throw CatalogError(file: file.path, item: "", LocalizedText(zh: "文件重复", en: "the file is given twice"))
            }
        }
        self.files = byPath
    }

    mutating func load(sha256: ([UInt8]) -> Digest) throws(CatalogError) -> Catalog {
        let root = try YAMLReading(try file(Self.rootFile).bytes, file: Self.rootFile)
        let fields = try root.mapping(required: ["version", "homes", "types", "lists"])
        let version = try fields["version"]!.integer(in: 1...1_000_000)
        let markets = try readHomes(fields["homes"]!)
        let lists = try readLists(fields["lists"]!)
        var types: [RecordType] = []
        for item in try fields["types"]!.sequence() {
            let name = try item.identifier()
            guard !types.contains(where: { $0.name == name }) else {
                throw item.refusal("记录类型 \(name) 重复", "the record type \(name) is given twice")
            }
            let bytes = try file("\(name).yaml").bytes
            let loader = RecordTypeLoader(name: name, lists: lists, markets: markets)
            types.append(try loader.load(try YAMLReading(bytes, file: "\(name).yaml")))
        }
        if let stray = Set(files.keys).subtracting(used).min() {
            throw CatalogError(
                file: stray, item: "",
                LocalizedText(
                    zh: "\(Self.rootFile) 没有提到此文件", en: "the file is not mentioned in \(Self.rootFile)"))
        }
        let sorted = files.values.sorted { Text($0.path) < Text($1.path) }
        return Catalog(
            version: Int(version), files: sorted, recordTypes: types, codeLists: lists, markets: markets,
            hash: sha256(Catalog.hashedBytes(sorted)))
    }

    private mutating func file(_ path: String) throws(CatalogError) -> CatalogFile {
        guard let file = files[path] else {
            throw CatalogError(file: path, item: "", LocalizedText(zh: "缺少此文件", en: "the file is missing"))
        }
        used.insert(path)
        return file
    }

    private func readHomes(_ homes: YAMLReading) throws(CatalogError) -> [String: Market] {
        var markets: [String: Market] = [:]
        for (prefix, value) in try homes.entries() {
            guard (1...8).contains(prefix.utf8.count), prefix.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw value.refusal("前缀应为 1 至 8 个 ASCII 字符", "a prefix must have 1 to 8 ASCII characters")
            }
            guard let market = Market(try value.string()) else {
                throw value.refusal("市场名称应为 [a-z][a-z0-9]{1,15}", "a market's name must be [a-z][a-z0-9]{1,15}")
            }
            markets[prefix] = market
        }
        guard !markets.isEmpty else { throw homes.refusal("没有任何市场", "there is no market") }
        return markets
    }

    private mutating func readLists(_ lists: YAMLReading) throws(CatalogError) -> [String: CodeList] {
        var headings: [(name: String, label: LocalizedText, parents: String?, item: YAMLReading)] = []
        for (key, value) in try lists.entries() {
            guard YAMLReading.isIdentifier(key) else {
                throw value.refusal("代码表名称应为 [a-z][a-z0-9_]{0,31}", "a list's name must be [a-z][a-z0-9_]{0,31}")
            }
            let fields = try value.mapping(required: ["label"], optional: ["parents"])
            headings.append((key, try fields["label"]!.label(), try fields["parents"]?.string(), value))
        }
        var read: [String: CodeList] = [:]
        for heading in headings {
            let path = "\(Self.listFolder)\(heading.name).csv"
            read[heading.name] = try CodeListLoader(path: path, bytes: try file(path).bytes).load(
                name: heading.name, label: heading.label, parents: heading.parents)
        }
        for heading in headings {
            try checkParents(of: read[heading.name]!, in: read, heading.item)
        }
        return read
    }

    private func checkParents(
        of list: CodeList, in lists: [String: CodeList], _ item: YAMLReading
    ) throws(CatalogError) {
        guard let parentName = list.parentList else {
            if let entry = list.entries.first(where: { $0.parent != nil }) {
                throw item.refusal(
                    "代码 \(entry.slug) 有上级，但没有 parents", "the code \(entry.slug) has a parent, yet there is no `parents`"
                )
            }
            return
        }
        guard let parents = lists[parentName] else {
            throw item.refusal("没有代码表 \(parentName)", "there is no list \(parentName)")
        }
        for entry in list.entries {
            guard let parent = entry.parent else { continue }
            guard parents.code(parent) != nil, parentName != list.name || parent != entry.slug else {
                throw item.refusal(
                    "代码 \(entry.slug) 的上级 \(parent) 不在 \(parentName) 中",
                    "the parent \(parent) of the code \(entry.slug) is not in \(parentName)")
            }
        }
    }
}

extension Catalog {
    package static func load(
        files: [CatalogFile], sha256: ([UInt8]) -> Digest
    ) throws(CatalogError) -> Catalog {
        var loader = try CatalogLoader(files)
        return try loader.load(sha256: sha256)
    }

    /// The catalog that the executable carries.
    package static func builtIn(sha256: ([UInt8]) -> Digest) throws(CatalogError) -> Catalog {
        try load(files: BuiltInFiles.catalog, sha256: sha256)
    }
}
