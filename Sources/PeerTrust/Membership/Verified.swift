// Trust is in the type.

package import SyncCore

/// A fact: a payload of a known type whose signatures verified under keys that count. Only this module makes one.
package struct Verified<Payload: Sendable>: Sendable {
    package let payload: Payload
    /// The exact bytes that were signed, to be kept as proof.
    package let body: [UInt8]
    /// The signatures that verified.
    package let signatures: [SignatureRecord]

    init(_ payload: Payload, body: [UInt8], signatures: [SignatureRecord]) {
        self.payload = payload
        self.body = body
        self.signatures = signatures
    }
}

extension Verified: Equatable where Payload: Equatable {}
extension Verified: Hashable where Payload: Hashable {}
