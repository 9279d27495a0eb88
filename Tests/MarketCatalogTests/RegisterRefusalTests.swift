// What a register gets wrong is refused by line, column and code, and everything else goes in.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Rows that are refused")
struct RegisterRefusalTests {
    struct Case: CustomTestStringConvertible {
        let header: String
        let cell: String
        let column: String
        let code: String
        let type: RecordType

        init(_ type: RecordType, _ header: String, _ cell: String, _ column: String, _ code: String) {
            self.type = type
            self.header = header
            self.cell = cell
            self.column = column
            self.code = code
        }

        var testDescription: String { "\(header): \(cell) → \(code)" }
    }

    static let cases = [
        Case(contract, "项目名称", "", "project_name", "missing_value"),
        Case(contract, "项目名称", " \u{3000}", "project_name", "missing_value"),
        Case(contract, "项目名称", "a\u{1}b", "project_name", "bad_character"),
        Case(contract, "合同类别", "技术合作", "category", "unknown_code"),
        Case(contract, "买方国别", "999", "buyer_country", "unknown_code"),
        Case(contract, "卖方统一社会信用代码", "12100000470095016Z", "seller_uscc", "bad_check_character"),
        Case(contract, "卖方统一社会信用代码", "12100000470095016R", "seller_uscc", "bad_check_character"),
        Case(contract, "卖方统一社会信用代码", "12100000470095017Q", "seller_uscc", "bad_check_character"),
        Case(contract, "卖方统一社会信用代码", "12100000470095016", "seller_uscc", "bad_credit_code"),
        Case(contract, "卖方统一社会信用代码", "不详", "seller_uscc", "bad_credit_code"),
        Case(contract, "卖方统一社会信用代码", "9.13101E+17", "seller_uscc", "excel_mangled_number"),
        Case(contract, "卖方行政区划代码", "340901", "seller_region", "unknown_region"),
        Case(contract, "卖方行政区划代码", "火星", "seller_region", "unknown_region"),
        Case(contract, "登记日期", "2023-02-30", "registered_on", "impossible_date"),
        Case(contract, "登记日期", "2023年13月1日", "registered_on", "impossible_date"),
        Case(contract, "登记日期", "去年", "registered_on", "bad_date"),
        Case(contract, "合同成交金额(元)", "若干", "total_amount_fen", "bad_amount"),
        Case(contract, "合同成交金额(元)", "-1", "total_amount_fen", "below_minimum"),
        Case(contract, "合同成交金额(元)", "0.001", "total_amount_fen", "amount_finer_than_fen"),
        Case(contract, "合同成交金额(元)", "1.25E+07", "total_amount_fen", "excel_mangled_number"),
        Case(contract, "合同成交金额(亿元)", "99999999", "total_amount_fen", "number_too_large"),
        Case(contract, "合同成交金额(万元)", "2亿", "total_amount_fen", "bad_amount"),
        Case(contract, "登记机构代码", "31010300001", "registrar_code", "too_long"),
        Case(contract, "备注", String(repeating: "中", count: 2_001), "remark", "too_long"),
        Case(agency, "机构名称", "", "name", "missing_value"),
        Case(agency, "技术经理人数", "12.5", "brokers", "bad_integer"),
        Case(agency, "技术经理人数", "许多", "brokers", "bad_integer"),
        Case(agency, "技术经理人数", "-1", "brokers", "below_minimum"),
        Case(agency, "服务类型", "技术开发、洗车", "services", "unknown_code"),
        Case(agency, "联系电话", "1.38E+10", "contact_phone", "excel_mangled_number"),
    ]

    @Test(arguments: cases)
    func `a bad cell is refused with its column and a code of its own`(_ bad: Case) throws {
        let text = bad.type.name == "contract" ? contractRow(bad.header, bad.cell) : agencyRow(bad.header, bad.cell)
        let refusal = try importing(text, as: bad.type).refusal
        #expect(refusal.line == 2)
        #expect(refusal.column == bad.column)
        #expect(refusal.code == bad.code)
        Self.expectReason(refusal)
    }

    /// Both languages, and no value: refusals go to logs, and cells may be personal.
    private static func expectReason(_ refusal: RowRefusal) {
        #expect(refusal.reason.zh.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) })
        #expect(!refusal.reason.en.isEmpty && refusal.reason.en != refusal.reason.zh)
    }

    @Test(arguments: [
        ("2.02331E+15", "excel_mangled_number", "Excel"), ("2.02331e+15", "excel_mangled_number", "Excel"),
        ("2023320115000042", "foreign_home", "jiangsu"), ("2023110115000042", "foreign_home", "31, 32, 33, 34"),
        ("", "missing_value", "empty"), ("202331011500004", "wrong_key_form", "2023310115000042"),
        ("20233101150000420", "wrong_key_form", "2023310115000042"),
        ("23310115000042", "wrong_key_form", "2023310115000042"),
        ("2023 3101 15 000042", "wrong_key_form", "2023310115000042"), ("合同一", "wrong_key_form", "2023310115000042"),
        (fullWidth("2023320115000042"), "foreign_home", "jiangsu"),
    ])
    func `a bad key is refused and says what to do`(key: String, code: String, word: String) throws {
        let refusal = try importing("合同登记编号,备注\n\(quoted(key)),a\n").refusal
        #expect(refusal.code == code)
        #expect(refusal.column == "registration_no")
        #expect(refusal.reason.en.contains(word))
        Self.expectReason(refusal)
    }

