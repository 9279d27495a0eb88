// A refused row must be mendable by the person who reads the refusal: which line, which column, why, and what to write.

package import SyncCore

/// Why a row was not imported; also used for warnings about a row, or about the file (line 1).
package struct RowRefusal: Hashable, Sendable {
    /// The physical line on which the row begins, from 1.
    package let line: Int
    /// The catalog's name of the column; a header as it is written, for headers nobody knows.
    package let column: String?
    /// A stable slug.
    package let code: String
    package let reason: LocalizedText

    package init(line: Int, column: String?, code: String, reason: LocalizedText) {
        self.line = line
        self.column = column
        self.code = code
        self.reason = reason
    }

    init(line: Int, column: String?, _ finding: Finding) {
        self.init(line: line, column: column, code: finding.code, reason: finding.reason)
    }
}

/// What is wrong with a cell or a row, before it is known where it stands.
struct Finding: Error, Hashable {
    let code: String
    let reason: LocalizedText

    init(_ code: String, zh: String, en: String) {
        self.code = code
        reason = LocalizedText(zh: zh, en: en)
    }

    init(_ rule: CrossColumnRule) {
        code = rule.name
        reason = rule.message
    }
}
