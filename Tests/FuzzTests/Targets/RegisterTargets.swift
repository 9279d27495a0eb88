// Registers: files of another system, which went through spreadsheets and through hands.

import PeerTrust

@testable import MarketCatalog
@testable import SyncCore

extension FuzzTarget {
    /// `u8 how ‖ file`: record type, encoding and how it is written again are in the first byte.
    static let register = FuzzTarget(
        "register", inputBytesMax: 3_072, memory: MemoryLimit(fixedBytes: 4 << 20, bytesPerInputByte: 1_024),
        words: registerWords,
        samples: { registerSamples() },
        attack: { input in
            guard let how = input.first else { return }
            let type = builtIn.recordTypes[Int(how & 1)]
            let encodings: [RegisterEncoding] = [.auto, .utf8, .gb18030, .auto]
            let bytes = Array(input.dropFirst())
            guard let rows = try? imported(bytes, type, encodings[Int(how >> 1 & 3)]) else { return }
            for row in rows { try holdValid(row, type) }
            try holdExport(rows, type, RegisterWriter.Options(how >> 3))
        })

    /// One cell of one column: `u8 column ‖ cell`.
    static let cell = FuzzTarget(
        "cell", inputBytesMax: 512, memory: MemoryLimit(fixedBytes: 1 << 20, bytesPerInputByte: 1_024),
        words: registerWords,
        samples: {
            CellKind.all.indices.flatMap { index in
                CellKind.samples.map { [UInt8(index)] + Array($0.utf8) }
            }
        },
        attack: { input in
            guard let which = input.first else { return }
            let kind = CellKind.all[Int(which) % CellKind.all.count]
            try holdCell(Array(input.dropFirst()), kind.type, kind.column, scale: kind.scale)
        })

    /// Sets as they stand in SQLite, where every client can write them.
    static let set = FuzzTarget(
        "set", inputBytesMax: 512, memory: MemoryLimit(fixedBytes: 64 << 10, bytesPerInputByte: 128),
        words: ["[\"", "\",\"", "\"]", "\\u", "d83d", "\\\\", "\\n"],
        samples: {
            let sets: [[Text]] = [[], ["a"], ["a", "技术"], ["\"", "\\", "\u{1}\n\u{7F}", "🏮"]]
            return sets.map { Array(SetText.encode($0).utf8) }
                + [Array("[ \"b\" , \"a\\u00e9\\ud83d\\udE00\" ]".utf8)]
        },
        attack: { bytes in
            guard let text = String(validating: bytes, as: UTF8.self), let elements = SetText.decode(text) else {
                return
            }
            try hold(elements.count <= Limits.setElements, "a set of \(elements.count)")
            try hold(zip(elements, elements.dropFirst()).allSatisfy { $0 < $1 }, "a set is not ascending: \(elements)")
            try hold(SetText.decode(SetText.encode(elements)) == elements, "\(elements) is read again as another set")
        })

    static let builtIn: Catalog = {
        guard let catalog = try? Catalog.builtIn(sha256: OpenSSLHashing.sha256) else {
            preconditionFailure("the built-in catalog does not load")
        }
        return catalog
    }()

    private static let shanghai = Market("shanghai")!

    private static let registerWords = [
        "合同登记编号", "机构编号", "机构名称", "统一社会信用代码", "31-TTA-000001", "2023310115000042", "91310115MA1K3AB781",
        "技术开发", "、", "；", "万元", "亿", "￥", "¥", "，", "2021年3月5日", "2021-03-05", "44260", " 00:00:00", "1,234.50",
        "2.5E+07", "=\"", "'=", "\"\"", "\r\n", "\u{FEFF}", "\u{3000}", "\u{200B}", "０１２", "310115", "[\"dev\"]", "国家级",
    ]

    static func imported(
        _ bytes: [UInt8], _ type: RecordType, _ encoding: RegisterEncoding
    ) throws(RegisterError) -> [ImportedRow] {
        let reader = try RegisterReader(
            bytes: bytes, recordType: type, catalog: builtIn, market: shanghai, encoding: encoding)
        return reader.compactMap { row in
            if case .row(let row) = row { row } else { nil }
        }
    }

    private static func holdValid(_ row: ImportedRow, _ type: RecordType) throws {
        try hold(type.keyColumn.pattern.matches(row.key.string), "\(row.key) is no key")
        try hold(type.home.market(ofKey: row.key) == shanghai, "\(row.key) is of another market")
        for (name, value) in row.values { try holdValid(value, type.column(named: name)!) }
    }

    /// What an import lets through must be a value that a change can carry and a trigger lets in.
    private static func holdValid(_ value: FieldValue, _ column: Column) throws {
        try hold(column.type.fits(value), "\(value) does not fit \(column.name)")
        switch value {
        case .null: try hold(!column.isRequired, "\(column.name) is required")
        case .integer(let number):
            try hold(number.magnitude <= UInt64(Money.fenMax), "\(number) is too large for \(column.name)")
            try hold(number >= column.minimum ?? .min, "\(number) is below the minimum of \(column.name)")
        case .text(let text):
            try hold(!text.utf8.contains(0), "NUL in \(column.name)")
            try hold(text.utf8.count <= Limits.textBytes, "\(text.utf8.count) bytes in \(column.name)")
            try hold(text.string.unicodeScalars.count <= column.lengthMax ?? .max, "\(column.name) is too long")
        case .set(let elements):
            try hold(elements.count <= Limits.setElements, "a set of \(elements.count)")
            try hold(zip(elements, elements.dropFirst()).allSatisfy { $0 < $1 }, "a set is not ascending")
        }
    }