    @Test func `an agency of another market is refused by its owner's name`() throws {
        let refusal = try importing("机构编号,机构名称\n33-TTA-000001,a\n", as: agency).refusal
        #expect(refusal.code == "foreign_home")
        #expect(refusal.reason.zh.contains("zhejiang"))
        #expect(try importing("机构编号,机构名称\n33-TTA-000001,a\n", as: agency, at: Market("zhejiang")!).rows.count == 1)
    }

    @Test(arguments: [
        ("合同成交金额,技术交易额", "5,5.01", "technology_amount_fen", "amounts_out_of_order"),
        ("合同有效期起,合同有效期止", "2023-02-01,2023-01-31", "valid_from", "term_out_of_order"),
        ("合同签订日期,登记日期", "2023-02-02,2023-02-01", "signed_on", "signed_after_registration"),
        ("合同类别,合同子类", "技术转让,专利实施许可", "subcategory", "subcategory_of_other_category"),
        ("合同类别,合同子类", "技术咨询,技术培训", "subcategory", "subcategory_of_other_category"),
    ])
    func `columns that contradict each other are refused by the rule's name`(
        headers: String, cells: String, column: String, code: String
    ) throws {
        let refusal = try importing("合同登记编号,\(headers)\n2023310115000042,\(cells)\n").refusal
        #expect(refusal.code == code)
        #expect(refusal.column == column)
        Self.expectReason(refusal)
    }

    @Test func `the second row of one key is refused, naming the first`() throws {
        let outcome = try importing(
            "合同登记编号,备注\n2023310115000042,a\n2023310115000043,b\n2023310115000042,c\n2023310115000042,d\n")
        #expect(outcome.rows.count == 2)
        #expect(outcome.refusals.map(\.code) == ["duplicate_key", "duplicate_key"])
        #expect(outcome.refusals.map(\.line) == [4, 5])
        #expect(outcome.refusals.allSatisfy { $0.reason.en.contains("line 2") && $0.reason.zh.contains("第 2 行") })
    }

    @Test func `a key that was refused once may come again`() throws {
        let outcome = try importing("合同登记编号,登记日期\n2023310115000042,x\n2023310115000042,2023-01-01\n")
        #expect(outcome.rows.count == 1)
        #expect(outcome.refusals.map(\.code) == ["bad_date"])
    }

    @Test func `rows of another length than the header are refused`() throws {
        let outcome = try importing(
            "合同登记编号,备注,状态\n2023310115000042,a\n2023310115000043,a,登记,x\n2023310115000044,a,登记\n")
        #expect(outcome.rows.map(\.key) == ["2023310115000044"])
        #expect(outcome.refusals.map(\.code) == ["wrong_field_count", "wrong_field_count"])
        #expect(outcome.refusals[0].reason.en.contains("2 fields and the header 3"))
    }

    @Test func `quotes gone wrong cost one row each`() throws {
        let outcome = try importing(
            "合同登记编号,备注\n2023310115000041,\"a\"b\n2023310115000042,ok\n2023310115000043,\"never\n2023310115000044,ok\n")
        #expect(outcome.rows.map(\.key) == ["2023310115000042", "2023310115000044"])
        #expect(outcome.refusals.map(\.code) == ["stray_quote", "unterminated_quote"])
        #expect(outcome.refusals.map(\.line) == [2, 4])
    }

    @Test func `good rows go in beside every kind of damage`() throws {
        let header = "合同登记编号,项目名称,合同类别,卖方统一社会信用代码,合同成交金额(元),技术交易额(元),登记日期\n"
        let outcome = try importing(
            header + """
                2023310115000001,好,技术开发,91310115MA1K3AB781,2.00,1.00,2023-01-01
                2023310115000002,金额,技术开发,91310115MA1K3AB781,2.00,4.0,2023-01-01
                2023310115000003,日期,技术开发,91310115MA1K3AB781,2.00,1.00,2023/01/01
                2.02331E+15,表格,技术开发,91310115MA1K3AB781,2.00,1.00,2023-01-01
                2023310115000005,校验,技术开发,91310115MA1K3AB78Z,2.00,1.00,2023-01-01
                \(fullWidth("2023310115000006")),全角,技术开发,91310115MA1K3AB781,2.00,1.00,2023-01-01
                2023310115000007,  空格\u{3000},技术开发,91310115MA1K3AB781,2.00,1.00,2023.01.01
                2023310115000008,,技术开发,91310115MA1K3AB781,2.00,1.00,2023-01-01
                2023110115000009,外地,技术开发,91310115MA1K3AB781,2.00,1.00,2023-01-01
                2023310115000010,类别,技术合作,91310115MA1K3AB781,2.00,1.00,2023-01-01

                """)
        #expect(outcome.rows.map(\.line) == [2, 4, 7, 8])
        #expect(
            outcome.refusals.map { "\($0.line) \($0.column ?? "") \($0.code)" } == [
                "3 technology_amount_fen amounts_out_of_order", "5 registration_no excel_mangled_number",
                "6 seller_uscc bad_check_character", "9 project_name missing_value", "10 registration_no foreign_home",
                "11 category unknown_code",
            ])
        #expect(outcome.rows[1].values["registered_on"] == .text("2023-01-01"))
        #expect(outcome.rows[3].values["project_name"] == .text("空格"))
    }
}
