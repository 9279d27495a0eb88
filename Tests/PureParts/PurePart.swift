// The pure parts that every record passes, each as a piece of work of fixed size: what may not become dearer unnoticed.

import PeerTrust
import SyncCore

/// One of them. Times are too noisy to be held on a shared machine; instructions and allocations are not.
package struct PurePart: Sendable {
    package let name: String
    /// How many records (or ops) one turn handles: what counts are divided by.
    package let records: Int
    /// Makes the input, which is no part of the work; the work gives a number that its outcome decides.
    package let prepare: @Sendable () throws -> () -> Int

    private init(_ name: String, _ prepare: @escaping @Sendable (SealedRows) throws -> () -> Int) {
        self.name = name
        records = SealedRows.count
        self.prepare = { try prepare(SealedRows()) }
    }

    package static let all: [PurePart] = [
        PurePart("encode") { rows in
            { EncodedOps.framed(rows.changes.map { $0.encoded() }).count }
        },
        PurePart("decode-plain") { rows in
            { PlainChanges(of: rows.entry, schema: rows.schema)?.units.count ?? 0 }
        },
        PurePart("decode") { rows in
            { (try? ChangeSet(decoding: rows.entry))?.changes.count ?? 0 }
        },
        PurePart("root") { rows in
            let ops = rows.changes.map { $0.encoded() }
            return { Int(truncatingIfNeeded: Self.root(ops).words.0) }
        },
        PurePart("verify") { rows in
            { if case .verified = rows.membership.verify(rows.entry) { 1 } else { 0 } }
        },
        PurePart("merge-create") { rows in
            let stamps = Stamps()
            return { stamps.created(rows.changes).count }
        },
        PurePart("merge-update") { rows in
            let stamps = Stamps()
            let (states, update) = (stamps.created(rows.changes), Self.update)
            return { states.reduce(0) { $0 + stamps.updated($1, by: update, isSeen: true).units.count } }
        },
        PurePart("merge-concurrent") { rows in
            let stamps = Stamps()
            let (states, update) = (stamps.created(rows.changes), Self.update)
            return { states.reduce(0) { $0 + stamps.updated($1, by: update, isSeen: false).units.count } }
        },
        PurePart("digest") { rows in
            let states = Array(zip(Stamps().created(rows.changes), rows.changes))
            return {
                var sum = DigestSum()
                for (state, change) in states {
                    sum.add(
                        RecordDigest.digest(
                            of: state, record: change.record, rule: rows.rule, OpenSSLHashing.hashing))
                }
                return Int(truncatingIfNeeded: sum.value.words.0)
            }
        },
    ]

    private static func root(_ ops: [[UInt8]]) -> Digest {
        MerkleTree.root(ofLeaves: ops.map { MerkleTree.leaf($0, OpenSSLHashing.sha256) }, OpenSSLHashing.sha256)
    }

    /// Another market's note on a contract.
    private static let update = Change(
        kind: .update, record: RecordID(type: "contract", key: "unused"),
        units: [UnitValues(unit: 34, values: [.text("第二次核对无误")])])
}
