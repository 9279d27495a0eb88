// A catalog is edited by hand: each way to get it wrong must be found on loading, and said where.

import Foundation
import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Catalogs that are refused")
struct CatalogErrorTests {
    /// The error of the built-in catalog with one text replaced in one file.
    private func refusal(_ file: String, _ old: String, _ new: String) throws -> CatalogError {
        let files = try BuiltInFiles.catalog.map { original in
            guard original.path == file else { return original }
            let text = String(decoding: original.bytes, as: UTF8.self)
            let range = try #require(text.firstRange(of: old), "\(file) does not hold \(old)")
            return CatalogFile(path: file, bytes: Array(text.replacingCharacters(in: range, with: new).utf8))
        }
        return try refusal(files)
    }

    private func refusal(_ files: [CatalogFile]) throws -> CatalogError {
        do {
            _ = try Catalog.load(files: files, sha256: checksum)
        } catch {
            return error
        }
        throw Unexpected()
    }

    /// The catalog was taken.
    private struct Unexpected: Error {}

    struct Case: CustomTestStringConvertible {
        let file: String
        let old: String
        let new: String
        let item: String
        let problem: String

        init(_ file: String, _ old: String, _ new: String, at item: String, says problem: String) {
            self.file = file
            self.old = old
            self.new = new
            self.item = item
            self.problem = problem
        }

        var testDescription: String { "\(file): \(old) → \(new)" }
    }

    private static let piledMarks = "e" + String(repeating: "\u{301}\u{327}", count: 16)

