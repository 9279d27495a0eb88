// Whom a client talks to, as whom, and by which way.

package import SyncCore

/// One dialled market and our own TLS identity.
package struct PeerEndpoint: Hashable, Sendable {
    package let market: Market
    /// An https URL without path, as a descriptor gives it.
    package let url: String
    /// SHA-256 of the SPKIs that this market may show. Never empty.
    package let pins: [Digest]
    package let certificatePEM: [UInt8]
    package let privateKeyPEM: [UInt8]
    /// Only a proxy that the operator configured; the environment is never asked.
    package let proxy: String?

    /// Throws for a URL that is not plainly `https://host[:port]`, and where there is no pin: without one, libcurl would
    /// accept anybody.
    package init(
        market: Market, url: String, pins: [Digest], certificatePEM: [UInt8], privateKeyPEM: [UInt8],
        proxy: String? = nil
    ) throws(PeerError) {
        guard !pins.isEmpty else {
            throw PeerError(.refused, code: "no_pin", detail: "no TLS key of \(market) is trusted")
        }
        self.market = market
        self.url = try Self.checked(url)
        self.pins = pins
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
        self.proxy = proxy
    }

    private static func checked(_ url: String) throws(PeerError) -> String {
        let scheme = "https://"
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        let authority = base.dropFirst(scheme.count)
        let isPlain =
            base.lowercased().hasPrefix(scheme) && !authority.isEmpty
            && authority.utf8.allSatisfy { $0 > 32 && $0 < 127 && !Array("/?#@\\".utf8).contains($0) }
        guard isPlain else {
            throw PeerError(
                .failed, code: "bad_endpoint", detail: "not https://host:port: \(url.printable(max: 200))")
        }
        return base
    }

    /// The form of CURLOPT_PINNEDPUBLICKEY.
    var pinnedPublicKey: String {
        pins.map { "sha256//\($0.bytes.base64)" }.joined(separator: ";")
    }
}

extension [UInt8] {
    /// RFC 4648 section 4, with padding.
    fileprivate var base64: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: count, by: 3) {
            let group = self[start..<Swift.min(start + 3, count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for position in 0..<4 {
                let digit = Int(bits >> (18 - 6 * UInt32(position)) & 63)
                text.append(position <= group.count ? alphabet[digit] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
