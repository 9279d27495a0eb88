// What is signed: DSSE's pre-authentication encoding, so that a signature for one kind of statement is none for another.
// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md

/// The kinds of statement that are ever signed (PROTOCOL.md section 5). Verification always names the kind it expects.
package enum StatementType: String, Hashable, Sendable, CaseIterable {
    case changeSet = "changeset.v1+bin"
    case receipt = "receipt.v1+bin"
    case checkpoint = "checkpoint.v1+bin"
    case keyProof = "keyproof.v1+bin"
    case descriptor = "descriptor.v1+yaml"
    case trustRoot = "trustroot.v1+yaml"
    case audit = "audit.v1+bin"

    package var payloadType: String { "application/vnd.yrd-techmarket." + rawValue }
}

/// `"DSSEv1" SP length(type) SP type SP length(body) SP body`, lengths in ASCII decimal.
package func preAuthenticationEncoding(_ type: StatementType, _ body: [UInt8]) -> [UInt8] {
    let payloadType = type.payloadType
    return Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(body.count) ".utf8) + body
}
