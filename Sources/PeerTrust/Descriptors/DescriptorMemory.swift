// Reading a descriptor checks every signature in it. Trust is read again for every request, the same bytes only once.

internal import SyncCore
import Synchronization

/// Descriptors by their bytes. What a descriptor says, and whether its keys have signed it, follows from its bytes alone;
/// whether it is trusted does not, and is never remembered here.
package final class DescriptorMemory: Sendable {
    private let known = Mutex<[[UInt8]: Descriptor]>([:])

    /// As many as a node can have a use for; a peer may show more, and then the memory begins anew.
    private static let countMax = 4 * Limits.members

    package init() {}

    private let lastRoot = Mutex<TrustRoot?>(nil)

    /// As `TrustRoot.parse`; who signed it is not asked here.
    package func root(_ bytes: [UInt8]) throws(TrustRootRefusal) -> TrustRoot {
        if let root = lastRoot.withLock({ $0 }), root.raw == bytes { return root }
        let root = try TrustRoot.parse(bytes)
        lastRoot.withLock { $0 = root }
        return root
    }

    /// As `Descriptor.parse`. What was refused is not remembered.
    package func parse(_ bytes: [UInt8]) throws(DescriptorRefusal) -> Descriptor {
        if let descriptor = known.withLock({ $0[bytes] }) { return descriptor }
        let descriptor = try Descriptor.parse(bytes)
        known.withLock { known in
            if known.count >= Self.countMax { known = [:] }
            known[bytes] = descriptor
        }
        return descriptor
    }
}
