// The words for what is wrong with a cell. No value is repeated in them: reasons go to logs, and cells may be personal.

import SyncCore

extension Finding {
    static let missingValue = Finding(
        "missing_value", zh: "此列不能为空：请填写后重新导入", en: "this column must not be empty; fill it in and import again")

    static let wrongEncoding = Finding(
        "wrong_encoding", zh: "此行含有不属于该编码的字节：请以 UTF-8 或 GB18030 重新保存文件",
        en: "the row holds bytes that are not of the file's encoding; save the file again as UTF-8 or GB18030")

    static let badCharacter = Finding(
        "bad_character", zh: "含有控制字符：请删除后重新导入", en: "a control character stands in the cell; remove it and import again"
    )

    static let piledMarks = Finding(
        "bad_character", zh: "一个字符上叠加了过多的组合符号：请删除后重新导入",
        en: "too many combining marks stand on one character; remove them and import again")

    static func tooLong(max: Int) -> Finding {
        Finding(
            "too_long", zh: "超过 \(max) 个字符：请缩短", en: "longer than \(max) characters; shorten it")
    }

    static let excelMangledCode = Finding(
        "excel_mangled_number",
        zh: "编号已被 Excel 转成科学计数法，末尾数字已丢失：请从源系统重新导出，并把该列设为“文本”格式",
        en:
            "Excel has turned the number into scientific notation and lost its last digits; export it again from the source "
            + "with the column formatted as text")

    static let excelMangledAmount = Finding(
        "excel_mangled_number",
        zh: "金额是科学计数法，可能已丢失精度：请写成普通数字，如 12500000.00",
        en: "the amount is in scientific notation and may have lost digits; write a plain number such as 12500000.00")

    // Keys.

    static func wrongKeyForm(example: String) -> Finding {
        Finding(
            "wrong_key_form", zh: "编号格式不对：应如 \(example)",
            en: "the key does not have the right form; it looks like \(example)")
    }

    static func foreignHome(owner: String) -> Finding {
        Finding(
            "foreign_home", zh: "此记录归 \(owner) 市场所有，只能由该市场导入：请从文件中删除，或由 \(owner) 导入",
            en:
                "the record belongs to the market \(owner), which alone imports it; take it out, or import it at \(owner)"
        )
    }

    static func homeless(known: String) -> Finding {
        Finding(
            "foreign_home", zh: "编号中的地区代码不属于本联盟的任何市场（已知：\(known)）：请核对编号",
            en: "the region in the key belongs to no market of the federation (known: \(known)); check the key")
    }

    static func duplicateKey(line: Int) -> Finding {
        Finding(
            "duplicate_key", zh: "第 \(line) 行已有相同编号：请只保留一行",
            en: "line \(line) has the same key already; keep one of the two")
    }

    // Codes.

    static func unknownCode(_ list: CodeList) -> Finding {
        let shown = list.entries.prefix(12)
        let isCut = list.entries.count > shown.count
        return Finding(
            "unknown_code",
            zh: "不在“\(list.label.zh)”代码表中：请填 " + shown.map(\.label.zh).joined(separator: "，") + (isCut ? " 等" : ""),
            en: "not in the list \(list.name) (\(list.label.en)); write "
                + shown.map { "\($0.slug) \($0.label.zh)" }.joined(separator: ", ") + (isCut ? ", …" : ""))
    }

    static func tooManyElements(max: Int) -> Finding {
        Finding("too_many_elements", zh: "一格中超过 \(max) 项", en: "more than \(max) elements in one cell")
    }

    static let badCreditCode = Finding(
        "bad_credit_code", zh: "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字：请核对",
        en:
            "a unified social credit code has 18 digits or capital letters (no I, O, S, V, Z), and digits at 3 to 8; check it"
    )

    static func badCheckCharacter(position: Int, expected: Character) -> Finding {
        Finding(
            "bad_check_character",
            zh: "统一社会信用代码第 \(position) 位校验不符（按其余各位应为 \(expected)）：请对照证照核对全部 18 位",
            en:
                "check character \(position) of the credit code does not fit (the others give \(expected)); compare all 18 "
                + "with the certificate")
    }

