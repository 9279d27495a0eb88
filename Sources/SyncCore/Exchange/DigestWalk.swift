// From two state digests that differ down to the records behind them, asking for as little as possible.

/// Walks the tree of sums on both sides at once, depth first and ascending: below a prefix of the record hash where the two
/// differ, the 256 sums of both sides are asked for, and where those differ the walk goes on.
package struct DigestWalk: Hashable, Sendable {
    package enum Side: String, Hashable, Sendable {
        case here
        case there
    }

    /// Three bytes of the record hash. Even of a million records, few share them.
    package struct Leaf: Hashable, Sendable {
        package let prefix: [UInt8]
        package let mine: Digest
        package let theirs: Digest
    }

    /// A sum that a side keeps, and that is not the sum of its records' digests: the records need not differ at all.
    package struct FalseSum: Hashable, Sendable {
        package let prefix: [UInt8]
        package let side: Side
    }

    private struct Node: Hashable {
        let prefix: [UInt8]
        /// Nil above the buckets, where the number is a hash and no sum.
        let mine: Digest?
        let theirs: Digest?
    }

    /// What `compare` answers for at most.
    private static let leafDepth = 3

    private var open = [Node(prefix: [], mine: nil, theirs: nil)]
    package private(set) var falseSums: [FalseSum] = []

    package init() {}

    /// The prefix to ask both sides about next; nil at the end.
    package var next: [UInt8]? { open.last?.prefix }

    /// Takes both sides' sums below `next`. Returns the leaves that differ.
    package mutating func take(mine: [Digest], theirs: [Digest]) -> [Leaf] {
        precondition(mine.count == theirs.count, "\(mine.count) sums here, \(theirs.count) there")
        guard let node = open.popLast() else { preconditionFailure("nothing was asked") }
        note(node, node.mine, mine, .here)
        note(node, node.theirs, theirs, .there)
        let differing = mine.indices.filter { mine[$0] != theirs[$0] }
            .map { Leaf(prefix: node.prefix + [UInt8($0)], mine: mine[$0], theirs: theirs[$0]) }
        if node.prefix.count + 1 == Self.leafDepth { return differing }
        open += differing.reversed().map { Node(prefix: $0.prefix, mine: $0.mine, theirs: $0.theirs) }
        return []
    }

    private mutating func note(_ node: Node, _ kept: Digest?, _ children: [Digest], _ side: Side) {
        guard let kept else { return }
        var sum = DigestSum()
        for child in children { sum.add(child) }
        if sum.value != kept { falseSums.append(FalseSum(prefix: node.prefix, side: side)) }
    }
}
