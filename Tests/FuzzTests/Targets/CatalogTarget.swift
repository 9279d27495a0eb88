// Catalogs: YAML and code lists that an operator edits by hand, or gets from somebody.

import PeerTrust

@testable import MarketCatalog
@testable import SyncCore

extension FuzzTarget {
    /// `u8 which ‖ bytes`: one file of a small catalog is exchanged for the bytes.
    static let catalog = FuzzTarget(
        "catalog", inputBytesMax: 3_072, memory: MemoryLimit(fixedBytes: 1 << 20, bytesPerInputByte: 1_024),
        words: [
            "version: 1\n", "homes: ", "types: ", "lists: ", "label: {zh: ", ", en: ", "parents: ", "key:\n", "name: ",
            "headers: [", "pattern: ", "example: ", "home: {offset: 0, length: 2}", "units:\n", "- {number: ",
            "write: ",
            "merge: ", "manual", "latest", "any", "columns: [", "type: ", "text", "max: ", "min: ", "integer", "money",
            "date", "uscc", "region", "code(colour)", "codes(colour)", "share: ", "public", "federation",
            "required: true",
            "personal: true", "code_like: true", "unit: yuan", "rules:\n", "ordered: [", "child_of: ", "message: ",
            "[0-9]{2}", "slug,zh,en,parent,aliases\n", "&a ", "*a", "!!str ", "? ", "|\n", ">\n", "---\n",
            "%YAML 1.1\n",
        ],
        samples: { CatalogFileKind.allCases.flatMap { kind in kind.samples.map { [UInt8(kind.rawValue)] + $0 } } },
        attack: { input in
            guard let which = input.first else { return }
            let kind = CatalogFileKind(rawValue: Int(which) % CatalogFileKind.allCases.count)!
            let bytes = Array(input.dropFirst())
            switch kind {
            case .profile:
                _ = try? MarketProfile(CatalogFile(path: "shanghai.yaml", bytes: bytes))
            case .pattern:
                guard let pattern = KeyPattern(String(decoding: bytes, as: UTF8.self)) else { return }
                try hold((1...KeyPattern.lengthMax).contains(pattern.length), "a key of \(pattern.length) characters")
            case .root, .type, .list:
                guard let catalog = try? Catalog.load(files: kind.catalog(with: bytes), sha256: OpenSSLHashing.sha256)
                else { return }
                for type in catalog.recordTypes { try holdUsable(type, in: catalog) }
            }
        })

    /// What the rest of the house takes for granted of a catalog that was loaded.
    private static func holdUsable(_ type: RecordType, in catalog: Catalog) throws {
        try hold(type.keyColumn.pattern.matches(type.keyColumn.example), "the example of \(type.name) is no key")
        guard let owner = type.home.market(ofKey: Text(type.keyColumn.example)) else {
            throw BrokenPromise(description: "the example of \(type.name) has no home")
        }
        for column in type.columns {
            try hold((column.unit == nil) == (column.share == .home), "\(column.name) is in no unit, or travels")
            if let list = column.type.codeList { try hold(catalog.codeLists[list] != nil, "no list \(list)") }
        }
        for headers in [RegisterWriter.Options.init(), .init(headers: .columnNames, codes: .slugs)] {
            let bytes = RegisterWriter(recordType: type, catalog: catalog, options: headers).header()
            let reader = try RegisterReader(bytes: bytes, recordType: type, catalog: catalog, market: owner)
            let exported = type.columns.filter { $0.share != .home }.map(\.name)
            try hold(reader.columns == exported, "an export has \(exported), and import finds \(reader.columns)")
        }
    }
}

enum CatalogFileKind: Int, CaseIterable {
    case root
    case type
    case list
    case profile
    case pattern

    var samples: [[UInt8]] {
        switch self {
        case .root: [CatalogSamples.root]
        case .type: [CatalogSamples.type]
        case .list: [CatalogSamples.list]
        case .profile: BuiltInFiles.profiles.map(\.bytes)
        case .pattern: ["[0-9]{2}-TTA-[0-9]{6}", "[0-9A-Z]{18}", "a"].map { Array($0.utf8) }
        }
    }

    /// The small catalog, with the bytes in place of one of its files.
    func catalog(with bytes: [UInt8]) -> [CatalogFile] {
        [
            CatalogFile(path: "catalog.yaml", bytes: self == .root ? bytes : CatalogSamples.root),
            CatalogFile(path: "item.yaml", bytes: self == .type ? bytes : CatalogSamples.type),
            CatalogFile(path: "codes/colour.csv", bytes: self == .list ? bytes : CatalogSamples.list),
            CatalogFile(path: "codes/shade.csv", bytes: CatalogSamples.shades),
        ]
    }
}