    static let cases = [
        Case("agency.yaml", "zh: 联系人", "zh: \(piledMarks)", at: "", says: "too many combining marks"),
        Case("codes/yes_no.csv", "yes,", "yes,\(piledMarks)", at: "line 1", says: "too many combining marks"),
        Case(
            "contract.yaml", "number: 9, name: status", "number: 31, name: status, x: 1", at: "units[9] (status).x",
            says: "unknown key"),
        Case(
            "contract.yaml", "number: 9, name: status", "number: 40, name: status", at: "units[9] (status).number",
            says: "units 1 to 31"),
        Case(
            "contract.yaml", "number: 32, name: buyer", "number: 10, name: buyer", at: "units[10] (buyer).number",
            says: "units 1 to 31"),
        Case(
            "contract.yaml", "number: 34, name: remark", "number: 63, name: remark", at: "units[12] (remark).number",
            says: "from 1 to 62"),
        Case(
            "contract.yaml", "number: 1, name: project", "number: 0, name: project", at: "units[1] (project).number",
            says: "from 1 to 62"),
        Case(
            "contract.yaml", "number: 2, name: category", "number: 1, name: category", at: "units[2] (category)",
            says: "this number or name already"),
        Case(
            "contract.yaml", "write: any, merge: manual, columns: [remark]",
            "write: all, merge: manual, columns: [remark]", at: "units[12] (remark).write", says: "home or any"),
        Case(
            "contract.yaml", "write: any, merge: manual, columns: [remark]",
            "write: any, merge: max, columns: [remark]", at: "units[12] (remark).merge", says: "manual, home or latest"),
        Case(
            "contract.yaml", "columns: [payment_mode]", "columns: [payment_mode, status]", at: "units",
            says: "status is in the units payment and status"),
        Case(
            "contract.yaml", "columns: [payment_mode]", "columns: [payment_mood]", at: "units",
            says: "payment_mood of the unit payment is not defined"),
        Case(
            "contract.yaml", "columns: [payment_mode]", "columns: []", at: "units[5] (payment).columns",
            says: "a unit has 1 to 64 columns"),
        Case(
            "contract.yaml", "columns: [category, subcategory]", "columns: [category]", at: "units",
            says: "subcategory is in no unit"),
        Case(
            "contract.yaml", "columns: [remark]", "columns: [remark, clerk]", at: "units", says: "never leaves the node"
        ),
        Case(
            "contract.yaml", "name: fulfilment, type", "name: payment_mode, type", at: "columns",
            says: "payment_mode is given twice"),
        Case(
            "contract.yaml", "name: fulfilment, type", "name: registration_no, type", at: "columns",
            says: "registration_no is given twice"),
        Case(
            "contract.yaml", "name: clerk, type", "name: yrd_clerk, type", at: "columns[30] (yrd_clerk).name",
            says: "yrd_"),
        Case(
            "contract.yaml", "name: clerk, type", "name: current_date, type", at: "columns[30] (current_date).name",
            says: "clock"),
        Case(
            "contract.yaml", "name: clerk, type", "name: sqlite_clerk, type", at: "columns[30] (sqlite_clerk).name",
            says: "sqlite_"),
        Case("contract.yaml", "name: clerk, type", "name: Clerk, type", at: "columns[30] (Clerk).name", says: "[a-z]"),
        Case(
            "contract.yaml", "type: code(category)", "type: code(categories)", at: "columns[2] (category).type",
            says: "no list categories"),
        Case(
            "contract.yaml", "type: code(category)", "type: float", at: "columns[2] (category).type",
            says: "unknown type float"),
        Case(
            "contract.yaml", "type: code(category)", "type: codes(technology_field)", at: "columns[2] (category).type",
            says: "separator"),
        Case(
            "contract.yaml", "share: federation", "share: secret", at: "columns[1] (project_name).share",
            says: "public, federation or home"),
        Case("contract.yaml", "max: 200, required", "required", at: "columns[1] (project_name)", says: "needs `max`"),
        Case(
            "contract.yaml", "max: 200, required", "max: 16385, required", at: "columns[1] (project_name).max",
            says: "1 to 16384"),
        Case(
            "contract.yaml", "max: 200, required", "max: 200, min: 1, required", at: "columns[1] (project_name)",
            says: "only integer and money"),
        Case(
            "contract.yaml", "required: true", "required: yes", at: "columns[1] (project_name).required",
            says: "true or false"),
        Case("contract.yaml", "headers: [项目名称,", "headers: [备注,", at: "columns", says: "could mean two columns"),
        Case("contract.yaml", "headers: [项目名称,", "headers: [登记 编号,", at: "columns", says: "could mean two columns"),
        Case(
            "contract.yaml", "unit: wan}", "unit: dollar}",
            at: "columns[13] (total_amount_fen).headers[2] (合同成交金额(万元)).unit", says: "yuan, wan or yi"),
        Case(
            "contract.yaml", "pattern: \"20[0-9]{14}\"", "pattern: \"20.*\"", at: "key.pattern", says: "a pattern holds"
        ),
        Case(
            "contract.yaml", "example: \"2023310115000042\"", "example: \"2023\"", at: "key.example",
            says: "does not fit"),
        Case(
            "contract.yaml", "example: \"2023310115000042\"", "example: \"2023990115000042\"", at: "key.example",
            says: "no home"),
        Case("contract.yaml", "offset: 4, length: 2", "offset: 15, length: 2", at: "key.home", says: "outside the key"),
        Case(
            "contract.yaml", "offset: 4, length: 2", "offset: 4, length: 3", at: "key.home",
            says: "not that of the prefixes"),
        Case(
            "contract.yaml", "ordered: [valid_from, valid_to]", "ordered: [valid_from]",
            at: "rules[2] (term_out_of_order).ordered", says: "two or more"),
        Case(
            "contract.yaml", "ordered: [valid_from, valid_to]", "ordered: [valid_from, status]",
            at: "rules[2] (term_out_of_order).ordered", says: "of one type"),
        Case(
            "contract.yaml", "ordered: [valid_from, valid_to]", "ordered: [valid_from, valid_until]",
            at: "rules[2] (term_out_of_order).ordered[2]", says: "no column valid_until"),
        Case(
            "contract.yaml", "child_of: {column: subcategory, parent: category}",
            "child_of: {column: subcategory, parent: status}", at: "rules[4] (subcategory_of_other_category).child_of",
            says: "as `parents`"),
        Case(
            "contract.yaml", "    ordered: [valid_from, valid_to]\n", "", at: "rules[2] (term_out_of_order)",
            says: "exactly one of"),
        Case(
            "contract.yaml", "label: {zh: 技术合同, en: technology contract}", "label: {zh: 技术合同}", at: "label",
            says: "en is missing"),
        Case(
            "contract.yaml", "label: {zh: 技术合同, en: technology contract}", "label: &a {zh: 技术合同, en: b}", at: "line 3",
            says: "anchors"),
        Case(
            "contract.yaml", "label: {zh: 技术合同, en: technology contract}", "label: !!map {zh: 技术合同, en: b}",
            at: "line 3", says: "tags"),
        Case("contract.yaml", "label: {zh: 技术合同, en: technology contract}", "label: *a", at: "line 3", says: "aliases"),
        Case(
            "contract.yaml", "label: {zh: 技术合同, en: technology contract}",
            "label: {zh: a, en: b}\nlabel: {zh: a, en: b}", at: "", says: "not valid YAML"),
        Case("contract.yaml", "label: {zh: 技术合同, en: technology contract}", "label: [", at: "", says: "not valid YAML"),
        Case("catalog.yaml", "version: 1", "version: 0", at: "version", says: "an integer from 1"),
        Case("catalog.yaml", "version: 1", "version: one", at: "version", says: "an integer from 1"),
        Case("catalog.yaml", "\"31\": shanghai", "\"31\": Shanghai", at: "homes.31", says: "a market's name"),
        Case("catalog.yaml", "types: [contract, agency]", "types: [contract, agency, broker]", at: "", says: "missing"),
        Case("catalog.yaml", "types: [contract, agency]", "types: [contract]", at: "", says: "not mentioned"),
        Case(
            "catalog.yaml", "types: [contract, agency]", "types: [contract, contract, agency]", at: "types[2]",
            says: "given twice"),
        Case("catalog.yaml", "types: [contract, agency]", "types: contract", at: "types", says: "a list is expected"),
        Case(
            "catalog.yaml", "parents: category", "parents: categories", at: "lists.subcategory",
            says: "no list categories"),
        Case("catalog.yaml", "parents: category", "parents: status", at: "lists.subcategory", says: "no list status"),
        Case("catalog.yaml", ", parents: category", "", at: "lists.subcategory", says: "yet there is no `parents`"),
        Case(
            "codes/subcategory.csv", "合作开发,cooperative development,dev,", "合作开发,cooperative development,development,",
            at: "lists.subcategory", says: "the parent development"),
        Case(
            "codes/category.csv", "slug,zh,en,parent,aliases", "slug,zh,en,parent", at: "line 1",
            says: "the header must be"),
        Case(
            "codes/category.csv", "dev,技术开发,technology development,,", "dev,技术开发,technology development,", at: "line 2",
            says: "5 columns"),
        Case("codes/category.csv", "dev,技术开发", "d-v,技术开发", at: "line 2", says: "a slug is"),
        Case("codes/category.csv", "dev,技术开发", "dev,", at: "line 2", says: "name is missing"),
        Case("codes/category.csv", "transfer,技术转让", "dev,技术转让", at: "dev", says: "two codes"),
        Case("codes/category.csv", "技术转让合同", "技术开发", at: "技术开发", says: "two codes"),
        Case("codes/category.csv", "dev,技术开发", "dev,\"技术开发", at: "line 2", says: "not valid CSV"),
    ]

