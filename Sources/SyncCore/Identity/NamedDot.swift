// A dot as people and other programs read it: with the branch it stands on, where its origin is known to have forked.

/// Of a forked origin `market.<32 hex>~<8 hex>:seq`: the digits begin the id of the branch's first entry. Entries before
/// the first fork belong to all branches, and have no such digits. They tell branches apart on screens; what is signed and
/// compared says it with whole ids.
package struct NamedDot: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let dot: Dot
    package let branch: String?

    package init(_ dot: Dot, branch: String?) {
        self.dot = dot
        self.branch = branch
    }

    package var origin: Origin { dot.origin }
    package var sequence: UInt64 { dot.sequence }
    package var originText: String { dot.origin.description + (branch.map { "~" + $0 } ?? "") }
    package var description: String { "\(originText):\(sequence)" }

    package static func < (left: NamedDot, right: NamedDot) -> Bool {
        (left.dot, left.branch ?? "") < (right.dot, right.branch ?? "")
    }
}
