// The byte-exact vectors of the envelope, made by other implementations (data/envelope-vectors.json). Their ops and their
// context are opaque bytes, and their node ids are no market's names.

import SyncCore
import Testing

@testable import PeerTrust

enum EnvelopeVectors {
    static let ops = [hex("6f702d31"), hex("6f702d32"), hex("6f702d33")]
    static let context = hex("76633a7b7d")
    static let paePrefix = "DSSEv1 47 application/vnd.yrd-techmarket.changeset.v1+bin 240 "
    static let paeLength = 302

    // Suite 1: Ed25519 with SHA-256.
    static let seed1 = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    static let spki1 = hex("302a300506032b657003210003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    static let header1 = hex(
        "595244435300000101000000000000f0000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            + "202122232425262728292a2b2c2d2e2f00000000000000010000000000000001000001a0c4506c000000000300000001"
            + "000000000000000c0000000000000000000000000000000000000000000000000000000000000000b834005027cea465"
            + "35fd89f0783125952008772c51525eafb32f95abeb3a39fd6a4d32bf6fa17a91f006b8b57294c61715941b577a88a625"
            + "9d4fbfbdbac46568a050837d85070582ccf7394b0988847cc312cb88259b894899f6f239cf1791a50000000000000000")
    static let id1 = hex("80f9a5429bc950cbe6d8a5423edb03c1d3fccbf5c7fb6007f4b304c4bf0df0b2")
    static let signature1 = hex(
        "e713e029fc48af61ff6745d3fd00755c53117440565d3075f7487835f3be5ae1b245a14f7f0fe4011a9d994564af60b4"
            + "6d045662f842e0c4d78b5bef108d940e")

    // Suite 2: SM2 with SM3.
    static let spki2 = hex(
        "3059301306072a8648ce3d020106082a811ccf5501822d0342000409f9df311e5421a150dd7d161e4bc5c672179fad18"
            + "33fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
    static let header2 = hex(
        "595244435300000102000000000000f0000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            + "202122232425262728292a2b2c2d2e2f00000000000000010000000000000001000001a0c4506c000000000300000001"
            + "000000000000000c0000000000000000000000000000000000000000000000000000000000000000e89de059030fe97a"
            + "427a14e7780691daf3a53d7f0c84ef822619102f78c6b2983161558eff85d4b84d0918fa5e94b4f2ef33848efef3bab9"
            + "f56c484b323d5c6ed94a2fcb88a63e824c32120f09f843778b6a29434a37f9d83e207e5da88060750000000000000000")
    static let id2 = hex("c03b103ef1ff4ce69fee2f0e33e761a3b9e034d459ce4bfa1c2327ac07cfcc70")
    static let signature2 = hex(
        "dc243deeb038994839d518cbd514ff59434a5613860ff165f7b2c369e7af7e5282462b1b94afb0a8a61cf275987048e8"
            + "875b5bf119965765056cb03cbb456a8e")

    private static func hex(_ text: String) -> [UInt8] { [UInt8](hex: text)! }
}

/// One vector with everything that belongs to it.
struct EnvelopeVector: CustomTestStringConvertible, Sendable {
    let suite: Suite
    let spki: [UInt8]
    let header: [UInt8]
    let id: [UInt8]
    let signature: [UInt8]

    var testDescription: String { "suite \(suite.rawValue)" }

    static let all = [
        EnvelopeVector(
            suite: .ed25519SHA256, spki: EnvelopeVectors.spki1, header: EnvelopeVectors.header1,
            id: EnvelopeVectors.id1, signature: EnvelopeVectors.signature1),
        EnvelopeVector(
            suite: .sm2SM3, spki: EnvelopeVectors.spki2, header: EnvelopeVectors.header2, id: EnvelopeVectors.id2,
            signature: EnvelopeVectors.signature2),
    ]

    /// Header, signature, context and framed ops as one entry.
    func entry() throws -> Entry {
        var reader = ByteReader(header)
        let decoded = try EnvelopeHeader(from: &reader)
        try reader.finish()
        var ops = ByteWriter()
        for op in EnvelopeVectors.ops { ops.framed(op) }
        let record = SignatureRecord(suite: suite, keyID: decoded.keyID, signature: signature)
        return Entry(header: decoded, signatures: [record], context: EnvelopeVectors.context, ops: ops.bytes)
    }
}
