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
