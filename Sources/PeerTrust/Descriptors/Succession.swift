// May this descriptor take the place of the one that is trusted?

package import SyncCore

/// The outcome of comparing a descriptor with what a node already trusts (PROTOCOL.md section 5).
package enum Succession: Hashable, Sendable {
    /// Nothing of this market was trusted before: a person decides, by the fingerprint.
    case first
    /// The signed bytes are the ones already trusted: nothing to do.
    case unchanged
    /// A higher serial, signed by a current key of the one before, and by one of each suite that it requires: may also be
    /// taken from a peer.
    case successor
    /// Not signed by a key of the one before, but its fingerprint was given by a person.
    case replacement
    case refused(SuccessionRefusal)

    /// - Parameters:
    ///   - trusted: the descriptor of the same market that is trusted now, if any.
    ///   - others: the descriptors of all other markets, also of removed ones.
    ///   - replacing: the fingerprint that a person gave together with `--replace`.
    package static func of(
        _ new: Descriptor, trusted: Descriptor?, others: [Descriptor], federation: FederationName,
        replacing: String? = nil
    ) -> Succession {
        guard new.federation == federation else {
            return .refused(.otherFederation(new.federation, ours: federation))
        }
        for other in others where other.market != new.market {
            if let refusal = collision(of: new, with: other) { return .refused(refusal) }
        }
        guard let trusted else { return replacing.map { confirmed(new, by: $0, as: .first) } ?? .first }
        guard trusted.market == new.market else { return .refused(.otherMarket(new.market, trusted.market)) }
        guard trusted.signedBytes != new.signedBytes else { return .unchanged }
        guard new.serial > trusted.serial else {
            return .refused(.serialNotHigher(new.serial, trusted: trusted.serial))
        }
        // A key that was rotated out or revoked is the one that may have been stolen: it names no successor.
        let isContinued = trusted.signing.filter(\.isCurrent).speak(requiring: trusted.require, new.isSigned)
        if isContinued { return .successor }
        guard let replacing else { return .refused(.notSignedByPreviousKey(new.market)) }
        return confirmed(new, by: replacing, as: .replacement)
    }

    private static func confirmed(
        _ new: Descriptor, by fingerprint: String, as verdict: Succession
    ) -> Succession {
        new.hasFingerprint(fingerprint) ? verdict : .refused(.otherFingerprint(new.fingerprint))
    }

    private static func collision(of new: Descriptor, with other: Descriptor) -> SuccessionRefusal? {
        if !Set(new.tlsPins).isDisjoint(with: other.tlsPins) { return .pinOfAnotherMarket(other.market) }
        let keys = Set(other.signing.map(\.key))
        return new.signing.contains { keys.contains($0.key) } ? .keyOfAnotherMarket(other.market) : nil
    }
}

extension Descriptor {
    /// Compares a descriptor with this, the trusted one of the same market.
    package func succession(
        of new: Descriptor, others: [Descriptor], replacing fingerprint: String? = nil
    ) -> Succession {
        Succession.of(new, trusted: self, others: others, federation: federation, replacing: fingerprint)
    }
}

/// Why a descriptor does not take the place of another; each is exit code 5.
package enum SuccessionRefusal: Error, Hashable, Sendable {
    case otherFederation(FederationName, ours: FederationName)
    case otherMarket(Market, Market)
    case serialNotHigher(UInt64, trusted: UInt64)
    case pinOfAnotherMarket(Market)
    case keyOfAnotherMarket(Market)
    case notSignedByPreviousKey(Market)
    case otherFingerprint(String)

    package var code: String {
        switch self {
        case .otherFederation: "other_federation"
        case .otherMarket: "other_market"
        case .serialNotHigher: "serial_not_higher"
        case .pinOfAnotherMarket: "pin_of_another_market"
        case .keyOfAnotherMarket: "key_of_another_market"
        case .notSignedByPreviousKey: "not_signed_by_previous_key"
        case .otherFingerprint: "other_fingerprint"
        }
    }

    package var words: LocalizedText {
        switch self {
        case .otherFederation(let theirs, let ours):
            LocalizedText(
                zh: "描述文件属于联邦 \(theirs),本节点属于 \(ours);请索取正确的文件。",
                en: "The descriptor belongs to the federation \(theirs), this node to \(ours); ask for the right file.")
        case .otherMarket(let new, let trusted):
            LocalizedText(
                zh: "这是 \(new) 的描述文件,不是 \(trusted) 的;请向 \(trusted) 索取。",
                en: "The descriptor is of \(new), not of \(trusted); ask \(trusted) for its file.")
        case .serialNotHigher(let new, let trusted):
            LocalizedText(
                zh: "描述文件的序号是 \(new),已信任的是 \(trusted);请向该市场索取最新的文件。",
                en: "The descriptor has serial \(new), the trusted one \(trusted); ask the market for its newest file.")
        case .pinOfAnotherMarket(let market):
            LocalizedText(
                zh: "描述文件列有 \(market) 的 TLS 密钥;两者之一复制了密钥,须换新。",
                en: "The descriptor names a TLS key of \(market); one of the two copied a key and must make a new one.")
        case .keyOfAnotherMarket(let market):
            LocalizedText(
                zh: "描述文件列有 \(market) 的签名密钥;两者之一复制了密钥,须换新。",
                en:
                    "The descriptor names a signing key of \(market); one of the two copied a key and must make a new one."
            )
        case .notSignedByPreviousKey(let market):
            LocalizedText(
                zh: """
                    已信任的描述文件中没有现行密钥(或其所要求算法的密钥)签署新的一份。若 \(market) 遗失了密钥,请其向您读出指纹,\
                    再用 `peers add --replace --fingerprint F`。
                    """,
                en: """
                    No current key of the trusted descriptor, or none of a suite that it requires, signed the new one. If \
                    \(market) lost its keys, have it read the fingerprint to you, then use `peers add --replace --fingerprint F`.
                    """)
        case .otherFingerprint(let fingerprint):
            LocalizedText(
                zh: "描述文件的指纹是 \(fingerprint),不是所给的那一个。在其市场亲自读出此指纹之前,请勿信任该文件。",
                en: """
                    The descriptor's fingerprint is \(fingerprint), not the one that was given. Do not trust the file \
                    before its market has read out this fingerprint itself.
                    """)
        }
    }
}
