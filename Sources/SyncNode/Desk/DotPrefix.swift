// A dot as people type it: the incarnation's 32 digits shortened to as few as 8.

import ReplicaStore
package import SyncCore

/// `market.<8 to 32 hex>:sequence`; of a forked origin with `~` and 1 to 8 digits of the branch before the colon.
package struct DotPrefix: Hashable, Sendable {
    package static let digitsMin = 8

    package let market: Market
    package let incarnationPrefix: String
    package let branchPrefix: String?
    package let sequence: UInt64

    package init?(_ text: String) {
        guard let point = text.firstIndex(of: "."), let colon = text.lastIndex(of: ":"), point < colon,
            let market = Market(String(text[..<point])),
            let sequence = UInt64(text[text.index(after: colon)...]), sequence >= 1
        else { return nil }
        let parts = text[text.index(after: point)..<colon].lowercased().split(
            separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = String(parts[0])
        branchPrefix = parts.count > 1 ? String(parts[1]) : nil
        if let branchPrefix {
            guard (1...OriginNames.branchDigits).contains(branchPrefix.utf8.count),
                branchPrefix.utf8.allSatisfy(Self.isHexadecimal)
            else { return nil }
        }
        guard (Self.digitsMin...32).contains(digits.utf8.count), digits.utf8.allSatisfy(Self.isHexadecimal) else {
            return nil
        }
        self.market = market
        self.sequence = sequence
        incarnationPrefix = digits
    }

    package func matches(_ dot: Dot) -> Bool {
        dot.origin.market == market && dot.sequence == sequence
            && dot.origin.incarnation.hex.hasPrefix(incarnationPrefix)
    }

    package func matches(_ name: NamedDot) -> Bool {
        matches(name.dot) && (branchPrefix.map { name.branch?.hasPrefix($0) ?? false } ?? true)
    }

    package var text: String {
        "\(market).\(incarnationPrefix)\(branchPrefix.map { "~" + $0 } ?? ""):\(sequence)"
    }

    package static func short(_ name: NamedDot) -> String {
        guard let branch = name.branch, let market = name.origin.market else { return short(name.dot) }
        return "\(market).\(name.origin.incarnation.hex.prefix(digitsMin))~\(branch):\(name.sequence)"
    }

    /// As `log list` and the conflict desk write it, and as every command takes it back.
    package static func short(_ dot: Dot) -> String {
        guard let market = dot.origin.market else { return dot.description }
        return "\(market).\(dot.origin.incarnation.hex.prefix(digitsMin)):\(dot.sequence)"
    }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
