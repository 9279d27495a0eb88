// A record type's file fixes columns and units for ever, so what is wrong in it must be found before a table is made.

import SyncCore

/// Reads `<type>.yaml`.
struct RecordTypeLoader {
    let name: String
    let lists: [String: CodeList]
    let markets: [String: Market]

    func load(_ root: YAMLReading) throws(CatalogError) -> RecordType {
        let fields = try root.mapping(required: ["label", "key", "units", "columns"], optional: ["rules"])
        let (key, home) = try readKey(fields["key"]!)
        let units = try readUnits(fields["units"]!)
        let columns = try readColumns(fields["columns"]!, units: units)
        try checkNames(columns, key: key, at: fields["columns"]!)
        try checkUnits(units, against: columns, at: fields["units"]!)
        return RecordType(
            name: name, label: try fields["label"]!.label(), keyColumn: key, home: home, columns: columns,
            units: units.sorted { $0.number < $1.number },
            rules: try CrossColumnRuleLoader(columns: columns, lists: lists).load(fields["rules"]))
    }

    private func readKey(_ item: YAMLReading) throws(CatalogError) -> (KeyColumn, HomeRule) {
        let fields = try item.mapping(required: ["name", "label", "headers", "pattern", "example", "home"])
        guard let pattern = KeyPattern(try fields["pattern"]!.string()) else {
            throw fields["pattern"]!.refusal(
                "模式只能由字母、数字、- _ . 和 [0-9A-Z] 类字符组构成，其后可有 {n}",
                "a pattern holds letters, digits, - _ . and classes like [0-9A-Z], each with {n} or without")
        }
        let key = KeyColumn(
            name: try fields["name"]!.identifier(), label: try fields["label"]!.label(),
            headers: try readHeaders(fields["headers"]!, isMoney: false), pattern: pattern,
            example: try fields["example"]!.string())
        let homeFields = try fields["home"]!.mapping(required: ["offset", "length"])
        let home = HomeRule(
            offset: Int(try homeFields["offset"]!.integer(in: 0...127)),
            length: Int(try homeFields["length"]!.integer(in: 1...8)), markets: markets)
        guard home.offset + home.length <= pattern.length else {
            throw fields["home"]!.refusal("市场代码超出主键长度", "the home lies outside the key")
        }
        guard markets.keys.allSatisfy({ $0.utf8.count == home.length }) else {
            throw fields["home"]!.refusal(
                "长度与 homes 中的前缀不一致", "the length is not that of the prefixes in `homes`")
        }
        guard pattern.matches(key.example), home.market(ofKey: Text(key.example)) != nil else {
            throw fields["example"]!.refusal(
                "示例不符合模式，或不属于任何市场", "the example does not fit the pattern or has no home")
        }
        return (key, home)
    }

    private func readUnits(_ item: YAMLReading) throws(CatalogError) -> [Unit] {
        var units: [Unit] = []
        for element in try item.sequence() {
            let fields = try element.mapping(required: ["number", "name", "label", "write", "merge", "columns"])
            let number = UnitNumber(try fields["number"]!.integer(in: 1...Int64(Limits.unitsPerType)))
            guard let write = WriteRule(rawValue: try fields["write"]!.string()) else {
                throw fields["write"]!.refusal("应为 home 或 any", "home or any is expected here")
            }
            guard write == WriteRule(unit: number) else {
                throw fields["number"]!.refusal(
                    "编号 1–31 的单元仅本市场可写（home），32–62 任何市场可写（any）",
                    "units 1 to 31 are written by the home only, units 32 to 62 by any market")
            }
            guard let merge = MergeRule(rawValue: try fields["merge"]!.string()) else {
                throw fields["merge"]!.refusal("应为 manual、home 或 latest", "manual, home or latest is expected here")
            }
            var columns: [String] = []
            for column in try fields["columns"]!.sequence() { columns.append(try column.identifier()) }
            guard (1...Limits.valuesPerUnit).contains(columns.count) else {
                throw fields["columns"]!.refusal(
                    "单元应有 1 至 \(Limits.valuesPerUnit) 列", "a unit has 1 to \(Limits.valuesPerUnit) columns")
            }
            let unit = Unit(
                number: number, name: try fields["name"]!.identifier(), label: try fields["label"]!.label(),
                columns: columns, merge: merge)
            guard !units.contains(where: { $0.number == unit.number || $0.name == unit.name }) else {
                throw element.refusal("单元的编号或名称重复", "a unit has this number or name already")
            }
            units.append(unit)
        }
        guard !units.isEmpty else { throw item.refusal("没有任何单元", "there is no unit") }
        return units
    }

