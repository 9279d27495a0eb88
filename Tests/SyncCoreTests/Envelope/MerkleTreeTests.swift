// The tree of RFC 6962: its structure from the text of the RFC, its paths by an independent verifier.

import Testing

@testable import SyncCore

@Suite("Merkle tree")
struct MerkleTreeTests {
    private static let digest: @Sendable ([UInt8]) -> Digest = { Hashing.forTests.sha256($0) }

    private static func leaves(_ count: Int) -> [Digest] {
        (0..<count).map { MerkleTree.leaf([UInt8](repeating: UInt8($0 % 251), count: $0), digest) }
    }

    /// RFC 6962 section 2.1, word for word over the inputs themselves.
    private static func mth(_ inputs: [[UInt8]]) -> Digest {
        if inputs.isEmpty { return digest([]) }
        if inputs.count == 1 { return digest([0] + inputs[0]) }
        var k = 1
        while k * 2 < inputs.count { k *= 2 }
        return digest([1] + mth(Array(inputs[..<k])).bytes + mth(Array(inputs[k...])).bytes)
    }

    /// RFC 9162 section 2.1.3.2: verifies an inclusion path without building any tree.
    private static func verifies(_ leaf: Digest, at index: Int, of size: Int, _ path: [Digest], _ root: Digest) -> Bool
    {
        var (fn, sn, r) = (index, size - 1, leaf)
        for p in path {
            guard sn != 0 else { return false }
            if fn & 1 == 1 || fn == sn {
                r = digest([1] + p.bytes + r.bytes)
                while fn & 1 == 0 && fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                r = digest([1] + r.bytes + p.bytes)
            }
            fn >>= 1
            sn >>= 1
        }
        return sn == 0 && r == root
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100])
    func `the root is the RFC's`(_ count: Int) {
        let inputs = (0..<count).map { [UInt8](repeating: UInt8($0 % 251), count: $0) }
        #expect(MerkleTree.root(ofLeaves: Self.leaves(count), Self.digest) == Self.mth(inputs))
    }

    @Test(arguments: Array(1...40))
    func `every leaf's path verifies, and verifies nothing else`(_ count: Int) {
        let leaves = Self.leaves(count)
        let root = MerkleTree.root(ofLeaves: leaves, Self.digest)
        for index in leaves.indices {
            let path = MerkleTree.path(to: index, ofLeaves: leaves, Self.digest)
            #expect(Self.verifies(leaves[index], at: index, of: count, path, root))
            guard count > 1 else { continue }
            #expect(!Self.verifies(leaves[(index + 1) % count], at: index, of: count, path, root))
            #expect(!Self.verifies(leaves[index], at: index, of: count, path.dropLast(), root))
        }
    }

    @Test func `a leaf is not a node, and an order not another`() {
        let leaves = Self.leaves(2)
        let node = MerkleTree.root(ofLeaves: leaves, Self.digest)
        #expect(MerkleTree.leaf(leaves[0].bytes + leaves[1].bytes, Self.digest) != node)
        #expect(MerkleTree.root(ofLeaves: leaves.reversed(), Self.digest) != node)
    }

    @Test(arguments: Array(1...20) + [31, 32, 33, 100, 257])
    func `a leaf and its path lead to the root, and nothing else does`(_ count: Int) throws {
        let leaves = Self.leaves(count)
        let root = MerkleTree.root(ofLeaves: leaves, Self.digest)
        for index in 0..<count {
            let path = MerkleTree.path(to: index, ofLeaves: leaves, Self.digest)
            func leads(
                _ leaf: Digest, at place: Int, of number: Int, _ path: [Digest]
            ) -> Bool { MerkleTree.root(from: leaf, at: place, of: number, path, Self.digest) == root }
            #expect(leads(leaves[index], at: index, of: count, path))
            #expect(!leads(Self.digest([1]), at: index, of: count, path))
            #expect(!leads(leaves[index], at: count, of: count, path))
            #expect(!leads(leaves[index], at: -1, of: count, path))
            #expect(!leads(leaves[index], at: index, of: count, path + [root]))
            #expect(!leads(leaves[index], at: index, of: 0, path))
            if !path.isEmpty {
                #expect(!leads(leaves[index], at: index, of: count, path.dropLast()))
                #expect(!leads(leaves[index], at: index, of: count, path.dropLast() + [Self.digest([2])]))
            }
            // Where two places have the same path in form, the leaf still belongs to one of them.
            for other in 0..<count where other != index && leaves[other] != leaves[index] {
                #expect(!leads(leaves[index], at: other, of: count, path))
            }
        }
    }
}
