// The digest of a record whose values are encoded already.

import SyncCore

/// `RecordDigest` of a state in which existence and each unit have at most one sibling, written part by part. One is used
/// for record after record of a type.
struct EncodedDigest {
    private let hashing: Hashing
    private let type: [UInt8]
    private let head: [UInt8]
    private var writer = ByteWriter(reserving: 2_048)

    init(_ rule: RecordRule, _ hashing: Hashing) {
        self.hashing = hashing
        type = Array(rule.type.utf8)
        head = RecordDigest.head(ofType: Text(rule.type))
    }

    /// - Parameter existence: the entry that says that the record is there.
    mutating func begin(_ key: UnsafeRawBufferPointer, existence: Digest) {
        writer.clear()
        writer.raw(head)
        writer.varint(UInt64(key.count))
        writer.raw(key)
        writer.byte(UnitRule.existence)
        writer.digest(existence)
        writer.raw(RecordDigest.present)
    }

    /// Every unit of the rule, ascending; one that has no sibling by its number alone.
    mutating func unit(_ number: UnitNumber) { writer.byte(number) }

    mutating func unit(_ number: UnitNumber, by entry: Digest, _ values: UnsafeRawBufferPointer) {
        writer.byte(number)
        writer.digest(entry)
        writer.raw(values)
    }

    func digest() -> Digest { hashing.sha256(writer.bytes) }

    /// Of the sums of the state digest, the one that the record counts in.
    mutating func bucket(ofKey key: UnsafeRawBufferPointer) -> UInt8 {
        writer.clear()
        writer.raw(type)
        writer.raw(key)
        return hashing.sha256(writer.bytes).firstByte
    }
}