    static let pilotCreditCode = Finding(
        "pilot_credit_code", zh: "末位校验不符，但属早期试点代码（M000），已导入：请对照证照确认",
        en:
            "the last character does not fit, as in early pilot codes (M000); imported, please compare with the certificate"
    )

    static let unknownRegion = Finding(
        "unknown_region", zh: "不是已知的行政区划代码或名称：请填 6 位代码，如 310115；境外方请留空并填写国别",
        en:
            "not a known region; write its six-digit code, such as 310115, or leave it empty abroad and give the country"
    )

    static let unlistedCounty = Finding(
        "unlisted_county", zh: "区县代码不在目录中（可能新设或有误），已导入：请核对",
        en: "the county is not in the catalog (new, or mistyped); imported, please check")

    // Dates and numbers.

    static let badDate = Finding(
        "bad_date", zh: "不是可识别的日期：请写成 2021-03-05", en: "not a date that can be read; write it as 2021-03-05")

    static let impossibleDate = Finding(
        "impossible_date", zh: "日历上没有这一天（年份应为 1900 至 2199）：请改正，写成 2021-03-05",
        en: "the calendar has no such day (years 1900 to 2199); correct it and write it as 2021-03-05")

    static let badAmount = Finding(
        "bad_amount", zh: "不是可识别的金额：请写成普通数字，如 12500.00",
        en: "not an amount that can be read; write a plain number such as 12500.00")

    static let otherAmountUnit = Finding(
        "bad_amount", zh: "单元格中的单位与表头不同：请只在表头写单位",
        en: "the unit in the cell is not that of the header; write the unit in the header only")

    static let amountTooFine = Finding(
        "amount_finer_than_fen", zh: "金额小于一分的部分无法登记：请按分取整",
        en: "the amount has a part smaller than one fen; round it to fen")

    static let tooLarge = Finding(
        "number_too_large", zh: "数值过大：请核对单位", en: "the number is too large; check its unit")

    static func belowMinimum(_ minimum: Int64) -> Finding {
        Finding("below_minimum", zh: "不得小于 \(minimum)", en: "must not be less than \(minimum)")
    }

    static let badInteger = Finding(
        "bad_integer", zh: "应为整数，如 12", en: "an integer is expected here, such as 12")

    // Rows.

    static func wrongFieldCount(_ count: Int, expected: Int) -> Finding {
        Finding(
            "wrong_field_count", zh: "此行有 \(count) 列，表头有 \(expected) 列：请检查逗号和引号",
            en: "the row has \(count) fields and the header \(expected); check commas and quotes")
    }

    init(_ fault: CSVScanner.Fault) {
        switch fault {
        case .unterminatedQuote:
            self.init(
                "unterminated_quote", zh: "引号没有结束：请补上引号；单元格内的引号应写成两个",
                en: "a quoted cell does not end; close the quote, and double quotes inside a cell")
        case .strayQuote:
            self.init(
                "stray_quote", zh: "引号之后应为逗号或行尾：单元格内的引号应写成两个",
                en: "a comma or the line's end must follow a closing quote; double quotes inside a cell")
        case .rowTooLong:
            self.init(
                "row_too_long", zh: "此行超过 \(CSVScanner.rowBytesMax) 字节（引号可能没有结束）",
                en: "the row is longer than \(CSVScanner.rowBytesMax) bytes (a quote may not have been closed)")
        case .tooManyFields:
            self.init(
                "wrong_field_count", zh: "此行超过 \(CSVScanner.fieldsMax) 列",
                en: "the row has more than \(CSVScanner.fieldsMax) fields")
        }
    }

    // Headers.

    static let unknownHeader = Finding(
        "unknown_header", zh: "未识别的表头，此列未导入：请用目录中的表头（yrdsync catalog）",
        en: "no column has this header, so it is not imported; `yrdsync catalog` shows the columns")
}
