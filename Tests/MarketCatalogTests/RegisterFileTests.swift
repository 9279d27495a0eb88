// What spoils a whole file: its encoding, its header, or Excel.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Files: encodings, headers, and what Excel did")
struct RegisterFileTests {
    private static let text = contractRow("项目名称", "𠅤䶮㛃")

    /// In GB18030: `合同登记编号,项目名称`, and a key.
    private static let gb18030: [UInt8] =
        [0xBA, 0xCF, 0xCD, 0xAC, 0xB5, 0xC7, 0xBC, 0xC7, 0xB1, 0xE0, 0xBA, 0xC5, 0x2C]
        + [0xCF, 0xEE, 0xC4, 0xBF, 0xC3, 0xFB, 0xB3, 0xC6, 0x0A] + Array("2023310115000042,".utf8)

    private func failure(_ bytes: [UInt8], encoding: RegisterEncoding = .auto) throws -> RegisterError {
        do {
            _ = try importing(bytes, encoding: encoding)
        } catch {
            #expect(!error.reason.zh.isEmpty && error.reason.zh != error.reason.en)
            return error
        }
        throw Unexpected()
    }

    /// The file was taken.
    private struct Unexpected: Error {}

    @Test func `UTF-8 is taken with and without a byte order mark`() throws {
        for bytes in [Array(Self.text.utf8), [0xEF, 0xBB, 0xBF] + Array(Self.text.utf8)] {
            let outcome = try importing(bytes)
            #expect(outcome.encoding == .utf8)
            #expect(try outcome.value("project_name") == .text("𠅤䶮㛃"))
        }
    }

    @Test func `GB18030 is taken, with its four-byte characters`() throws {
        // 中 is D6 D0; 𠅤, U+20164, stands 356 places after 95 32 82 36, U+20000.
        let bytes = Self.gb18030 + [0xD6, 0xD0, 0x95, 0x32, 0xA6, 0x32, 0x0A]
        for encoding in [RegisterEncoding.auto, .gb18030] {
            let outcome = try importing(bytes, encoding: encoding)
            #expect(outcome.encoding == .gb18030)
            #expect(try outcome.value("project_name") == .text("中\u{20164}"))
        }
    }

    @Test func `the whole of four-byte GB18030 is counted in tens`() throws {
        // 90 30 81 30 is U+10000; the last byte has ten values, the third 126, the second ten.
        #expect(try GB18030.decode([0x90, 0x30, 0x81, 0x30]) == Array("\u{10000}".utf8))
        #expect(try GB18030.decode([0x90, 0x30, 0x81, 0x39]) == Array("\u{10009}".utf8))
        #expect(try GB18030.decode([0x90, 0x30, 0x82, 0x30]) == Array("\u{1000A}".utf8))
        #expect(try GB18030.decode([0x90, 0x31, 0x81, 0x30]) == Array("\u{104EC}".utf8))
    }

    @Test(
        arguments: [
            [0x80], [0xFF], [0xD6], [0xD6, 0x20], [0x90, 0x30, 0x81], [0x90, 0x30, 0x81, 0x2F], [0x61, 0xFF, 0x62],
        ] as [[UInt8]])
    func `broken GB18030 is refused, not repaired`(_ bytes: [UInt8]) {
        #expect(throws: GB18030.Failure.self) { try GB18030.decode(bytes) }
    }

    @Test func `the first byte that is wrong is found`() {
        #expect(throws: GB18030.Failure.invalid(offset: 3)) { try GB18030.decode([0x61, 0xD6, 0xD0, 0xFF, 0x61]) }
        #expect(throws: GB18030.Failure.invalid(offset: 1)) { try GB18030.decode([0x61, 0xD6]) }
    }

    @Test func `a file that is neither is refused by the line that is neither`() throws {
        let error = try failure(Self.gb18030 + [0xFF, 0x0A])
        #expect(error.code == "wrong_encoding")
        #expect(error.line == 1)
        let ascii = Array("registration_no,remark\n2023310115000042,a\n2023310115000043,".utf8) + [0xFF, 0x0A]
        #expect(try failure(ascii).line == 3)
    }

    @Test func `one broken row of a UTF-8 register is refused alone`() throws {
        let bytes =
            Array("合同登记编号,备注\n2023310115000042,a\n2023310115000043,".utf8) + [0xE4, 0xB8, 0x0A]
            + Array("2023310115000044,中文\n".utf8)
        for encoding in [RegisterEncoding.auto, .utf8] {
            let outcome = try importing(bytes, encoding: encoding)
            #expect(outcome.encoding == .utf8)
            #expect(outcome.rows.map(\.line) == [2, 4])
            #expect(outcome.refusals.map(\.code) == ["wrong_encoding"])
            #expect(outcome.refusals.map(\.line) == [3])
        }
    }

