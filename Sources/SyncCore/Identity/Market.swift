// A member of the federation: its name is its identity on the wire.

/// A market's name, `[a-z][a-z0-9]{1,15}`; as a node id, its ASCII zero-padded to 16 bytes (PROTOCOL.md section 1).
package struct Market: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let nodeID: ID16

    /// What `init(_:)` takes, for whoever gave something else.
    package static let form = LocalizedText(
        zh: "市场的名称:一个小写字母,再加 1 至 15 个小写字母或数字",
        en: "a market's name: a lower-case letter and 1 to 15 lower-case letters or digits")

    /// Nil unless the name has the form of a market's name.
    package init?(_ name: String) {
        let characters = Array(name.utf8)
        guard (2...16).contains(characters.count), let first = characters.first else { return nil }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard letters.contains(first), characters.allSatisfy({ letters.contains($0) || digits.contains($0) }) else {
            return nil
        }
        nodeID = ID16(characters + Array(repeating: 0, count: ID16.byteCount - characters.count))!
    }

    /// Nil unless the bytes are a zero-padded market name.
    package init?(nodeID: ID16) {
        let name = nodeID.bytes.prefix { $0 != 0 }
        self.init(String(decoding: name, as: UTF8.self))
        guard self.nodeID == nodeID else { return nil }
    }

    package var name: String { String(decoding: nodeID.bytes.prefix { $0 != 0 }, as: UTF8.self) }

    package var description: String { name }

    package static func < (left: Market, right: Market) -> Bool { left.nodeID < right.nodeID }
}
