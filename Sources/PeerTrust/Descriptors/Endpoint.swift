// Where a market's node answers.

/// `https://host[:port]` with nothing after it: no user, path or query, since the pinned exchange has its own paths.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package let url: String
    package let host: String
    package let port: UInt16

    package init?(_ url: String) {
        let scheme = "https://"
        guard url.utf8.count <= 300, url.hasPrefix(scheme) else { return nil }
        let authority = url.dropFirst(scheme.count)
        let isBracketed = authority.first == "["
        let hostEnd =
            isBracketed
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) }
            : authority.firstIndex(of: ":") ?? authority.endIndex
        guard let hostEnd else { return nil }
        let host = authority[..<hostEnd]
        let bare = isBracketed ? host.dropFirst().dropLast() : host
        guard !bare.isEmpty, bare.utf8.count <= 253 else { return nil }
        guard bare.utf8.allSatisfy({ isBracketed ? Self.isAddressPart($0) : Self.isNamePart($0) }) else { return nil }
        guard let port = Self.port(authority[hostEnd...]) else { return nil }
        self.url = url
        self.host = String(host)
        self.port = port
    }

    package var description: String { url }

    private static func port(_ text: Substring) -> UInt16? {
        guard let colon = text.first else { return 443 }
        let digits = text.dropFirst()
        guard colon == ":", let port = UInt16(digits), port > 0, String(port) == digits else { return nil }
        return port
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isAddressPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
