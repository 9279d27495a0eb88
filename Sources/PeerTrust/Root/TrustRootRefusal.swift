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
    /// It does not name this node's market, or, of it or another, none of the keys that are known here.
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

    package var words: LocalizedText {
        switch self {
        case .form(.tooLarge(let bytes)):
            LocalizedText(
                zh: "信任根有 \(bytes) 字节,至多接受 \(Limits.trustRootBytes)。",
                en: "The trust root has \(bytes) bytes; at most \(Limits.trustRootBytes) are taken.")
        case .form(let refusal):
            LocalizedText(
                zh: refusal.finding.zh.replacing("描述文件", with: "信任根"),
                en: refusal.finding.en.replacing("descriptor", with: "trust root"))
        case .previousMissing:
            LocalizedText(
                zh: "版本 1 不指明前一版,此后各版都须指明。",
                en: "Version 1 names no version before it, and every later one does.")
        case .noMembers:
            LocalizedText(
                zh: "信任根没有未退出的成员。", en: "The trust root names no member that is not retired.")
        case .sharedKey(let market):
            LocalizedText(
                zh: "信任根两次列出 \(market) 的一把密钥,或为两个市场列出它。",
                en: "The trust root names a key of \(market) twice, or for two markets.")
        case .retiredWithOpenSpan(let market):
            LocalizedText(
                zh: "\(market) 已退出,但其一个化身尚未终止。",
                en: "\(market) is retired, but one of its incarnations is not closed.")
        case .revokedWithOpenSpan(let market):
            LocalizedText(
                zh: "\(market) 一把被吊销的密钥不在信任根所列之中,或其一个化身尚未终止。",
                en: "A revoked key of \(market) is none that the root names, or one of its incarnations is not closed.")
        case .otherFederation(let name):
            LocalizedText(zh: "信任根属于联邦 \(name)。", en: "The trust root belongs to the federation \(name).")
        case .lower(let version, let adopted):
            LocalizedText(
                zh: "信任根的版本是 \(version),已采用的是 \(adopted)。",
                en: "The trust root has version \(version), adopted is \(adopted).")
        case .skips(let version, let adopted):
            LocalizedText(
                zh: "信任根的版本是 \(version),已采用的是 \(adopted):请先采用其间各版。",
                en:
                    "The trust root has version \(version), adopted is \(adopted): adopt the versions between them first."
            )
        case .otherPrevious(let version):
            LocalizedText(
                zh: "信任根所指的版本 \(version - 1) 不是本节点所采用的那一份。",
                en: "The trust root names another version \(version - 1) before it than the one adopted here.")
        case .rival(let version):
            LocalizedText(
                zh: "另一份版本 \(version) 的信任根也由过半成员签署:有成员签了两次,请查明是谁。",
                en: """
                    Another trust root of version \(version) is signed by a majority too: members have signed twice. Find \
                    out who.
                    """)
        case .notSigned(let markets, let needed):
            LocalizedText(
                zh: "信任根需 \(needed) 个成员签署,现有 \(markets.count) 个:\(names(markets, "、"))。",
                en: """
                    The trust root is signed by \(markets.count) of the \(needed) members it needs: \
                    \(names(markets, ", ")).
                    """)
        case .fingerprintNeeded(let fingerprint):
            LocalizedText(
                zh: "本节点尚无信任根。请与另一成员核对指纹 \(fingerprint),并在命令中给出。",
                en: """
                    This node has no trust root yet. Compare the fingerprint \(fingerprint) with another member, and give \
                    it.
                    """)
        case .otherFingerprint(let fingerprint):
            LocalizedText(
                zh: "信任根的指纹是 \(fingerprint),不是所给的那一个。",
                en: "The trust root's fingerprint is \(fingerprint), not the one given.")
        case .notOurs(let market):
            LocalizedText(
                zh: "信任根没有列出 \(market),或未列出本节点所知的该市场的任何密钥。",
                en: "The trust root does not name \(market), or names none of the keys by which this node knows it.")
        }
    }

    private func names(_ markets: [Market], _ separator: String) -> String {
        markets.isEmpty ? "-" : markets.map(\.name).joined(separator: separator)
    }
}
