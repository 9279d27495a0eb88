// Below the 256 kept sums nothing is kept: an index by hash would cost every record for a question that is rarely asked.

import SyncCore

/// One record in the tree of digests: where it hangs, and what it adds to every sum above it.
struct DigestLeaf {
    let hash: Digest
    let digest: Digest
    let record: RecordID
}

/// What one pass over all records has seen of a bucket and of as many after it as fit: whoever compares asks for buckets
/// in ascending order.
struct LeafPass {
    private(set) var buckets: ClosedRange<UInt8>
    /// By first byte of the hash.
    private var leaves: [[DigestLeaf]]

    /// Records remembered, but for those of the first bucket, which are taken whatever their number.
    static let leavesMax = 1 << 15
    private static let progressStep = 1 << 16

    /// Hashes every record's type and key, from their bytes as they stand: no text is made of those that are passed by.
    init(
        from bucket: UInt8, _ transaction: ReplicaTransaction, leavesMax: Int = leavesMax, progress: (Int) -> Void
    ) throws {
        buckets = bucket...UInt8.max
        leaves = Array(repeating: [], count: StateDigest.bucketCount)
        var count = 0
        var seen = 0
        for table in transaction.layout.tablesInOrder {
            let type = Text(table.rule.type)
            var hashed = Array(type.utf8)
            let typeBytes = hashed.count
            hashed.reserveCapacity(typeBytes + Limits.keyBytes)
            let cursor = try transaction.connection.cursor("SELECT key, digest FROM yrd_record WHERE type = ?1")
            cursor.bind(1, table.typeID)
            while try cursor.step() {
                seen += 1
                if seen.isMultiple(of: Self.progressStep) { progress(seen) }
                hashed.removeLast(hashed.count - typeBytes)
                cursor.withText(0) { hashed.append(contentsOf: $0) }
                let hash = transaction.hashing.sha256(hashed)
                guard buckets.contains(hash.firstByte), let key = cursor.text(0),
                    let digest = transaction.connection.digest(of: cursor, 1)
                else { continue }
                leaves[Int(hash.firstByte)].append(
                    DigestLeaf(hash: hash, digest: digest, record: RecordID(type: type, key: key)))
                count += 1
                while count > leavesMax, buckets.count > 1 { count -= dropLastBucket() }
            }
        }
    }

    private mutating func dropLastBucket() -> Int {
        let last = buckets.upperBound
        buckets = buckets.lowerBound...(last - 1)
        defer { leaves[Int(last)] = [] }
        return leaves[Int(last)].count
    }

    func leaves(below prefix: [UInt8]) -> [DigestLeaf] {
        leaves[Int(prefix[0])].filter { $0.hash.begins(with: prefix) }
    }

    /// 256 sums for the byte after the prefix.
    func sums(below prefix: [UInt8]) -> [DigestSum] {
        var sums = Array(repeating: DigestSum(), count: StateDigest.bucketCount)
        for leaf in leaves[Int(prefix[0])] where leaf.hash.begins(with: prefix) {
            sums[Int(leaf.hash.byte(prefix.count))].add(leaf.digest)
        }
        return sums
    }
}

extension Digest {
    fileprivate func byte(_ index: Int) -> UInt8 {
        let word =
            switch index / 8 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - index % 8 * 8))
    }

    fileprivate func begins(with prefix: [UInt8]) -> Bool {
        prefix.indices.allSatisfy { byte($0) == prefix[$0] }
    }
}
