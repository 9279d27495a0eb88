// What is exported can be imported again, and a spreadsheet may have opened it in between.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Registers that are written")
struct RegisterWriterTests {
    private static let options: [RegisterWriter.Options] = [
        RegisterWriter.Options(), RegisterWriter.Options(headers: .columnNames, codes: .slugs),
        RegisterWriter.Options(codes: .names(.en)), RegisterWriter.Options(codes: .slugs, hasByteOrderMark: true),
        RegisterWriter.Options(guardsFormulas: true, keepsDigits: true, hasByteOrderMark: true),
        RegisterWriter.Options(headers: .columnNames, codes: .slugs, guardsFormulas: true, keepsDigits: true),
    ]

    private func written(
        _ type: RecordType, _ rows: [(Text, [String: FieldValue])], _ options: RegisterWriter.Options = .init()
    ) -> [UInt8] {
        let writer = RegisterWriter(recordType: type, catalog: catalog, options: options)
        return rows.reduce(writer.header()) { $0 + writer.row(key: $1.0, values: $1.1) }
    }

    @Test func `a record is written under the registers' own headers and names`() {
        let bytes = written(
            agency,
            [
                (
                    "31-TTA-000001",
                    [
                        "name": .text("a,\"b\""), "services": .set(["dev", "platform"]), "brokers": .integer(7),
                        "level": .text("national"), "remark": .text("x\ny"), "status": .text("of a newer catalog"),
                    ]
                )
            ])
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                机构编号,机构名称,统一社会信用代码,法人类型,单位类型,行政区划代码,级别,备案号,认定日期,服务类型,年度评价,技术经理人数,联系人,联系电话,网址,状态,备注\r
                31-TTA-000001,"a,""b""\",,,,,国家级,,,技术开发、信息网络平台服务,,7,,,,of a newer catalog,"x
                y"\r

                """)
    }

    @Test func `amounts are in yuan under the registers' headers and in fen under column names`() {
        let row: [(Text, [String: FieldValue])] = [("2023310115000042", ["total_amount_fen": .integer(123_456)])]
        #expect(String(decoding: written(contract, row), as: UTF8.self).contains(",1234.56,"))
        let names = written(contract, row, .init(headers: .columnNames))
        #expect(String(decoding: names, as: UTF8.self).contains(",123456,"))
    }

    @Test func `columns that never leave the node are in no export`() {
        let text = String(decoding: written(contract, [("2023310115000042", ["clerk": .text("王伟")])]), as: UTF8.self)
        #expect(!text.contains("王伟") && !text.contains("登记员") && !text.contains("联系"))
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@a", "\tb", "=HYPERLINK(\"http://x\")", "'=x"])
    func `what a spreadsheet would run is marked on request only`(_ remark: String) {
        let row: [(Text, [String: FieldValue])] = [("31-TTA-000001", ["remark": .text(Text(remark))])]
        func cell(_ options: RegisterWriter.Options) -> String {
            var scanner = CSVScanner(written(agency, row, options))
            _ = scanner.next()
            _ = scanner.next()
            return scanner.text(scanner.fields.count - 1)
        }
        #expect(cell(.init(guardsFormulas: true)) == "'" + remark)
        #expect(cell(.init()) == (remark == "'=x" ? "''=x" : Normalisation.trimmed(remark)))
    }

    @Test func `digits are kept from spreadsheets on request`() {
        let row: [(Text, [String: FieldValue])] = [
            ("2023310115000042", ["seller_uscc": .text("12100000470095016Q"), "seller_kind": .text("022")])
        ]
        let text = String(
            decoding: written(contract, row, .init(codes: .slugs, keepsDigits: true)), as: UTF8.self)
        #expect(text.contains("'2023310115000042,"))
        #expect(text.contains(",'12100000470095016Q,'022,"))
    }

    @Test func `a byte order mark is written on request`() {
        #expect(written(agency, [], .init(hasByteOrderMark: true)).starts(with: [0xEF, 0xBB, 0xBF]))
        #expect(!written(agency, []).starts(with: [0xEF, 0xBB, 0xBF]))
    }

    /// Random records of both types, through every way of writing.
    @Test(arguments: UInt64(0)..<64)
    func `what is exported is imported as it was`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for type in [contract, agency] {
            var rows: [(Text, [String: FieldValue])] = []
            for index in 0..<10 {
                let key = type.name == "contract" ? "202331011500001\(index)" : "31-TTA-00000\(index)"
                rows.append((Text(key), record(type, &generator)))
            }
            for options in Self.options {
                let outcome = try importing(written(type, rows, options), as: type)
                #expect(outcome.refusals.isEmpty)
                #expect(outcome.warnings.isEmpty)
                #expect(outcome.rows.map(\.key) == rows.map(\.0))
                for (row, (_, values)) in zip(outcome.rows, rows) { #expect(row.values == values) }
            }
        }
    }

    /// A record that the rules allow.
    private func record(_ type: RecordType, _ generator: inout SeededGenerator) -> [String: FieldValue] {
        var values: [String: FieldValue] = [:]
        for column in type.columns where column.share != .home {
            let isLeftOut = !column.isRequired && Int.random(in: 0..<4, using: &generator) == 0
            values[column.name] = isLeftOut ? .null : value(column, &generator)
        }
        if case .text(let subcategory) = values["subcategory"] {
            values["category"] = .text(Text(catalog.code(subcategory.string, in: "subcategory")!.parent!))
        }
        for (low, high) in [("valid_from", "valid_to"), ("signed_on", "registered_on")] {
            values[low] = values[high] ?? nil
        }
        if case .integer(let total) = values["total_amount_fen"] {
            values["technology_amount_fen"] = .integer(Int64.random(in: 0...total, using: &generator))
        }
        return values
    }

    private func value(_ column: Column, _ generator: inout SeededGenerator) -> FieldValue {
        switch column.type {
        case .text:
            let pieces = ["=", "+", "-", "@", "'", "\"", ",", "\n", "a", "中", "(", "0", "1E+5", "𠅤", " b", "=\"", "\""]
            let text = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                column.isCodeLike
                    ? ["a", "0", "7", "-", "备"].randomElement(using: &generator)!
                    : pieces.randomElement(using: &generator)!
            }.joined()
            let trimmed = Normalisation.trimmed(text)
            return .text(Text(trimmed.isEmpty ? "x" : trimmed))
        case .integer, .money:
            let bits = Int.random(in: 0...53, using: &generator)
            return .integer(Int64.random(in: 0...((1 << bits) - 1), using: &generator))
        case .date:
            return .text(Text(CalendarDate(year: 2020, month: Int.random(in: 1...12, using: &generator), day: 9)!.text))
        case .code(let list):
            return .text(Text(catalog.codeLists[list]!.entries.randomElement(using: &generator)!.slug))
        case .codeSet(let list):
            let slugs = catalog.codeLists[list]!.entries.shuffled(using: &generator).prefix(3).map { Text($0.slug) }
            return .set(slugs.sorted())
        case .uscc:
            return .text(["91310115MA1K3AB781", "12100000470095016Q"].randomElement(using: &generator)!)
        case .region:
            return .text(["310115", "110108", "320576"].randomElement(using: &generator)!)
        }
    }
}
