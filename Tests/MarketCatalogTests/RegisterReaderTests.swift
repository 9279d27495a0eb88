// What a register says becomes values, in whatever form a registrar's system wrote it.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Registers that are read")
struct RegisterReaderTests {
    /// As make_records.py writes it.
    private static let contracts = """
        合同登记编号,项目名称,合同类别,合同子类,卖方名称,卖方统一社会信用代码,卖方性质,卖方行政区划代码,买方名称,买方统一社会信用代码,买方性质,买方行政区划代码,\
        买方国别,合同成交金额(元),技术交易额(元),支付方式,合同签订日期,合同有效期起,合同有效期止,登记日期,技术领域,知识产权类别,社会经济目标,计划项目来源,\
        服务的国民经济行业,登记机构代码,告知承诺,状态\r
        2023310103000001,柔性疫苗佐剂技术咨询,技术开发,委托开发,上海太湖𠅤大学,12100000425006117P,022,310112,北京徽商科技有限公司,\
        91320500MA1MCD210G,150,110108,142,234567.89,100000.00,分期支付,2023-11-02,2023-11-02,2024-11-01,2023-12-01,\
        生物、医药和医疗器械,未涉及知识产权,卫生事业发展,计划外,M,310103,是,登记\r

        """

    @Test func `a contract as the registers write it is read whole`() throws {
        let outcome = try importing(Self.contracts)
        try #require(outcome.refusals.isEmpty, "\(outcome.refusals)")
        #expect(outcome.warnings.isEmpty, "every header is known")
        let row = try #require(outcome.rows.first)
        #expect(row.line == 2)
        #expect(row.key == "2023310103000001")
        #expect(
            row.values == [
                "project_name": .text("柔性疫苗佐剂技术咨询"), "category": .text("dev"), "subcategory": .text("dev_commission"),
                "seller_name": .text("上海太湖𠅤大学"), "seller_uscc": .text("12100000425006117P"),
                "seller_kind": .text("022"), "seller_region": .text("310112"), "buyer_name": .text("北京徽商科技有限公司"),
                "buyer_uscc": .text("91320500MA1MCD210G"), "buyer_kind": .text("150"), "buyer_region": .text("110108"),
                "buyer_country": .text("142"), "total_amount_fen": .integer(23_456_789),
                "technology_amount_fen": .integer(10_000_000), "payment_mode": .text("instalment"),
                "signed_on": .text("2023-11-02"), "valid_from": .text("2023-11-02"), "valid_to": .text("2024-11-01"),
                "registered_on": .text("2023-12-01"), "technology_field": .text("04"), "ip_kind": .text("none"),
                "objective": .text("03"), "plan_source": .text("none"), "served_industry": .text("M"),
                "registrar_code": .text("310103"), "by_commitment": .text("yes"), "status": .text("registered"),
            ])
        #expect(row.columns.count == row.fields.count)
    }

    @Test func `an agency as the registers write it is read whole`() throws {
        let outcome = try importing(
            """
            机构编号,机构名称,统一社会信用代码,法人类型,单位类型,行政区划代码,级别,备案号,认定日期,服务类型,技术经理人数,年度评价,联系人,联系电话,网址,状态
            31-TTA-000001,上海技术转移中心,12100000425006117P,法人内设机构,高等院校,310110,入库,31备2020-0001,2018-09-28,技术服务、技术转让、信息网络平台服务,7,,王伟,13800000000,https://tt1.example.cn,有效
            """, as: agency)
        try #require(outcome.refusals.isEmpty, "\(outcome.refusals)")
        #expect(outcome.warnings.isEmpty)
        let row = try #require(outcome.rows.first)
        #expect(row.key == "31-TTA-000001")
        #expect(
            row.values == [
                "name": .text("上海技术转移中心"), "uscc": .text("12100000425006117P"), "legal_form": .text("in_house"),
                "organisation_type": .text("university"), "region_code": .text("310110"), "level": .text("listed"),
                "filing_no": .text("31备2020-0001"), "recognised_on": .text("2018-09-28"),
                "services": .set(["platform", "service", "transfer"]), "brokers": .integer(7),
                "evaluation_grade": .null, "contact_person": .text("王伟"), "contact_phone": .text("13800000000"),
                "website": .text("https://tt1.example.cn"), "status": .text("active"),
            ])
    }

    @Test func `only the columns of the file are in the row`() throws {
        let outcome = try importing(contractRow("备注", "a"))
        #expect(outcome.rows.map(\.values) == [["remark": .text("a")]])
    }

    @Test func `columns are known by header, by name, in any width, with space and a star`() throws {
        for header in [
            "项目名称", "合同名称", "project_name", "PROJECT_NAME", " 项目 名称 ", "*项目名称", "\u{3000}项目名称",
            fullWidth("*Project_Name"),
        ] {
            #expect(try importing(contractRow(header, "a")).value("project_name") == .text("a"), "\(header)")
        }
        #expect(
            try importing(contractRow(fullWidth("合同成交金额(元)"), fullWidth("1"))).value("total_amount_fen")
                == .integer(100))
    }

    @Test func `the header's unit decides what an amount is`() throws {
        for (header, fen) in [
            ("合同成交金额(元)", 113), ("合同成交金额", 113), ("合同成交金额(万元)", 1_130_000),
            (fullWidth("合同成交金额(万元)"), 1_130_000),
            ("合同成交金额(亿元)", 11_300_000_000),
        ] as [(String, Int64)] {
            #expect(try importing(contractRow(header, "1.13")).value("total_amount_fen") == .integer(fen), "\(header)")
        }
        #expect(try importing(contractRow("total_amount_fen", "113")).value("total_amount_fen") == .integer(113))
        #expect(try importing(contractRow("合同成交金额", "1.13万元")).value("total_amount_fen") == .integer(1_130_000))
        #expect(
            try importing(contractRow("技术交易额(万元)", "1,234.5")).value("technology_amount_fen") == .integer(1_234_500_000)
        )
    }

    @Test func `keys are taken in full width, after an apostrophe and in Excel's wrapping`() throws {
        for key in [
            fullWidth("2023310115000042"), "'2023310115000042", "=\"2023310115000042\"", " 2023310115000042\u{3000}",
        ] {
            let outcome = try importing("合同登记编号,备注\n\(quoted(key)),a\n")
            #expect(outcome.rows.map(\.key) == ["2023310115000042"], "\(key) \(outcome.refusals)")
        }
        #expect(try importing("机构编号\n31-tta-000123\n", as: agency).rows.map(\.key) == ["31-TTA-000123"])
    }

    @Test func `names are trimmed and otherwise left as they are`() throws {
        for (cell, name) in [
            ("  低碳种质资源 \u{3000}", "低碳种质资源"), ("甲(上海)有限公司", "甲(上海)有限公司"), (fullWidth("甲(A)公司"), fullWidth("甲(A)公司")),
            ("=\"张\"\"三\"", "张\"三"), ("'=1+1", "=1+1"), ("''=1+1", "'=1+1"), ("'quoted'", "'quoted'"), ("a\nb", "a\nb"),
            ("e\u{301}", "e\u{301}"), ("=\" a \u{3000}\"", "a"), ("'=a\r\n", "=a"), ("=\"\"\"\"\"\"", "\"\""),
        ] {
            #expect(try importing(contractRow("项目名称", cell)).value("project_name") == .text(Text(name)), "\(cell)")
        }
    }

    @Test func `numbers in text form lose their width but nothing else`() throws {
        #expect(try importing(contractRow("登记机构代码", fullWidth("310103"))).value("registrar_code") == .text("310103"))
        #expect(try importing(contractRow("登记机构代码", "'310103")).value("registrar_code") == .text("310103"))
        #expect(
            try importing(agencyRow("联系电话", "+86 21 6555"), as: agency).value("contact_phone") == .text("+86 21 6555"))
        #expect(
            try importing(agencyRow("联系电话", "'+86 21 6555"), as: agency).value("contact_phone") == .text("+86 21 6555"))
        #expect(try importing(agencyRow("备案号", "12E4"), as: agency).value("filing_no") == .text("12E4"))
        for cell in ["''7", "' '7", "=\"'7\"", "'=\"7\"", "=\"=\"7\"\""] {
            #expect(try importing(agencyRow("备案号", cell), as: agency).value("filing_no") == .text("7"), "\(cell)")
        }
    }

    @Test func `credit codes are taken in lower case and full width`() throws {
        for code in ["91310115ma1k3ab781", fullWidth("91310115MA1K3AB781"), "'91310115MA1K3AB781"] {
            #expect(try importing(agencyRow("统一社会信用代码", code), as: agency).value("uscc") == .text("91310115MA1K3AB781"))
        }
    }

    @Test func `a pilot's credit code goes in with a warning`() throws {
        let outcome = try importing(agencyRow("统一社会信用代码", "91350100M0001TGQXM"), as: agency)
        #expect(outcome.rows.first?.values["uscc"] == .text("91350100M0001TGQXM"))
        #expect(outcome.warnings.map(\.code) == ["pilot_credit_code"])
        #expect(outcome.warnings.first?.line == 2)
        #expect(outcome.warnings.first?.column == "uscc")
    }

    @Test func `a county that is not listed goes in, and is warned of once`() throws {
        let outcome = try importing("机构编号,行政区划代码\n31-TTA-000001,310199\n31-TTA-000002,310199\n", as: agency)
        #expect(outcome.rows.count == 2)
        #expect(outcome.warnings.map(\.code) == ["unlisted_county"])
    }

    @Test(arguments: [
        ("技术开发、技术转让", ["dev", "transfer"]), ("技术转让,技术开发", ["dev", "transfer"]),
        ("技术转让\u{FF0C}技术开发", ["dev", "transfer"]), ("技术转让\u{FF1B}技术开发", ["dev", "transfer"]),
        ("技术转让;技术开发;技术转让", ["dev", "transfer"]),
        ("transfer; dev", ["dev", "transfer"]), (#"["transfer","dev"]"#, ["dev", "transfer"]), ("技术评价", ["appraisal"]),
        ("技术开发、", ["dev"]), ("技术开发 | 跨境技术转移", ["cross_border", "dev"]),
    ])
    func `a set is split, sorted and made distinct`(cell: String, slugs: [String]) throws {
        #expect(try importing(agencyRow("服务类型", cell), as: agency).value("services") == .set(slugs.map { Text($0) }))
    }

    @Test func `an empty cell is null, and blank rows are nothing`() throws {
        let outcome = try importing("合同登记编号,备注\n2023310115000042,\n,\n , \u{3000}\n\n2023310115000043,a\n")
        #expect(outcome.rows.map { $0.values["remark"] } == [.null, .text("a")])
        #expect(outcome.refusals.isEmpty)
        #expect(outcome.rows.map(\.line) == [2, 6])
        #expect(try importing(agencyRow("服务类型", "、"), as: agency).value("services") == .null)
    }

    /// Where nothing is left of the marks of a spreadsheet, nothing was there.
    @Test(arguments: ["=\"\"", "=\" \"", "=\"\u{3000}\n\""])
    func `a cell of marks alone is an empty cell`(cell: String) throws {
        #expect(try importing(agencyRow("网址", cell), as: agency).value("website") == .null)
        #expect(try importing(agencyRow("备案号", cell), as: agency).value("filing_no") == .null)
        #expect(try importing(contractRow("项目名称", cell)).refusal.code == "missing_value")
    }

    /// A vowel may carry a few marks; a thousand of them are an attack on whoever compares texts.
    @Test func `more than thirty marks on one character are refused`() throws {
        let marks = { (count: Int) in "e" + String(repeating: "\u{301}\u{327}", count: count / 2) }
        #expect(try importing(contractRow("项目名称", marks(30))).value("project_name") == .text(Text(marks(30))))
        for (header, cell) in [
            ("项目名称", marks(32)), ("登记机构代码", marks(32)), ("合同登记编号", marks(32)), ("卖方行政区划代码", marks(32)),
        ] {
            let row = header == "合同登记编号" ? "\(header)\n\(cell)\n" : contractRow(header, cell)
            #expect(try importing(row).refusal.code == "bad_character", "\(header)")
        }
        let unknown = try importing(contractRow(marks(32), "a"))
        #expect(unknown.rows.count == 1 && unknown.warnings.map(\.code) == ["unknown_header"])
    }

    @Test func `headers nobody knows are warned of, each once, and their cells passed over`() throws {
        let outcome = try importing("合同登记编号,颜色,备注,\n2023310115000042,red,a,\n2023310115000043,blue,b,\n")
        #expect(outcome.rows.count == 2)
        #expect(outcome.warnings.map(\.code) == ["unknown_header"])
        #expect(outcome.warnings.first?.column == "颜色")
        #expect(outcome.warnings.first?.line == 1)
    }

    @Test func `empty cells beyond the header do no harm`() throws {
        let outcome = try importing("合同登记编号,备注\n2023310115000042,a,,\n")
        #expect(outcome.rows.count == 1)
    }

    @Test func `line numbers are those of the file, also after cells of several lines`() throws {
        let outcome = try importing(
            "合同登记编号,备注\r\n2023310115000042,\"a\r\nb\"\r\n\r\n2023310115000043,c\r\nx,d\r\n")
        #expect(outcome.rows.map(\.line) == [2, 5])
        #expect(outcome.refusals.map(\.line) == [6])
    }

    @Test(arguments: [-1, 0, 1])
    func `a project's name has at most 200 characters, whatever their bytes`(over: Int) throws {
        for character in ["a", "中", "𠅤"] {
            let outcome = try importing(contractRow("项目名称", String(repeating: character, count: 200 + over)))
            #expect(outcome.refusals.map(\.code) == (over > 0 ? ["too_long"] : []))
        }
    }

    @Test func `subcategories that belong, dates in order and equal amounts pass`() throws {
        let outcome = try importing(
            """
            合同登记编号,合同类别,合同子类,合同成交金额,技术交易额,合同有效期起,合同有效期止,合同签订日期,登记日期
            2023310115000042,技术许可,专利实施许可,5,5,2023-01-01,2023-01-01,2023-01-01,2023-01-01
            2023310115000043,技术咨询,,5,0,,2023-01-01,,2023-01-01
            2023310115000044,,专利实施许可,,7,2023-01-01,,,
            """)
        #expect(outcome.rows.count == 3, "\(outcome.refusals)")
    }

    @Test func `progress ends where the file ends`() throws {
        let text = contractRow("备注", "a")
        var reader = try RegisterReader(
            bytes: Array(text.utf8), recordType: contract, catalog: catalog, market: shanghai)
        while reader.next() != nil {}
        #expect(reader.position == reader.byteCount)
        #expect(reader.byteCount == text.utf8.count)
    }

    /// Bytes of a real row with a few of them changed at random: what comes out is rows and refusals, never a trap.
    @Test(arguments: UInt64(0)..<256)
    func `a damaged register never stops the reader`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(Self.contracts.utf8)
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8.random(in: 0...255, using: &generator)
        }
        for encoding in RegisterEncoding.allCases {
            let outcome = try? importing(bytes, encoding: encoding)
            for refusal in outcome?.refusals ?? [] {
                #expect(refusal.line >= 1 && !refusal.reason.zh.isEmpty && !refusal.reason.en.isEmpty)
            }
        }
    }
}