    /// What is exported is imported as it was: else a register that went out and came back would change records.
    private static func holdExport(_ rows: [ImportedRow], _ type: RecordType, _ options: RegisterWriter.Options) throws
    {
        let exported = type.columns.filter { $0.share != .home }
        let required = exported.filter(\.isRequired).map(\.name)
        guard let first = rows.first, required.allSatisfy(first.columns.contains) else { return }
        let writer = RegisterWriter(recordType: type, catalog: builtIn, options: options)
        let file = rows.reduce(into: writer.header()) { $0 += writer.row(key: $1.key, values: $1.values) }
        let again = try imported(file, type, .utf8)
        try hold(again.map(\.key) == rows.map(\.key), "\(rows.count) records went out, and \(again.count) came back")
        for (before, after) in zip(rows, again) {
            for column in exported {
                let (old, new) = (before.values[column.name] ?? .null, after.values[column.name] ?? .null)
                try hold(old == new, "\(column.name) went out as \(old) and came back as \(new)")
            }
        }
    }

    private static func holdCell(_ bytes: [UInt8], _ type: RecordType, _ column: Column, scale: Int64) throws {
        let reader = ColumnReader(column, scale: scale, catalog: builtIn)
        guard let value = try? read(bytes, reader), value != .null else { return }
        try holdValid(value, column)
        let again = try read(bytes, reader)
        try hold(again == value, "\(column.name) reads one cell as \(value) and as \(again)")
        guard column.share != .home else { return }
        // Through a file, with the columns that a row cannot be without.
        var values: [String: FieldValue] = ["name": .text("x"), "project_name": .text("x")]
        values[column.name] = value
        let writer = RegisterWriter(
            recordType: type, catalog: builtIn, options: RegisterWriter.Options(bytes.first ?? 0))
        var scanner = CSVScanner(
            writer.header() + writer.row(key: Text(type.keyColumn.example), values: values), from: 0)
        _ = scanner.next()
        _ = scanner.next()
        let field = 1 + type.columns.filter { $0.share != .home }.firstIndex(of: column)!
        var warnings: [Finding] = []
        let exportScale = writerScale(column, RegisterWriter.Options(bytes.first ?? 0))
        let back = try scanner.withCell(field) { cell in
            try ColumnReader(column, scale: exportScale, catalog: builtIn).value(of: cell, warnings: &warnings)
        }
        try hold(back == value, "\(column.name) went out as \(value) and came back as \(back)")
    }

    private static func writerScale(_ column: Column, _ options: RegisterWriter.Options) -> Int64 {
        if case .columnNames = options.headers { 1 } else { column.headers[0].scale }
    }

    private static func read(_ bytes: [UInt8], _ reader: ColumnReader) throws -> FieldValue {
        var warnings: [Finding] = []
        return try bytes.withUnsafeBufferPointer { bytes in
            let cell = UnsafeBufferPointer(rebasing: bytes[Normalisation.trimmedRange(bytes)])
            return try reader.value(of: cell, warnings: &warnings)
        }
    }

    private static func registerSamples() -> [[UInt8]] {
        let contracts = """
            \u{FEFF}合同登记编号,项目名称,合同类别,合同子类,总成交额（万元）,技术交易额（万元）,签订日期,卖方统一社会信用代码\r
            2023310115000042,"a ""b"", c",技术开发,,"1,234.50",100,2021年3月5日,91310115MA1K3AB781\r
            '2023310115000043,=\"技术",技术转让,,1亿,0.01,44260,12100000470095016Q\r
            2023320115000044,别家,,,,,,\r

            """
        let agencies = """
            机构编号,机构名称,统一社会信用代码,行政区划代码,级别,服务类型,技术经理人数,备注,联系电话
            31-TTA-000001,甲,91310115MA1K3AB781,310115,国家级,技术开发、技术转让,7,"x
            y",021-1
            31-TTA-000002,"'=乙",,上海市,,"[""dev""]",０,,

            """
        let utf8 = [(UInt8(0), contracts), (1, agencies)].flatMap { which, text in
            (0..<6).map { variant in [which | UInt8(variant) << 3] + Array(text.utf8) }
        }
        // 机构编号,机构名称 in GB18030, then one row.
        let gb18030: [UInt8] =
            [5, 0xBB, 0xFA, 0xB9, 0xB9, 0xB1, 0xE0, 0xBA, 0xC5, 0x2C, 0xBB, 0xFA, 0xB9, 0xB9, 0xC3, 0xFB, 0xB3, 0xC6]
            + Array("\n31-TTA-000003,".utf8) + [0xBC, 0xD7, 0x81, 0x30, 0x81, 0x30, 0x0A]
        return utf8 + [gb18030, [1] + gb18030.dropFirst()]
    }
}

/// A column, and what one counts in it.
private struct CellKind {
    let type: RecordType
    let column: Column
    let scale: Int64

    static let all = FuzzTarget.builtIn.recordTypes.flatMap { type in
        type.columns.flatMap { column in
            Set([1, column.headers[0].scale]).sorted().map { CellKind(type: type, column: column, scale: $0) }
        }
    }

    static let samples = [
        "技术开发", "dev", "12.50", "2021/3/5", "91310115MA1K3AB781", "310115", "=\"a\"", "a、b", " x ", "1,234",
    ]
}

extension RegisterWriter.Options {
    /// Every way of writing, by the bits of a number.
    fileprivate init(_ bits: UInt8) {
        self.init(
            headers: bits & 1 == 0 ? .chinese : .columnNames, codes: bits & 2 == 0 ? .names(.zh) : .slugs,
            guardsFormulas: bits & 4 != 0, keepsDigits: bits & 8 != 0, hasByteOrderMark: bits & 16 != 0)
    }
}
