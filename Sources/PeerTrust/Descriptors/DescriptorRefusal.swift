// Why a descriptor is no descriptor.

package import SyncCore

/// A refusal of a descriptor by itself, before it is compared with what is already trusted.
package enum DescriptorRefusal: Error, Hashable, Sendable {
    case tooLarge(bytes: Int)
    case notUTF8
    /// A character by which YAML says more than a plain list of fields, or that a screen does not show.
    case forbiddenCharacter(String, line: Int)
    case otherDocument(line: Int)
    case nestedTooDeeply(line: Int)
    case notYAML(String)
    case noSignatures
    case signaturesNotLast
    case unknownKey(String)
    case missingKey(String)
    case wrongOrder(String)
    case wrongValue(String, expected: String)
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

    package var sentence: String { "\(finding) \(advice)" }

    var finding: String {
        switch self {
        case .tooLarge(let bytes): "The descriptor has \(bytes) bytes; at most \(Limits.descriptorBytes) are taken."
        case .notUTF8: "The descriptor is not UTF-8 text."
        case .forbiddenCharacter(let name, let line): "Line \(line) of the descriptor contains \(name)."
        case .otherDocument(let line): "Line \(line) of the descriptor begins or ends a YAML document."
        case .nestedTooDeeply(let line): "Line \(line) of the descriptor nests lists or fields too deeply."
        case .notYAML(let reason): "The descriptor is not YAML: \(reason)."
        case .noSignatures: "The descriptor has no `signatures:` line."
        case .signaturesNotLast: "The descriptor has more than one `signatures:` line, or something stands after it."
        case .unknownKey(let name): "The descriptor has the unknown field \(name)."
        case .missingKey(let name): "The descriptor lacks the field \(name)."
        case .wrongOrder(let name): "The list \(name) of the descriptor is not ascending, or names something twice."
        case .wrongValue(let name, let expected): "The field \(name) of the descriptor must be \(expected)."
        case .refusedKey(let name, let refusal): "The key at \(name) is refused. \(refusal.sentence)"
        case .repeatedKey(let name): "The descriptor names the key at \(name) twice."
        case .requiredSuiteWithoutKey(let suite):
            "The descriptor requires suite \(suite.rawValue), but names no key of it."
        case .notSigned(let name): "The key at \(name) did not sign the descriptor."
        case .wrongSignature(let name): "The signature of the key at \(name) does not fit the descriptor."
        }
    }

    private var advice: String {
        switch self {
        case .notSigned, .wrongSignature:
            "It was changed after signing, or its sender does not hold that key: ask the market for it again."
        default:
            "Hand-edited descriptors are never valid: ask the market for the file that its node wrote."
        }
    }
}