    @Test(arguments: cases)
    func `a wrong catalog is refused by file and item`(_ wrong: Case) throws {
        let error = try refusal(wrong.file, wrong.old, wrong.new)
        #expect(error.item == wrong.item)
        #expect(error.text(.en).contains(wrong.problem), "\(error.text(.en))")
        #expect(error.text(.zh) != error.text(.en))
        #expect(error.text(.zh).contains(" 行:") == wrong.item.hasPrefix("line "), "\(error.text(.zh))")
        let isAboutTypes = wrong.old.hasPrefix("types: [contract, agency]") && wrong.item.isEmpty
        // A parent is looked for where the list is announced.
        let isAboutParents = wrong.item == "lists.subcategory"
        #expect(isAboutTypes || isAboutParents || error.file == wrong.file, "\(error)")
    }

    @Test func `a file that is missing, doubled or unknown is named`() throws {
        let files = BuiltInFiles.catalog
        let without = try refusal(files.filter { $0.path != "codes/region.csv" })
        #expect(without.file == "codes/region.csv")
        let doubled = try refusal(files + [files[0]])
        #expect(doubled.file == files[0].path)
        let stray = try refusal(files + [CatalogFile(path: "codes/colour.csv", bytes: [])])
        #expect(stray.file == "codes/colour.csv")
        #expect(try refusal([]).file == "catalog.yaml")
    }