    @Test func `a wrong encoding given by hand is refused, not misread`() throws {
        #expect(try failure(Array(Self.text.utf8), encoding: .gb18030).code == "wrong_encoding")
        #expect(try failure(Self.gb18030 + [0xD6, 0xD0, 0x0A], encoding: .utf8).code == "wrong_encoding")
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x08, 0x54], [0xFE, 0xFF, 0x54, 0x08], [0x61, 0x00, 0x62, 0x00], [0x00, 0x61],
        ] as [[UInt8]])
    func `UTF-16 is named`(_ bytes: [UInt8]) throws {
        let error = try failure(bytes)
        #expect(error.code == "wrong_encoding")
        #expect(error.reason.en.contains("UTF-16"))
    }

    @Test(arguments: [[0x50, 0x4B, 3, 4, 20], [0xD0, 0xCF, 0x11, 0xE0, 0xA1]] as [[UInt8]])
    func `a workbook is named`(_ bytes: [UInt8]) throws {
        #expect(try failure(bytes).code == "not_csv")
    }

    @Test(arguments: ["", "\n\n", "\u{FEFF}", "\u{FEFF}\n"])
    func `an empty file says so`(_ text: String) throws {
        #expect(try failure(Array(text.utf8)).code == "empty_file")
    }

    @Test(arguments: ["备注\na\n", "合同登记编号;备注\n2023310115000042;a\n", "机构编号,机构名称\n31-TTA-000001,a\n", "a\tb\n"])
    func `a header without the key column is refused and says what it should hold`(_ text: String) throws {
        let error = try failure(Array(text.utf8))
        #expect(error.code == "missing_key_header")
        #expect(error.reason.en.contains("合同登记编号") && error.reason.en.contains("registration_no"))
    }

    @Test func `two headers of one column are refused`() throws {
        #expect(try failure(Array("合同登记编号,项目名称,合同名称\n".utf8)).code == "duplicate_header")
        #expect(try failure(Array("合同登记编号,registration_no\n".utf8)).code == "duplicate_header")
        #expect(try failure(Array("合同登记编号,合同成交金额(元),合同成交金额(万元)\n".utf8)).code == "duplicate_header")
    }

    @Test func `a header with quotes gone wrong is refused`() throws {
        #expect(try failure(Array("\"合同登记编号,备注\na,b\n".utf8)).code == "unterminated_quote")
    }

    @Test func `a header alone is a register without rows`() throws {
        let outcome = try importing("合同登记编号,备注")
        #expect(outcome.rows.isEmpty && outcome.refusals.isEmpty)
    }

    /// `mangled` of `count` keys in scientific notation, the rest good and ending in anything but 0.
    private func register(_ count: Int, scientific: Int = 0, zeros: Int = 0) -> [UInt8] {
        var text = "合同登记编号\n"
        for index in 0..<count {
            if index < scientific {
                text += "2.02331E+15\n"
            } else {
                let serial = index < scientific + zeros ? "\(10_000 + index)0" : "\(10_000 + index)1"
                text += "2023310115\(serial)\n"
            }
        }
        return Array(text.utf8)
    }

    @Test func `more than a fifth of keys in scientific notation refuse the file`() throws {
        #expect(try importing(register(100, scientific: 19)).refusals.count == 19)
        #expect(try importing(register(100, scientific: 20)).refusals.count == 20)
        let error = try failure(register(100, scientific: 21))
        #expect(error.code == "excel_mangled_number")
        #expect(error.reason.en.contains("21 of 100"))
    }

    @Test func `in a small file each mangled key is refused by itself`() throws {
        #expect(try importing(register(19, scientific: 19)).refusals.count == 19)
        #expect(throws: RegisterError.self) { try importing(register(20, scientific: 20)) }
    }

    @Test func `more than a fifth of keys that end in 0 refuse a file that is large enough to tell`() throws {
        #expect(try importing(register(100, zeros: 20)).rows.count == 100)
        #expect(try failure(register(100, zeros: 21)).code == "excel_mangled_number")
        #expect(try importing(register(99, zeros: 99)).rows.count == 99)
        #expect(try failure(register(200, scientific: 20, zeros: 21)).code == "excel_mangled_number")
    }

    @Test func `keys that Excel leaves alone are not surveyed`() throws {
        let text = "机构编号\n" + (1...200).map { "31-TTA-\(100_000 + $0 * 10)\n" }.joined()
        #expect(try importing(text, as: agency).rows.count == 200)
    }
}
