// Ring 0 needs hashes and owns none: ring 1 hands them in (OpenSSL's, in PeerTrust).

/// The cryptographic suites of the envelope (DESIGN.md section 7).
package enum Suite: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case ed25519SHA256 = 1
    case sm2SM3 = 2

    package static func < (left: Suite, right: Suite) -> Bool { left.rawValue < right.rawValue }
}

/// The two hash functions of the protocol. Pure: equal bytes give equal digests.
package struct Hashing: Sendable {
    package let sha256: @Sendable ([UInt8]) -> Digest
    package let sm3: @Sendable ([UInt8]) -> Digest

    package init(
        sha256: @escaping @Sendable ([UInt8]) -> Digest,
        sm3: @escaping @Sendable ([UInt8]) -> Digest
    ) {
        self.sha256 = sha256
        self.sm3 = sm3
    }

    package func digest(_ suite: Suite, _ bytes: [UInt8]) -> Digest {
        switch suite {
        case .ed25519SHA256: sha256(bytes)
        case .sm2SM3: sm3(bytes)
        }
    }
}