    private func readColumns(_ item: YAMLReading, units: [Unit]) throws(CatalogError) -> [Column] {
        var columns: [Column] = []
        for element in try item.sequence() {
            let fields = try element.mapping(
                required: ["name", "type", "label", "headers", "share"],
                optional: ["max", "min", "required", "personal", "code_like"])
            let name = try fields["name"]!.identifier()
            let type = try readType(fields["type"]!)
            guard let share = Share(rawValue: try fields["share"]!.string()) else {
                throw fields["share"]!.refusal(
                    "应为 public、federation 或 home", "public, federation or home is expected here")
            }
            guard (type == .text) == (fields["max"] != nil) else {
                throw element.refusal(
                    "文本列必须有 max，其他列不得有", "a text column needs `max`, another column has none")
            }
            guard fields["min"] == nil || type == .integer || type == .money else {
                throw element.refusal("只有整数和金额列可有 min", "only integer and money columns may have `min`")
            }
            guard fields["code_like"] == nil || type == .text else {
                throw element.refusal("只有文本列可有 code_like", "only text columns may have `code_like`")
            }
            columns.append(
                Column(
                    name: name, type: type, label: try fields["label"]!.label(),
                    headers: try readHeaders(fields["headers"]!, isMoney: type == .money), share: share,
                    isPersonal: try fields["personal"]?.bool() ?? false,
                    unit: units.first { $0.columns.contains(name) }?.number,
                    lengthMax: try readLengthMax(fields["max"]),
                    minimum: try fields["min"]?.integer(in: FieldValue.integerRange),
                    isRequired: try fields["required"]?.bool() ?? false,
                    isCodeLike: try fields["code_like"]?.bool() ?? false))
        }
        return columns
    }

    /// At four bytes a character, the longest text still fits into a value on the wire.
    private func readLengthMax(_ item: YAMLReading?) throws(CatalogError) -> Int? {
        guard let item else { return nil }
        return Int(try item.integer(in: 1...Int64(Limits.textBytes / 4)))
    }

    /// `text`, `integer`, `money`, `date`, `uscc`, `region`, `code(list)`, `codes(list)`.
    private func readType(_ item: YAMLReading) throws(CatalogError) -> ColumnType {
        let text = try item.string()
        for plain in [ColumnType.text, .integer, .money, .date, .uscc, .region] where plain.name == text {
            guard plain != .region || lists[RegionCode.listName] != nil else {
                throw item.refusal(
                    "没有代码表 \(RegionCode.listName)", "there is no list \(RegionCode.listName)")
            }
            return plain
        }
        for (prefix, make) in [("code(", ColumnType.code), ("codes(", ColumnType.codeSet)]
        where text.hasPrefix(prefix) && text.hasSuffix(")") {
            let list = String(text.dropFirst(prefix.count).dropLast())
            guard let codes = lists[list] else { throw item.refusal("没有代码表 \(list)", "there is no list \(list)") }
            if case .codeSet = make(list), let code = codes.entries.first(where: SetCell.wouldSplit) {
                throw item.refusal(
                    "代码 \(code.slug) 的名称含有分隔符，不能用于集合",
                    "a name of the code \(code.slug) holds a separator, so the list cannot be used in a set")
            }
            return make(list)
        }
        throw item.refusal("未知的类型 \(text)", "unknown type \(text)")
    }

    /// Headers are names, or for amounts mappings of a name and a unit.
    private func readHeaders(_ item: YAMLReading, isMoney: Bool) throws(CatalogError) -> [CSVHeader] {
        var headers: [CSVHeader] = []
        for element in try item.sequence() {
            guard isMoney else {
                headers.append(CSVHeader(name: try element.string(), scale: 1))
                continue
            }
            let fields = try element.mapping(required: ["name", "unit"])
            guard let unit = Money.Unit(rawValue: try fields["unit"]!.string()) else {
                throw fields["unit"]!.refusal("应为 yuan、wan 或 yi", "yuan, wan or yi is expected here")
            }
            headers.append(CSVHeader(name: try fields["name"]!.string(), scale: unit.fen))
        }
        guard !headers.isEmpty else { throw item.refusal("没有任何表头", "there is no header") }
        return headers
    }

    private func checkUnits(
        _ units: [Unit], against columns: [Column], at item: YAMLReading
    ) throws(CatalogError) {
        var unitOf: [String: String] = [:]
        for unit in units {
            for column in unit.columns {
                if let other = unitOf.updateValue(unit.name, forKey: column) {
                    throw item.refusal(
                        "列 \(column) 同时在单元 \(other) 和 \(unit.name) 中",
                        "the column \(column) is in the units \(other) and \(unit.name)")
                }
                guard let known = columns.first(where: { $0.name == column }) else {
                    throw item.refusal(
                        "单元 \(unit.name) 中没有定义列 \(column)",
                        "the column \(column) of the unit \(unit.name) is not defined")
                }
                guard known.share != .home else {
                    throw item.refusal(
                        "列 \(column) 的 share 为 home，不得属于任何单元",
                        "the column \(column) never leaves the node (share: home), so it can be in no unit")
                }
            }
        }
        if let loose = columns.first(where: { $0.share != .home && unitOf[$0.name] == nil }) {
            throw item.refusal("列 \(loose.name) 不属于任何单元", "the column \(loose.name) is in no unit")
        }
    }

    /// No name twice, and no header that could mean two columns.
    private func checkNames(
        _ columns: [Column], key: KeyColumn, at item: YAMLReading
    ) throws(CatalogError) {
        var names: Set<String> = [key.name]
        for column in columns where !names.insert(column.name).inserted {
            throw item.refusal("列 \(column.name) 重复", "the column \(column.name) is given twice")
        }
        if let ambiguous = HeaderMatching(key: key, columns: columns).ambiguousHeader {
            throw item.refusal(
                "表头“\(ambiguous)”对应两列", "the header \"\(ambiguous)\" could mean two columns")
        }
    }
}
