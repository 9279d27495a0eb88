// Hashes, chance and certificates.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Hashes, chance and certificates")
struct PrimitiveTests {
    @Test func `the hashes are those of their standards`() {
        let abc = Array("abc".utf8)
        #expect(
            OpenSSLHashing.sha256(abc).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            OpenSSLHashing.sm3(abc).hex == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        #expect(
            OpenSSLHashing.sha256([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `threads share keys and hashes`() async throws {
        let keys = try Suite.allCases.map { suite in
            let key = try SigningKey.generate(suite)
            return (signing: key, verifying: try key.verificationKey)
        }
        await withTaskGroup(of: Bool.self) { group in
            for seed in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { round in
                        let body = OpenSSLHashing.sm3(Array("\(seed) \(round)".utf8)).bytes
                        return keys.allSatisfy { key in
                            guard let record = try? key.signing.sign(.receipt, body) else { return false }
                            return key.verifying.verifies(.receipt, body, record)
                                && !key.verifying.verifies(.checkpoint, body, record)
                        }
                    }
                }
            }
            for await allVerified in group { #expect(allVerified) }
        }
    }

    @Test func `an incarnation depends on everything that tells two nodes apart`() {
        func make(
            _ entropy: [UInt8] = [1], _ machine: [UInt8] = [2], _ boot: [UInt8] = [3], _ time: Int64 = 4,
            _ process: Int32 = 5
        ) -> ID16 {
            IncarnationGenerator.make(
                entropy: entropy, machineID: machine, bootID: boot, timeNanoseconds: time, processID: process)
        }
        #expect(make() == make())
        let all: Set = [
            make(), make([9]), make([1], [9]), make([1], [2], [9]), make([1], [2], [3], 9),
            make([1], [2], [3], 4, 9), make([1, 2], []), make([], [1, 2]),
        ]
        #expect(all.count == 8)
    }

    @Test func `this machine makes a new incarnation every time`() throws {
        #expect(try IncarnationGenerator.make() != IncarnationGenerator.make())
        #expect(try randomBytes(32) != randomBytes(32))
        #expect(try randomBytes(0).isEmpty)
    }

    @Test func `a certificate carries the key that peers pin, and ends in ten years`() throws {
        let key = try TLSKey.generate()
        let now: Int64 = 1_800_000_000
        let pem = try key.certificatePEM(market: Market("jiangsu")!, nowSeconds: now)
        #expect(try TLSKey.certificateExpiry(pem) == now + 3_650 * 86_400)
        let body = String(decoding: pem, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("-") }
        let der = try #require(Base64.decode(body.joined()))
        #expect(try TLSKey.certificateExpiry(der) == now + 3_650 * 86_400)
        #expect(try TLSKey.pin(ofCertificateDER: der) == key.pin)
        #expect(key.pin == OpenSSLHashing.sha256(key.spki))
    }

    @Test func `every certificate has its own serial number`() throws {
        let key = try TLSKey.generate()
        let market = Market("anhui")!
        #expect(
            try key.certificatePEM(market: market, nowSeconds: 0)
                != key.certificatePEM(market: market, nowSeconds: 0))
    }

    @Test func `a TLS key survives its file`() throws {
        let key = try TLSKey.generate()
        #expect(try TLSKey(pem: key.pem()).spki == key.spki)
        #expect(try TLSKey(pem: key.pem(passphrase: "p"), passphrase: "p").spki == key.spki)
    }

    @Test func `what is no certificate is refused`() throws {
        let pem = try TLSKey.generate().certificatePEM(market: Market("anhui")!, nowSeconds: 0)
        #expect(throws: OpenSSLError.self) { try TLSKey.certificateExpiry([]) }
        #expect(throws: OpenSSLError.self) { try TLSKey.certificateExpiry(Array("nothing".utf8)) }
        #expect(throws: OpenSSLError.self) { try TLSKey.certificateExpiry([0x30, 0x82]) }
        #expect(throws: OpenSSLError.self) { try TLSKey.pin(ofCertificateDER: Array(pem.prefix(200))) }
    }

    @Test func `base64 is taken in its one canonical form`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        for text in ["A", "AA", "AAA", "AA==\n", " AAA", "AB==", "AAB=", "A===", "====", "AA=A", "AA--", "AAAA===="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }

    @Test func `the federation's id is the hash of its name`() {
        let bytes = Array("yrd.federation.v1".utf8) + [0] + Array("yrd".utf8)
        #expect(FederationName.standard.id == OpenSSLHashing.sha256(bytes).prefix)
        #expect(federationID("yrd") != federationID("yre"))
    }
}
