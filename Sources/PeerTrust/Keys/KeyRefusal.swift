// Why a public key is not enrolled.

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

    package var sentence: String {
        switch self {
        case .notStrictDER:
            "The public key is not the strict DER form of a key of its suite; have the market export it again."
        case .notCanonical:
            "The Ed25519 key is not canonically encoded; the market must make a new key."
        case .lowOrder:
            "The Ed25519 key is of low order, so that anyone could sign for it; do not trust whoever offers it."
        case .notOnCurve:
            "The public key is no point of its curve; the market must make a new key."
        case .notProven:
            "The new key did not sign its own enrolment; the market must prove that it holds the key."
        }
    }
}
