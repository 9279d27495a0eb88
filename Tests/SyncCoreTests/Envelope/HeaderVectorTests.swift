// The headers of `envelope-vectors.json`, made by other implementations: here their bytes, in PeerTrust their hashes and
// signatures.

import Testing

@testable import SyncCore

@Suite("Header vectors")
struct HeaderVectorTests {
    private static let common =
        "0000000000f0000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
        + "00000000000000010000000000000001000001a0c4506c000000000300000001000000000000000c"
        + String(repeating: "0", count: 64)
    private static let vectors = [
        "59524443530000010100" + common + "b834005027cea46535fd89f0783125952008772c51525eafb32f95abeb3a39fd"
            + "6a4d32bf6fa17a91f006b8b57294c61715941b577a88a6259d4fbfbdbac46568"
            + "a050837d85070582ccf7394b0988847cc312cb88259b894899f6f239cf1791a5" + "0000000000000000",
        "59524443530000010200" + common + "e89de059030fe97a427a14e7780691daf3a53d7f0c84ef822619102f78c6b298"
            + "3161558eff85d4b84d0918fa5e94b4f2ef33848efef3bab9f56c484b323d5c6e"
            + "d94a2fcb88a63e824c32120f09f843778b6a29434a37f9d83e207e5da8806075" + "0000000000000000",
    ]

    @Test(arguments: [Suite.ed25519SHA256, .sm2SM3])
    func `a header made elsewhere decodes, and encodes to the same bytes`(_ suite: Suite) throws {
        let bytes = try #require([UInt8](hex: Self.vectors[Int(suite.rawValue) - 1]))
        let header = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            try EnvelopeHeader(from: &reader)
        }
        #expect(header.encoded() == bytes)
        #expect(header.suite == suite && header.sequence == 1 && header.opCount == 3 && header.payloadBytes == 12)
        #expect(header.trustRootVersion == 1 && header.timeMilliseconds == 0x1A0_C450_6C00)
        #expect(header.federation.hex == "000102030405060708090a0b0c0d0e0f")
        #expect(header.origin.incarnation.hex == "202122232425262728292a2b2c2d2e2f")
        #expect(preAuthenticationEncoding(.changeSet, bytes).count == 302)
    }
}
