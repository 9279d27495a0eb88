// The root that binds every op to the header, so that one record can be proven without the rest.

/// RFC 6962 section 2.1: leaf H(00‖op), node H(01‖left‖right), split at the largest power of two below n.
package enum MerkleTree {
    package static func root(ofLeaves leaves: [Digest], _ digest: ([UInt8]) -> Digest) -> Digest {
        guard leaves.count > 1 else { return leaves.first ?? digest([]) }
        return root(leaves[...], digest)
    }

    package static func leaf(_ op: some Collection<UInt8>, _ digest: ([UInt8]) -> Digest) -> Digest {
        var bytes: [UInt8] = [0]
        bytes.reserveCapacity(op.count + 1)
        bytes.append(contentsOf: op)
        return digest(bytes)
    }

    /// The audit path of RFC 6962 section 2.1.1 for the leaf at `index`, nearest sibling first.
    package static func path(to index: Int, ofLeaves leaves: [Digest], _ digest: ([UInt8]) -> Digest) -> [Digest] {
        precondition(leaves.indices.contains(index), "no leaf \(index) among \(leaves.count)")
        return path(to: index, leaves[...], digest)
    }

    /// The root that a leaf and its audit path lead to (RFC 9162 section 2.1.3.2); nil where no leaf at `index` of `count`
    /// has a path of that length.
    package static func root(
        from leaf: Digest, at index: Int, of count: Int, _ path: [Digest], _ digest: ([UInt8]) -> Digest
    ) -> Digest? {
        guard (0..<count).contains(index) else { return nil }
        var (place, last, root) = (index, count - 1, leaf)
        for sibling in path {
            guard last > 0 else { return nil }
            if place.isMultiple(of: 2), place < last {
                root = node(root, sibling, digest)
            } else {
                root = node(sibling, root, digest)
                // A last node without a right sibling rises until it is one.
                while place.isMultiple(of: 2), place > 0 { (place, last) = (place / 2, last / 2) }
            }
            (place, last) = (place / 2, last / 2)
        }
        return last == 0 ? root : nil
    }

    private static func root(_ leaves: ArraySlice<Digest>, _ digest: ([UInt8]) -> Digest) -> Digest {
        guard leaves.count > 1 else { return leaves.first! }
        let middle = leaves.startIndex + split(leaves.count)
        return node(root(leaves[..<middle], digest), root(leaves[middle...], digest), digest)
    }

    private static func path(
        to index: Int, _ leaves: ArraySlice<Digest>, _ digest: ([UInt8]) -> Digest
    ) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let middle = leaves.startIndex + split(leaves.count)
        return index < middle
            ? path(to: index, leaves[..<middle], digest) + [root(leaves[middle...], digest)]
            : path(to: index, leaves[middle...], digest) + [root(leaves[..<middle], digest)]
    }

    private static func node(_ left: Digest, _ right: Digest, _ digest: ([UInt8]) -> Digest) -> Digest {
        var writer = ByteWriter(reserving: 1 + 2 * Digest.byteCount)
        writer.byte(1)
        writer.digest(left)
        writer.digest(right)
        return digest(writer.bytes)
    }

    /// The largest power of two smaller than `count`.
    private static func split(_ count: Int) -> Int {
        var size = 1
        while size * 2 < count { size *= 2 }
        return size
    }
}
