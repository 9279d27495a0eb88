// The digests of the records that an entry would create.

import Pipelining
import SyncCore

/// Of a record as a create makes it if nothing has touched it before.
struct FreshDigest: Sendable {
    let digest: Digest
    /// Of the sums of the state digest, the one that the record counts in.
    let bucket: UInt8

    /// Of some of the changes of a plain entry, one for each create.
    ///
    /// - Parameter entry: the id of the entry whose ops these are.
    static func all(
        of changes: ArraySlice<PlainChange>, in plain: PlainChanges, ops: [UInt8], by entry: Digest, _ hashing: Hashing
    ) -> [FreshDigest] {
        var made: [FreshDigest] = []
        var digest = EncodedDigest(plain.rule, hashing)
        ops.withUnsafeBytes { bytes in
            for create in changes where create.kind == .create {
                let key = UnsafeRawBufferPointer(rebasing: bytes[create.key])
                digest.begin(key, existence: entry)
                var next = create.units.lowerBound
                for (place, unit) in plain.rule.units.enumerated() {
                    if next < create.units.upperBound, plain.units[next].place == place {
                        let values = UnsafeRawBufferPointer(rebasing: bytes[plain.units[next].values])
                        digest.unit(unit.number, by: entry, values)
                        next += 1
                    } else {
                        digest.unit(unit.number)
                    }
                }
                made.append(FreshDigest(digest: digest.digest(), bucket: digest.bucket(ofKey: key)))
            }
        }
        return made
    }
}

/// Those of a plain entry in the order of its creates, each made before it is needed.
final class FreshDigests {
    private let stage: Stage<Range<Int>, [FreshDigest]>?
    private var made: [FreshDigest]
    private var used = 0

    /// Some hundred microseconds of work.
    private static let changesInPiece = 256

    init(_ made: [FreshDigest]) {
        self.made = made
        stage = nil
    }

    init(of plain: PlainChanges, ops: [UInt8], by entry: Digest, _ hashing: Hashing) {
        let count = plain.changes.count
        let stage = Stage<Range<Int>, [FreshDigest]>("digests", .any) { piece in
            FreshDigest.all(of: plain.changes[piece], in: plain, ops: ops, by: entry, hashing)
        }
        for start in stride(from: 0, to: count, by: Self.changesInPiece) {
            stage.submit(start..<min(start + Self.changesInPiece, count))
        }
        made = []
        self.stage = stage
    }

    /// Of the next create; there must be one.
    func next() -> FreshDigest {
        while used == made.count {
            guard let piece = stage?.take() else { preconditionFailure("an entry has no more creates") }
            (made, used) = (piece, 0)
        }
        defer { used += 1 }
        return made[used]
    }
}
