// Some files are wrong as a whole: refusing each of their rows would hide the one thing to do.

package import SyncCore

/// Why no row of a file can be imported.
package struct RegisterError: Error, Hashable, Sendable {
    /// A stable slug.
    package let code: String
    /// Where it was noticed, if at a line.
    package let line: Int?
    package let reason: LocalizedText

    init(_ code: String, line: Int? = nil, zh: String, en: String) {
        self.code = code
        self.line = line
        reason = LocalizedText(zh: zh, en: en)
    }

    static let empty = RegisterError(
        "empty_file", zh: "文件是空的：应有一行表头", en: "the file is empty; it should begin with a header row")

    static func tooLarge(max: Int) -> RegisterError {
        RegisterError(
            "file_too_large", zh: "文件超过 \(max) 字节：请分成几个文件", en: "the file is larger than \(max) bytes; split it")
    }

    static let workbook = RegisterError(
        "not_csv", zh: "这是 Excel 工作簿，不是 CSV：请另存为“CSV UTF-8（逗号分隔）”",
        en: "this is an Excel workbook, not CSV; save it as \"CSV UTF-8 (comma delimited)\"")

    static let utf16 = RegisterError(
        "wrong_encoding", line: 1, zh: "文件是 UTF-16（Excel 的“Unicode 文本”）：请另存为“CSV UTF-8（逗号分隔）”",
        en: "the file is UTF-16 (Excel's \"Unicode text\"); save it as \"CSV UTF-8 (comma delimited)\"")

    static func wrongEncoding(line: Int) -> RegisterError {
        RegisterError(
            "wrong_encoding", line: line, zh: "第 \(line) 行既不是 UTF-8 也不是 GB18030：请以其中一种编码重新保存文件",
            en: "line \(line) is neither UTF-8 nor GB18030; save the file again in one of them")
    }

    static func notUTF8(line: Int) -> RegisterError {
        RegisterError(
            "wrong_encoding", line: line, zh: "第 \(line) 行不是 UTF-8：请核对编码，或用 UTF-8 重新保存文件",
            en: "line \(line) is not UTF-8; check the encoding, or save the file again as UTF-8")
    }

    static func notGB18030(line: Int) -> RegisterError {
        RegisterError(
            "wrong_encoding", line: line, zh: "第 \(line) 行不是 GB18030：请核对编码，或用 UTF-8 重新保存文件",
            en: "line \(line) is not GB18030; check the encoding, or save the file again as UTF-8")
    }

    static let noGB18030 = RegisterError(
        "encoding_unavailable", zh: "本机的 iconv 不支持 GB18030：请安装 glibc 的 gconv 模块，或用 UTF-8 保存文件",
        en: "this system's iconv does not know GB18030; install glibc's gconv modules, or save the file as UTF-8")

    static func badHeader(_ finding: Finding) -> RegisterError {
        RegisterError(finding.code, line: 1, zh: "表头：" + finding.reason.zh, en: "header: " + finding.reason.en)
    }

    static func missingKeyHeader(_ key: KeyColumn) -> RegisterError {
        let names = (key.headers.map(\.name) + [key.name])
        return RegisterError(
            "missing_key_header", line: 1,
            zh: "表头中没有主键列：请加上“\(key.headers[0].name)”（也可写作 \(names.joined(separator: "，"))）；列之间用逗号分隔",
            en:
                "the header has no key column; add one of \(names.joined(separator: ", ")), and separate columns by commas"
        )
    }

    static func duplicateHeader(_ column: String) -> RegisterError {
        RegisterError(
            "duplicate_header", line: 1, zh: "两个表头都对应列 \(column)：请只保留一个",
            en: "two headers mean the column \(column); keep one")
    }

    static func excelMangledNumbers(_ count: Int, of total: Int) -> RegisterError {
        RegisterError(
            "excel_mangled_number",
            zh: "\(total) 行中有 \(count) 行的编号像是被 Excel 截断过（科学计数法，或第 16 位变成 0）：请从源系统重新导出，并把编号列设为“文本”格式",
            en:
                "\(count) of \(total) keys look cut off by Excel (scientific notation, or a 16th digit turned to 0); export the "
                + "file again from the source with the key column formatted as text")
    }
}
