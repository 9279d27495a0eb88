// One number for a whole replica: finds faults, costs nothing when nothing changed (PROTOCOL.md section 7).

package enum RecordDigest {
    private static let domain: [UInt8] = Array("yrd.record.v1".utf8) + [0]
    /// The integer 1, encoded.
    package static let present: [UInt8] = [1, 2]
    private static let absent: [UInt8] = [1, 0]

    /// SHA-256 over type, key and, for existence and each unit that the catalog knows, ascending: the unit's number and
    /// its siblings' entry ids and encoded values. Existence is encoded as the integer 1 or 0.
    package static func digest(of state: RecordState, record: RecordID, rule: RecordRule, _ hashing: Hashing) -> Digest
    {
        var writer = ByteWriter(reserving: 1_024)
        writer.raw(head(ofType: record.type))
        writer.text(record.key)
        writer.byte(UnitRule.existence)
        for sibling in state.existence {
            writer.digest(sibling.stamp.id)
            writer.raw(sibling.isPresent ? present : absent)
        }
        for unit in rule.units {
            writer.byte(unit.number)
            for sibling in state.siblings(of: unit.number) {
                writer.digest(sibling.stamp.id)
                for value in sibling.values { value.encode(to: &writer) }
            }
        }
        return hashing.sha256(writer.bytes)
    }

    /// What comes before the key.
    package static func head(ofType type: Text) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw(domain)
        writer.text(type)
        return writer.bytes
    }
}

/// A sum of digests modulo 2^256: order-independent, and what was added can be taken away again.
package struct DigestSum: Hashable, Sendable {
    package private(set) var value: Digest

    package init(_ value: Digest = .zero) {
        self.value = value
    }

    package mutating func add(_ digest: Digest) {
        let (left, right) = (value.words, digest.words)
        let (w3, c3) = left.3.addingReportingOverflow(right.3)
        let (w2, c2) = Self.add(left.2, right.2, carry: c3)
        let (w1, c1) = Self.add(left.1, right.1, carry: c2)
        let (w0, _) = Self.add(left.0, right.0, carry: c1)
        value = Digest(words: (w0, w1, w2, w3))
    }

    package mutating func subtract(_ digest: Digest) {
        let words = digest.words
        var negated = DigestSum(Digest(words: (~words.0, ~words.1, ~words.2, ~words.3)))
        negated.add(Digest(words: (0, 0, 0, 1)))
        add(negated.value)
    }

    private static func add(_ left: UInt64, _ right: UInt64, carry: Bool) -> (UInt64, Bool) {
        let (partial, firstOverflow) = left.addingReportingOverflow(right)
        let (sum, secondOverflow) = partial.addingReportingOverflow(carry ? 1 : 0)
        return (sum, firstOverflow || secondOverflow)
    }
}

/// 256 sums, one for each first byte of SHA-256(type ‖ key).
package struct StateDigest: Hashable, Sendable {
    package static let bucketCount = 256

    package private(set) var sums: [DigestSum]

    package init(sums: [DigestSum] = Array(repeating: DigestSum(), count: bucketCount)) {
        precondition(sums.count == Self.bucketCount, "a state digest has 256 sums, not \(sums.count)")
        self.sums = sums
    }

    package mutating func set(_ sum: DigestSum, ofBucket bucket: UInt8) { sums[Int(bucket)] = sum }

    package mutating func replace(_ old: Digest?, with new: Digest?, inBucket bucket: UInt8) {
        if let old { sums[Int(bucket)].subtract(old) }
        if let new { sums[Int(bucket)].add(new) }
    }

    /// The number that is shown and compared.
    package func number(_ hashing: Hashing) -> Digest {
        hashing.sha256(sums.flatMap(\.value.bytes))
    }
}
