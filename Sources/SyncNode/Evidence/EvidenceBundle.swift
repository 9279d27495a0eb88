// One file that proves who changed a record, when, and who received it, without our software (docs/evidence.md).

/// The bundle as it stands in the file: claims, every one of which `EvidenceCheck` verifies. Bytes are lower-case hex.
package struct EvidenceBundle: Codable, Hashable, Sendable {
    package static let version = 1
    /// A record that was written ten thousand times stays far below it.
    package static let bytesMax = 1 << 28

    /// One op of a change set, with the audit path to the root that the header carries (RFC 6962 section 2.1.1).
    package struct ProvenOp: Codable, Hashable, Sendable {
        package var index: Int
        package var op: String
        package var path: [String]
    }

    /// A change set without the ops that concern other records.
    package struct SealedPart: Codable, Hashable, Sendable {
        package var header: String
        package var signatures: [SignatureJSON]
        package var context: String
        package var ops: [ProvenOp]
    }

    /// A receipt: body and signatures.
    package struct Receipt: Codable, Hashable, Sendable {
        package var market: String
        package var body: String
        package var signatures: [SignatureJSON]
    }

    package struct CatalogText: Codable, Hashable, Sendable {
        package var path: String
        package var text: String
    }

    package var version: Int
    package var federation: String
    package var type: String
    package var key: String
    /// Who made the bundle, and when: said, not proven.
    package var exportedBy: String
    package var exportedAt: String
    /// The members' keys with their validity, as each market signed them.
    package var descriptors: [String]
    /// In the exporting node's order of application.
    package var changeSets: [SealedPart]
    package var receipts: [Receipt]
    /// Headers of one origin each, every one the predecessor of the next: from a change set above to one that a receipt names.
    package var chains: [[String]]
    /// The data dictionary, whose hash the contexts carry: what units and columns are called.
    package var catalog: [CatalogText]

    enum CodingKeys: String, CodingKey {
        case version = "yrd_evidence"
        case federation, type, key
        case exportedBy = "exported_by"
        case exportedAt = "exported_at"
        case descriptors
        case changeSets = "change_sets"
        case receipts, chains, catalog
    }
}
