// Whether an entry hands over to another key: read off the verified entry itself, before anything is applied.

package import SyncCore

extension KeyRotation {
    /// Nil unless the entry's notes name a next key whose proof is good. An entry without notes, as nearly all are, costs
    /// one byte.
    package init?(in verified: VerifiedEntry) {
        let (header, ops) = (verified.header, verified.entry.ops)
        guard Note.begins(ops), let changeSet = try? ChangeSet(decoding: verified.entry),
            let next = try? changeSet.nextKey(under: header), KeyProof.enrolledKeyID(next, by: header) != nil
        else { return nil }
        self.init(next, in: header, id: verified.id)
    }
}
