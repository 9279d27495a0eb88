// The three kinds of key, and what is fixed about each.

internal import SyncCore

/// Ed25519 and SM2 sign statements; P-256 is the TLS key, which signs nothing but its market's descriptor.
enum KeyAlgorithm: Hashable, Sendable {
    case ed25519
    case sm2
    case p256

    init(_ suite: Suite) {
        switch suite {
        case .ed25519SHA256: self = .ed25519
        case .sm2SM3: self = .sm2
        }
    }

    /// OpenSSL's name of the key type.
    var typeName: String {
        switch self {
        case .ed25519: "ED25519"
        case .sm2: "SM2"
        case .p256: "EC"
        }
    }

    /// Nil where the algorithm brings its own hash.
    var digestName: String? {
        switch self {
        case .ed25519: nil
        case .sm2: "SM3"
        case .p256: "SHA256"
        }
    }

    /// All that comes before the key itself in the one strict DER form of its SubjectPublicKeyInfo: named curve,
    /// uncompressed point. RFC 8410 section 4, RFC 5480 section 2, GB/T 35276.
    var spkiPrefix: [UInt8] {
        switch self {
        case .ed25519: [UInt8](hex: "302a300506032b6570032100")!
        case .sm2: [UInt8](hex: "3059301306072a8648ce3d020106082a811ccf5501822d03420004")!
        case .p256: [UInt8](hex: "3059301306072a8648ce3d020106082a8648ce3d03010703420004")!
        }
    }

    var spkiByteCount: Int { spkiPrefix.count + (self == .ed25519 ? 32 : 64) }

    /// The order of the group, big-endian; r and s of a signature lie strictly between zero and it. Nil for Ed25519,
    /// whose signatures OpenSSL checks in the same way itself.
    var groupOrder: [UInt8]? {
        switch self {
        case .ed25519: nil
        case .sm2: [UInt8](hex: "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")!
        case .p256: [UInt8](hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")!
        }
    }
}
