// The federation's name, and the id that every header carries.

package import SyncCore

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`: nothing that a YAML file, a URL or a screen could show in two ways.
package struct FederationName: Hashable, Sendable, CustomStringConvertible {
    package static let standard = FederationName("yrd")!

    package let text: String

    package init?(_ text: String) {
        let characters = Array(text.utf8)
        guard let first = characters.first, characters.count <= 64, Self.isLetterOrDigit(first) else { return nil }
        guard characters.allSatisfy({ Self.isLetterOrDigit($0) || ".-_".utf8.contains($0) }) else { return nil }
        self.text = text
    }

    /// First 16 bytes of SHA-256("yrd.federation.v1" 00 ‖ name) (PROTOCOL.md section 1).
    package var id: ID16 { federationID(text) }

    package var description: String { text }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

/// First 16 bytes of SHA-256("yrd.federation.v1" 00 ‖ name).
package func federationID(_ name: String) -> ID16 {
    OpenSSLHashing.sha256(Array("yrd.federation.v1".utf8) + [0] + Array(name.utf8)).prefix
}
