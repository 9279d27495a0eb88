// May this trust root take the place of the one that is adopted? (PROTOCOL.md section 5)

internal import SyncCore

package enum RootSuccession: Hashable, Sendable {
    /// Nothing was adopted before: whoever asks must have signed it, or have a person's word for it.
    case first
    case unchanged
    /// The next version, signed by more than half of the members of the adopted one.
    case successor
    case refused(TrustRootRefusal)

    /// - Parameter before: the version before the adopted one, by whose members a rival is judged; nil if unknown.
    package static func of(
        _ new: TrustRoot, adopted: TrustRoot?, before: TrustRoot? = nil, federation: FederationName
    ) -> RootSuccession {
        guard new.fields.federation == federation else { return .refused(.otherFederation(new.fields.federation)) }
        guard let adopted else { return first(new) }
        if new.version == adopted.version { return same(new, adopted, before) }
        guard new.version > adopted.version else {
            return .refused(.lower(new.version, adopted: adopted.version))
        }
        guard new.version == adopted.version + 1 else {
            return .refused(.skips(new.version, adopted: adopted.version))
        }
        guard new.fields.previous == adopted.digest else { return .refused(.otherPrevious(new.version)) }
        return majority(of: new, among: adopted.fields).map { .refused($0) } ?? .successor
    }

    /// Nil if more than half of the members have signed.
    package static func majority(of new: TrustRoot, among fields: TrustRootFields) -> TrustRootRefusal? {
        let signers = new.signers(among: fields)
        let needed = fields.active.count / 2 + 1
        return signers.count >= needed ? nil : .notSigned(by: signers, needed: needed)
    }

    /// Version 1 is signed by all whom it names. Of a later one that is a node's first the members before are not known here:
    /// it is a person's word.
    private static func first(_ new: TrustRoot) -> RootSuccession {
        guard new.version == 1 else { return .first }
        let signers = new.signers(among: new.fields)
        let needed = new.fields.active.count
        return signers.count == needed ? .first : .refused(.notSigned(by: signers, needed: needed))
    }

    /// Of one version there is one file. Another one that would have been valid is an alarm, and changes nothing.
    private static func same(_ new: TrustRoot, _ adopted: TrustRoot, _ before: TrustRoot?) -> RootSuccession {
        guard new.digest != adopted.digest else { return .unchanged }
        // Whoever founds a federation of its own must not raise an alarm in this one.
        let deciding = new.version == 1 ? adopted : before
        let isValid =
            deciding.map {
                new.fields.previous == adopted.fields.previous && majority(of: new, among: $0.fields) == nil
            }
        return .refused(isValid == true ? .rival(new.version) : .lower(new.version, adopted: adopted.version))
    }
}
