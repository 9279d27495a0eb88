// Why a public key is not enrolled.

package import SyncCore

/// A refusal of a public key, before anything was verified with it.
package enum KeyRefusal: String, Error, Hashable, Sendable {
    /// Not the one strict DER form of a key of that suite.
    case notStrictDER = "key_not_strict_der"
    /// Ed25519: y is not below 2^255 - 19.
    case notCanonical = "key_not_canonical"
    /// Ed25519: a point of order 1, 2, 4 or 8, under which one constant signature verifies every message.
    case lowOrder = "key_of_low_order"
    /// SM2, P-256: not a point of the curve, or its infinity.
    case notOnCurve = "key_not_on_curve"
    /// The key did not sign what proves that its owner holds it.
    case notProven = "key_not_proven"

    package var code: String { rawValue }

    package var words: LocalizedText {
        switch self {
        case .notStrictDER:
            LocalizedText(
                zh: "公钥不是其算法的严格 DER 形式;请该市场重新导出。",
                en: "The public key is not the strict DER form of a key of its suite; have the market export it again.")
        case .notCanonical:
            LocalizedText(
                zh: "该 Ed25519 公钥的编码不规范;该市场须换新密钥。",
                en: "The Ed25519 key is not canonically encoded; the market must make a new key.")
        case .lowOrder:
            LocalizedText(
                zh: "该 Ed25519 公钥阶数过低,任何人都能冒签;请勿信任提供它的人。",
                en: "The Ed25519 key is of low order, so that anyone could sign for it; do not trust whoever offers it."
            )
        case .notOnCurve:
            LocalizedText(
                zh: "公钥不是其曲线上的点;该市场须换新密钥。",
                en: "The public key is no point of its curve; the market must make a new key.")
        case .notProven:
            LocalizedText(
                zh: "新密钥未签署自己的登记;该市场须证明持有它。",
                en: "The new key did not sign its own enrolment; the market must prove that it holds the key.")
        }
    }
}
