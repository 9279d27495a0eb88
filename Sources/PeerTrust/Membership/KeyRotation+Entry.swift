// Whether an entry hands over to another key: read off the verified entry itself, before anything is applied.

package import SyncCore

extension KeyRotation {
    /// Nil unless the entry's notes name a next key whose proof is good.
    package init?(in verified: VerifiedEntry) {
        self.init(in: verified, enrolledKeyID: KeyProof.enrolledKeyID)
    }
}
