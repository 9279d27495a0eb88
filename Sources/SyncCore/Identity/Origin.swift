// Who numbers change sets: a market in one of its incarnations.

/// Market and incarnation. Origins order by these 32 bytes.
package struct Origin: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let node: ID16
    package let incarnation: ID16

    package init(node: ID16, incarnation: ID16) {
        self.node = node
        self.incarnation = incarnation
    }

    package init(market: Market, incarnation: ID16) {
        self.init(node: market.nodeID, incarnation: incarnation)
    }

    private static let textBytesMax = ID16.byteCount + 1 + 2 * ID16.byteCount

    /// Reads `market.<32 hex>`; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.textBytesMax, let point = text.firstIndex(of: "."),
            let market = Market(String(text[..<point])),
            let incarnation = ID16(hex: String(text[text.index(after: point)...]))
        else { return nil }
        self.init(market: market, incarnation: incarnation)
    }

    /// Nil where the node id is not a market's name; such an entry is never accepted.
    package var market: Market? { Market(nodeID: node) }

    package var description: String { "\(market?.name ?? node.hex).\(incarnation.hex)" }

    package static func < (left: Origin, right: Origin) -> Bool {
        (left.node, left.incarnation) < (right.node, right.incarnation)
    }
}

/// Origin and sequence number: names one change set (of an unforked origin).
package struct Dot: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let origin: Origin
    package let sequence: UInt64

    package init(origin: Origin, sequence: UInt64) {
        self.origin = origin
        self.sequence = sequence
    }

    package var description: String { "\(origin):\(sequence)" }

    package static func < (left: Dot, right: Dot) -> Bool {
        (left.origin, left.sequence) < (right.origin, right.sequence)
    }
}
