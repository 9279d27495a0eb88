// What a bundle proves, or why it proves nothing.

package import MarketCatalog
package import PeerTrust
package import SyncCore

/// What a bundle proves.
package struct EvidenceReport: Sendable {
    /// One change set's part in the record.
    package struct ProvenChange: Sendable {
        package let header: EnvelopeHeader
        package let id: Digest
        package let market: Market
        package let change: Change
        package let note: Note?
        /// Who signed to have applied it durably, and when, by their clock.
        package let receivedBy: [(market: Market, timeMilliseconds: Int64)]

        package var dot: Dot { header.dot }
    }

    package let federation: FederationName
    package let record: RecordID
    /// Whose keys it rests on: to be compared with what the markets publish.
    package let descriptors: [Descriptor]
    /// The trust root whose word was heard; to be compared too.
    package let root: TrustRoot?
    package let changes: [ProvenChange]
    /// The dictionary, where a change set of the bundle names its hash.
    package let catalog: Catalog?
}

/// Why a bundle proves nothing. One false claim spoils it: whoever made it put it there.
package struct EvidenceRefusal: Error, Hashable, Sendable {
    package enum Cause: Hashable, Sendable {
        /// Not a bundle, or not one of this version.
        case form(String)
        case descriptor(LocalizedText)
        case notAuthentic(String)
        case contextDiffers
        case notUnderRoot(index: Int)
        case otherRecord
        case noteMissing
        case receiptNotAuthentic(String)
        case chainBroken(at: Int)
        case otherFingerprint(expected: String, found: String)
        case marketMissing
        case otherRoot(String)
        /// The trust root has closed its incarnation, and no chain of the bundle leads from it to a last entry that counts.
        case closed
    }

    package let cause: Cause
    /// The part of the bundle: `change_sets[2]`.
    package let place: String

    /// A stable slug.
    package var code: String {
        switch cause {
        case .form: "evidence_malformed"
        case .descriptor: "evidence_descriptor_refused"
        case .notAuthentic: "evidence_not_authentic"
        case .contextDiffers: "evidence_context_differs"
        case .notUnderRoot: "evidence_not_under_root"
        case .otherRecord: "evidence_other_record"
        case .noteMissing: "evidence_note_missing"
        case .receiptNotAuthentic: "evidence_receipt_not_authentic"
        case .chainBroken: "evidence_chain_broken"
        case .otherFingerprint: "evidence_other_fingerprint"
        case .marketMissing: "evidence_market_missing"
        case .otherRoot: "evidence_other_root"
        case .closed: "evidence_closed"
        }
    }
}
