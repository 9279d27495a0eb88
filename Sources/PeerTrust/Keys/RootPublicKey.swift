// The public half of a member's root key, as it is handed to whoever proposes a trust root.

package import SyncCore

/// One line of text: `yrd-root-key MARKET SUITE BASE64`.
package struct RootPublicKey: Hashable, Sendable {
    private static let label = "yrd-root-key"

    package let market: Market
    package let key: VerificationKey

    package init(market: Market, key: VerificationKey) {
        self.market = market
        self.key = key
    }

    /// Nil unless it is such a line, with a key that passes the screen.
    package init?(_ text: String) {
        let words = text.split(separator: "\n").first?.split(separator: " ").map(String.init) ?? []
        guard words.count == 4, words[0] == Self.label, let market = Market(words[1]),
            let suite = UInt8(words[2]).flatMap({ Suite(rawValue: $0) }), let spki = Base64.decode(words[3]),
            let key = try? VerificationKey(suite: suite, spki: spki)
        else { return nil }
        self.init(market: market, key: key)
    }

    package var line: String { "\(Self.label) \(market) \(key.suite.rawValue) \(Base64.encode(key.spki))\n" }
}
