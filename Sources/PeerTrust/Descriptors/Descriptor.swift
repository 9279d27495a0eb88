// How a market introduces itself: a small signed file that people hand to each other (PROTOCOL.md section 5).

package import SyncCore

/// A descriptor whose every named key has signed it. Whether it is *trusted* is another question: `Succession`.
package struct Descriptor: Hashable, Sendable {
    /// The file, byte for byte.
    package let raw: [UInt8]
    /// Everything before the `signatures:` line.
    package let signedBytes: [UInt8]
    package let fields: DescriptorFields
    let signatures: [DescriptorSignature]

    package static func parse(_ bytes: [UInt8]) throws(DescriptorRefusal) -> Descriptor {
        let (signed, fields, signatures) = try DescriptorReader.read(bytes)
        let descriptor = Descriptor(raw: bytes, signedBytes: signed, fields: fields, signatures: signatures)
        try descriptor.checkPossession()
        return descriptor
    }

    package var federation: FederationName { fields.federation }
    package var market: Market { fields.market }
    package var serial: UInt64 { fields.serial }
    package var endpoint: Endpoint? { fields.endpoint }
    package var signing: [SpannedKey] { fields.signing }
    package var require: [Suite] { fields.require }

    /// SHA-256 of each TLS key's SPKI, in the descriptor's order.
    package var tlsPins: [Digest] { fields.tls.map(\.pin) }

    /// The pins as `CURLOPT_PINNEDPUBLICKEY` wants them.
    package var curlPins: String {
        tlsPins.map { "sha256//" + Base64.encode($0.bytes) }.joined(separator: ";")
    }

    /// SHA-256 of the signed bytes.
    package var digest: Digest { OpenSSLHashing.sha256(signedBytes) }

    /// The digest in 16 groups of 4 hexadecimal digits, to be read out on the telephone.
    package var fingerprint: String { digest.fingerprint }

    /// True if a person's text is this fingerprint: blanks, colons, hyphens and case do not matter, every digit does.
    package func hasFingerprint(_ text: String) -> Bool { digest.hasFingerprint(text) }

    /// Every key that the descriptor names has signed it.
    private func checkPossession() throws(DescriptorRefusal) {
        for (index, entry) in signing.enumerated() {
            let name = "signing[\(index)]"
            guard let record = record(by: entry.key) else { throw .notSigned(by: name) }
            guard entry.key.verifies(.descriptor, signedBytes, record) else { throw .wrongSignature(by: name) }
        }
        for (index, key) in fields.tls.enumerated() {
            let name = "tls[\(index)]"
            let signature = signatures.first { $0.suite == nil && $0.keyID == key.pin }
            guard let signature else { throw .notSigned(by: name) }
            guard key.verifiesDescriptor(signedBytes, signature.bytes) else { throw .wrongSignature(by: name) }
        }
    }

    /// Whether it names a signing key. Every key that it names has signed it.
    package func names(_ key: VerificationKey) -> Bool { signing.contains { $0.key == key } }

    /// Whether another descriptor names, and therefore is signed by, a present key of this one, and one of every suite that
    /// this one requires.
    package func vouches(for other: Descriptor) -> Bool {
        signing.filter(\.isCurrent).speak(requiring: require, other.names)
    }

    /// True if a key, which this descriptor need not name, has signed it.
    func isSigned(by key: VerificationKey) -> Bool {
        record(by: key).map { key.verifies(.descriptor, signedBytes, $0) } ?? false
    }

    private func record(by key: VerificationKey) -> SignatureRecord? {
        signatures.first { $0.suite == key.suite && $0.keyID == key.keyID }?.record
    }
}