    @Test func `bytes that are not UTF-8 are refused`() throws {
        let files = BuiltInFiles.catalog.map { file in
            file.path.hasSuffix("category.csv") || file.path == "agency.yaml"
                ? CatalogFile(path: file.path, bytes: file.bytes + [0xFF]) : file
        }
        #expect(try refusal(files).text(.en).contains("not UTF-8"))
    }

    @Test func `a YAML file may have 256 KiB and not one byte more`() throws {
        func padded(to count: Int) -> [CatalogFile] {
            BuiltInFiles.catalog.map { file in
                guard file.path == "agency.yaml" else { return file }
                let rest = count - file.bytes.count - 2
                return CatalogFile(
                    path: file.path, bytes: file.bytes + [0x23] + Array(repeating: 0x20, count: rest) + [0x0A])
            }
        }
        for count in [YAMLReading.bytesMax - 1, YAMLReading.bytesMax] {
            #expect(throws: Never.self) { try Catalog.load(files: padded(to: count), sha256: checksum) }
        }
        #expect(try refusal(padded(to: YAMLReading.bytesMax + 1)).text(.en).contains("larger than"))
    }

    @Test func `a catalog may have 128 files`() throws {
        let files = (1...129).map { CatalogFile(path: "codes/x\($0).csv", bytes: []) }
        #expect(try refusal(files).text(.en).contains("more than 128 files"))
        #expect(try !refusal(Array(files.prefix(128))).text(.en).contains("more than"))
    }

    @Test(arguments: [900, 100_000])
    func `brackets in brackets are refused however deep, and exhaust no stack`(depth: Int) throws {
        let brackets = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let files = BuiltInFiles.catalog.map { file in
            file.path == "agency.yaml" ? CatalogFile(path: file.path, bytes: Array("label: \(brackets)\n".utf8)) : file
        }
        #expect(try refusal(files).file == "agency.yaml")
    }

    @Test func `a folder may hold hidden files, and no links`() throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appending(path: "catalog-\(UInt64.random(in: 0...UInt64.max))")
        defer { try? manager.removeItem(at: folder) }
        for file in BuiltInFiles.catalog {
            let target = folder.appending(path: file.path)
            try manager.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: target)
        }
        try Data([1]).write(to: folder.appending(path: ".hidden"))
        #expect(try Catalog.load(directory: folder.path, sha256: checksum).hash == catalog.hash)
        let link = folder.appending(path: "link.yaml")
        try manager.createSymbolicLink(at: link, withDestinationURL: folder.appending(path: "agency.yaml"))
        let error = #expect(throws: CatalogError.self) {
            try Catalog.load(directory: folder.path, sha256: checksum)
        }
        #expect(error?.file == "link.yaml")
    }

    @Test func `a folder that is not there says so`() {
        #expect(throws: CatalogError.self) {
            try Catalog.load(directory: "/nonexistent/catalog", sha256: checksum)
        }
    }
}

extension String {
    /// Foundation-free replacement of one range.
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
