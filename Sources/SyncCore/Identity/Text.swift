// Text that is equal only when its bytes are equal.

/// A string compared, ordered and hashed by its UTF-8 bytes.
///
/// Swift compares strings by canonical equivalence: "é" composed equals "é" decomposed. Two nodes that stored different
/// bytes would then believe they hold one value while their digests part. Keys and values are bytes.
package struct Text: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let string: String

    package init(_ string: String) {
        self.string = string
    }

    package init(stringLiteral string: String) {
        self.string = string
    }

    package var description: String { string }

    package var utf8: String.UTF8View { string.utf8 }

    package static func == (left: Text, right: Text) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    package static func < (left: Text, right: Text) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }
}
