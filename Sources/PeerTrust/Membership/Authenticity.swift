// What membership says about a claim.

package import SyncCore

/// The outcome of checking who signed something.
package enum Authenticity<Fact: Sendable>: Sendable {
    case verified(Fact)
    /// Nobody of that name is a member here (nil: it is no market's name). Waiting: a descriptor may still come.
    case unknownMember(Market?)
    /// A member, but none of its keys that are known here covers this place. Waiting: a newer descriptor may.
    case unknownKeySpan(Origin, UInt64)
    /// A lie, or damage on the way: it is no entry, and whoever delivered it is blamed.
    case notAuthentic(AuthenticityFault)
}

extension Authenticity: Equatable where Fact: Equatable {}

package typealias EntryAuthenticity = Authenticity<VerifiedEntry>
package typealias HeaderAuthenticity = Authenticity<VerifiedHeader>
package typealias StatementAuthenticity = Authenticity<Verified<FrontierStatement>>

/// Why a claim is not authentic.
package enum AuthenticityFault: Error, Hashable, Sendable {
    case otherFederation
    /// The key id is none of the keys that its market has at that place.
    case keyNotValidHere
    /// Not one to four records of ascending suite.
    case signatureList
    /// The signature of the header's own suite is not there, or by another key than the header names.
    case ownSignatureMissing
    case wrongSignature(Suite)
    /// The federation requires this suite of the market, and the claim lacks it.
    case requiredSignatureMissing(Suite)
    case binding(Entry.BindingFault)
    /// A statement's bytes are none, or those of another kind of statement.
    case malformed(DecodeError)
    /// A statement of another node than the one that hands it over.
    case otherMarket

    /// A stable slug for quarantine and JSON.
    package var code: String {
        switch self {
        case .otherFederation: "other_federation"
        case .keyNotValidHere: "key_not_valid_here"
        case .signatureList: "signature_list"
        case .ownSignatureMissing: "own_signature_missing"
        case .wrongSignature: "wrong_signature"
        case .requiredSignatureMissing: "required_signature_missing"
        case .binding(let fault): fault.rawValue
        case .malformed(let error): error.code
        case .otherMarket: "other_market"
        }
    }
}

/// A fact about a header alone, as heads and fork proofs carry it: who signed it, and its id. Nothing is known of the
/// context and the ops that it binds.
package struct VerifiedHeader: Hashable, Sendable {
    package let header: EnvelopeHeader
    /// Without those extra ones that did not verify.
    package let signatures: [SignatureRecord]
    package let id: Digest
    package let market: Market

    init(header: EnvelopeHeader, signatures: [SignatureRecord], id: Digest, market: Market) {
        self.header = header
        self.signatures = signatures
        self.id = id
        self.market = market
    }
}
