// The federation's word on who belongs to it: one signed file, which only a majority of its members can succeed.

package import SyncCore

/// A signature of one member under a trust root.
struct RootSignature: Hashable, Sendable {
    let market: Market
    let record: SignatureRecord
}

/// A trust root as it was read: well formed and consistent. Who signed it, and whether that suffices, `RootSuccession`
/// says.
package struct TrustRoot: Hashable, Sendable {
    /// The file, byte for byte.
    package let raw: [UInt8]
    /// Everything before the `signatures:` line.
    package let signedBytes: [UInt8]
    package let fields: TrustRootFields
    let signatures: [RootSignature]

    package static func parse(_ bytes: [UInt8]) throws(TrustRootRefusal) -> TrustRoot {
        try TrustRootReader.read(bytes)
    }

    package var version: UInt64 { fields.version }

    /// SHA-256 of the signed bytes: what the next version names, whoever signed which copy.
    package var digest: Digest { OpenSSLHashing.sha256(signedBytes) }

    /// The digest in 16 groups of 4 hexadecimal digits, to be read out on the telephone.
    package var fingerprint: String { digest.fingerprint }

    package func hasFingerprint(_ text: String) -> Bool { digest.hasFingerprint(text) }

    /// The members of `fields` whose root key has signed this file. Ascending; also a member that signed twice counts once.
    package func signers(among fields: TrustRootFields) -> [Market] {
        fields.active.filter { member in
            signatures.contains { signature in
                signature.market == member.market
                    && member.rootKeys.contains { $0.verifies(.trustRoot, signedBytes, signature.record) }
            }
        }.map(\.market)
    }

    /// With a member's signature added; one of the same key takes the place of an older one.
    package func signed(by key: SigningKey, of market: Market) throws -> TrustRoot {
        let record = try key.sign(.trustRoot, signedBytes)
        let kept = signatures.filter { $0.market != market || $0.record.keyID != record.keyID }
        let all = (kept + [RootSignature(market: market, record: record)]).sorted {
            ($0.market, $0.record.keyID) < ($1.market, $1.record.keyID)
        }
        return try TrustRoot.parse(signedBytes + Array(TrustRootText.signatures(all).utf8))
    }
}
