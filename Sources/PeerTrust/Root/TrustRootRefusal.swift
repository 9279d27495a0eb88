// Why a file is no trust root, or not the next one.

package import SyncCore

/// Each is exit code 5.
package enum TrustRootRefusal: Error, Hashable, Sendable {
    /// Not well formed; the words are those of descriptors, which are read by the same rules.
    case form(DescriptorRefusal)
    case previousMissing
    case noMembers
    case sharedKey(Market)
    case retiredWithOpenSpan(Market)
    /// A revoked key is none of its market's, or an incarnation in which it signs is not closed.
    case revokedWithOpenSpan(Market)
    case otherFederation(FederationName)
    /// Roots are never lowered.
    case lower(UInt64, adopted: UInt64)
    /// Roots are never skipped.
    case skips(UInt64, adopted: UInt64)
    case otherPrevious(UInt64)
    /// Another file of the version that is adopted, signed by a majority too.
    case rival(UInt64)
    case notSigned(by: [Market], needed: Int)
    /// A first root is a person's word.
    case fingerprintNeeded(String)
    case otherFingerprint(String)
    /// It does not name this node's market, or none of its keys.
    case notOurs(Market)

    package var code: String {
        switch self {
        case .form(let refusal): "root_" + refusal.code.trimmingPrefix("descriptor_")
        case .previousMissing: "root_previous_missing"
        case .noMembers: "root_without_members"
        case .sharedKey: "root_shared_key"
        case .retiredWithOpenSpan: "root_retired_with_open_span"
        case .revokedWithOpenSpan: "root_revoked_with_open_span"
        case .otherFederation: "other_federation"
        case .lower: "root_lowered"
        case .skips: "root_skipped"
        case .otherPrevious: "root_other_previous"
        case .rival: "root_rival"
        case .notSigned: "root_not_signed"
        case .fingerprintNeeded: "root_fingerprint_needed"
        case .otherFingerprint: "other_fingerprint"
        case .notOurs: "root_without_us"
        }
    }

    package var sentence: String {
        switch self {
        case .form(.tooLarge(let bytes)):
            "The trust root has \(bytes) bytes; at most \(Limits.trustRootBytes) are taken."
        case .form(let refusal): refusal.finding.replacing("descriptor", with: "trust root")
        case .previousMissing: "Version 1 names no version before it, and every later one does."
        case .noMembers: "The trust root names no member that is not retired."
        case .sharedKey(let market): "The trust root names a key of \(market) twice, or for two markets."
        case .retiredWithOpenSpan(let market): "\(market) is retired, but one of its incarnations is not closed."
        case .revokedWithOpenSpan(let market):
            "A revoked key of \(market) is none that the root names, or one of its incarnations is not closed."
        case .otherFederation(let name): "The trust root belongs to the federation \(name)."
        case .lower(let version, let adopted): "The trust root has version \(version), adopted is \(adopted)."
        case .skips(let version, let adopted):
            "The trust root has version \(version), adopted is \(adopted): adopt the versions between them first."
        case .otherPrevious(let version):
            "The trust root names another version \(version - 1) before it than the one adopted here."
        case .rival(let version):
            "Another trust root of version \(version) is signed by a majority too: members have signed twice. Find out who."
        case .notSigned(let markets, let needed):
            "The trust root is signed by \(markets.count) of the \(needed) members it needs: \(markets.map(\.name).joined(separator: ", "))."
        case .fingerprintNeeded(let fingerprint):
            "This node has no trust root yet. Compare the fingerprint \(fingerprint) with another member, and give it."
        case .otherFingerprint(let fingerprint): "The trust root's fingerprint is \(fingerprint), not the one given."
        case .notOurs(let market): "The trust root does not name \(market) with the key that this node signs with."
        }
    }
}
