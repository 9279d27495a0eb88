// Finding where two replicas differ, a few numbers at a time.

package import SyncCore

extension SQLiteReplica {
    /// Digests below a prefix of the record hash: 256 sums for its next byte.
    package func digests(below prefix: [UInt8]) throws -> CompareReply {
        try read { transaction in
            let state = try transaction.stateDigest()
            let number = state.number(transaction.hashing)
            if prefix.isEmpty { return CompareReply(digest: number, children: state.sums.map(\.value)) }
            // The prefix is a peer's word: longer than a hash it has no children.
            guard prefix.count < Digest.byteCount else { return CompareReply(digest: number, children: []) }
            var children = Array(repeating: DigestSum(), count: StateDigest.bucketCount)
            let cursor = try connection.cursor("SELECT type, key, digest FROM yrd_record ORDER BY type, key")
            let names = try TypeNumbers.all(connection)
            while try cursor.step() {
                guard let type = names[cursor.integer(0)], layout.tables[type] != nil, let key = cursor.text(1),
                    let digest = cursor.digest(2)
                else { continue }
                let hash = transaction.hashing.sha256(RecordID(type: Text(type), key: key).bucketBytes).bytes
                guard hash.starts(with: prefix) else { continue }
                children[Int(hash[prefix.count])].add(digest)
            }
            return CompareReply(digest: number, children: children.map(\.value))
        }
    }
}
