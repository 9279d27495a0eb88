// Why a descriptor is no descriptor.

package import SyncCore

/// A refusal of a descriptor by itself, before it is compared with what is already trusted.
package enum DescriptorRefusal: Error, Hashable, Sendable {
    case tooLarge(bytes: Int)
    case notUTF8
    /// A character by which YAML says more than a plain list of fields, or that a screen does not show.
    case forbiddenCharacter(LocalizedText, line: Int)
    case otherDocument(line: Int)
    case nestedTooDeeply(line: Int)
    case notYAML(LocalizedText)
    case noSignatures
    case signaturesNotLast
    case unknownKey(String)
    case missingKey(String)
    case wrongOrder(String)
    case wrongValue(String, expected: LocalizedText)
    case refusedKey(String, KeyRefusal)
    case repeatedKey(String)
    case requiredSuiteWithoutKey(Suite)
    /// A key that the descriptor names did not sign it: nobody has shown to hold it.
    case notSigned(by: String)
    case wrongSignature(by: String)

    package var code: String {
        switch self {
        case .tooLarge: "descriptor_too_large"
        case .notUTF8: "descriptor_not_utf8"
        case .forbiddenCharacter: "descriptor_forbidden_character"
        case .otherDocument: "descriptor_other_document"
        case .nestedTooDeeply: "descriptor_nested_too_deeply"
        case .notYAML: "descriptor_not_yaml"
        case .noSignatures: "descriptor_without_signatures"
        case .signaturesNotLast: "descriptor_signatures_not_last"
        case .unknownKey: "descriptor_unknown_key"
        case .missingKey: "descriptor_missing_key"
        case .wrongOrder: "descriptor_wrong_order"
        case .wrongValue: "descriptor_wrong_value"
        case .refusedKey(_, let refusal): refusal.code
        case .repeatedKey: "descriptor_repeated_key"
        case .requiredSuiteWithoutKey: "descriptor_required_suite_without_key"
        case .notSigned: "descriptor_not_signed"
        case .wrongSignature: "descriptor_wrong_signature"
        }
    }

    package var words: LocalizedText { LocalizedText(zh: finding.zh + advice.zh, en: "\(finding.en) \(advice.en)") }

    var finding: LocalizedText {
        switch self {
        case .tooLarge(let bytes):
            LocalizedText(
                zh: "描述文件有 \(bytes) 字节,至多接受 \(Limits.descriptorBytes)。",
                en: "The descriptor has \(bytes) bytes; at most \(Limits.descriptorBytes) are taken.")
        case .notUTF8: LocalizedText(zh: "描述文件不是 UTF-8 文本。", en: "The descriptor is not UTF-8 text.")
        case .forbiddenCharacter(let name, let line):
            LocalizedText(
                zh: "描述文件第 \(line) 行含有\(name.zh)。", en: "Line \(line) of the descriptor contains \(name.en).")
        case .otherDocument(let line):
            LocalizedText(
                zh: "描述文件第 \(line) 行开始或结束一份 YAML 文档。",
                en: "Line \(line) of the descriptor begins or ends a YAML document.")
        case .nestedTooDeeply(let line):
            LocalizedText(
                zh: "描述文件第 \(line) 行的列表或字段嵌套过深。",
                en: "Line \(line) of the descriptor nests lists or fields too deeply.")
        case .notYAML(let reason):
            LocalizedText(
                zh: "描述文件不是 YAML:\(reason.zh)。", en: "The descriptor is not YAML: \(reason.en).")
        case .noSignatures:
            LocalizedText(
                zh: "描述文件缺 `signatures:` 一行。", en: "The descriptor has no `signatures:` line.")
        case .signaturesNotLast:
            LocalizedText(
                zh: "描述文件有不止一行 `signatures:`,或其后另有内容。",
                en: "The descriptor has more than one `signatures:` line, or something stands after it.")
        case .unknownKey(let name):
            LocalizedText(zh: "描述文件有未知字段 \(name)。", en: "The descriptor has the unknown field \(name).")
        case .missingKey(let name):
            LocalizedText(zh: "描述文件缺字段 \(name)。", en: "The descriptor lacks the field \(name).")
        case .wrongOrder(let name):
            LocalizedText(
                zh: "描述文件的列表 \(name) 未按升序,或有重复。",
                en: "The list \(name) of the descriptor is not ascending, or names something twice.")
        case .wrongValue(let name, let expected):
            LocalizedText(
                zh: "描述文件的字段 \(name) 须为\(expected.zh)。",
                en: "The field \(name) of the descriptor must be \(expected.en).")
        case .refusedKey(let name, let refusal):
            LocalizedText(
                zh: "\(name) 处的密钥不被接受。\(refusal.words.zh)",
                en: "The key at \(name) is refused. \(refusal.words.en)")
        case .repeatedKey(let name):
            LocalizedText(
                zh: "描述文件两次列出 \(name) 处的密钥。", en: "The descriptor names the key at \(name) twice.")
        case .requiredSuiteWithoutKey(let suite):
            LocalizedText(
                zh: "描述文件要求算法 \(suite.rawValue),却未列出其密钥。",
                en: "The descriptor requires suite \(suite.rawValue), but names no key of it.")
        case .notSigned(let name):
            LocalizedText(
                zh: "\(name) 处的密钥未签署描述文件。", en: "The key at \(name) did not sign the descriptor.")
        case .wrongSignature(let name):
            LocalizedText(
                zh: "\(name) 处密钥的签名与描述文件不符。",
                en: "The signature of the key at \(name) does not fit the descriptor.")
        }
    }

    private var advice: LocalizedText {
        switch self {
        case .notSigned, .wrongSignature:
            LocalizedText(
                zh: "签署后被改动过,或送来的人并不持有该密钥:请向该市场重新索取。",
                en: "It was changed after signing, or its sender does not hold that key: ask the market for it again.")
        default:
            LocalizedText(
                zh: "手工改过的描述文件一概无效:请向该市场索取其节点写出的文件。",
                en: "Hand-edited descriptors are never valid: ask the market for the file that its node wrote.")
        }
    }
}

/// What several fields must be.
enum Expected {
    static let plainValue = LocalizedText(zh: "单个值", en: "a plain value")
    static let onlyVersion = LocalizedText(zh: " 1,即唯一的版本", en: "1, the only version")
    static let federationName = LocalizedText(
        zh: "由字母、数字、`.`、`_`、`-` 组成的名称,至多 64 个字符", en: "a name of letters, digits, `.`, `_` and `-`, at most 64")
    static let signature = LocalizedText(zh: " 64 字节数据的 base64 编码", en: "the base64 of 64 bytes")
}
