// Keys as an opponent would offer them.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Keys")
struct KeyTests {
    private static let message = Array("a change set".utf8)

    @Test(arguments: Suite.allCases)
    func `what a generated key signs, its public half verifies`(_ suite: Suite) throws {
        let key = try SigningKey.generate(suite)
        let record = try key.sign(.receipt, Self.message)
        #expect(record.signature.count == 64)
        let publicKey = try VerificationKey(suite: suite, spki: key.spki)
        #expect(publicKey.keyID == key.keyID)
        #expect(publicKey.verifies(.receipt, Self.message, record))
        #expect(!publicKey.verifies(.checkpoint, Self.message, record))
        #expect(!publicKey.verifies(.receipt, Self.message + [0], record))
        // What was refused leaves nothing behind in what the key keeps for the next time.
        #expect(publicKey.verifies(.receipt, Self.message, record))
        #expect(publicKey.verifies(.checkpoint, Self.message, try key.sign(.checkpoint, Self.message)))
    }

    @Test(arguments: Suite.allCases)
    func `another key of the same suite verifies nothing, not even under the signer's key id`(_ suite: Suite) throws {
        let key = try SigningKey.generate(suite)
        let other = try SigningKey.generate(suite).verificationKey
        let record = try key.sign(.receipt, Self.message)
        #expect(!other.verifies(.receipt, Self.message, record))
        let claimed = SignatureRecord(suite: suite, keyID: other.keyID, signature: record.signature)
        #expect(!other.verifies(.receipt, Self.message, claimed))
        // Nor does a good signature count under another key's name.
        let renamed = SignatureRecord(suite: suite, keyID: other.keyID, signature: record.signature)
        #expect(try !key.verificationKey.verifies(.receipt, Self.message, renamed))
    }

    @Test(arguments: Suite.allCases, [nil, "correct horse 密码"])
    func `a key survives its file`(_ suite: Suite, _ passphrase: String?) throws {
        let key = try SigningKey.generate(suite)
        let pem = try key.pem(passphrase: passphrase)
        let label = passphrase == nil ? "-----BEGIN PRIVATE KEY-----" : "-----BEGIN ENCRYPTED PRIVATE KEY-----"
        #expect(String(decoding: pem, as: UTF8.self).hasPrefix(label))
        let read = try SigningKey(pem: pem, passphrase: passphrase)
        #expect(read.suite == suite)
        #expect(read.spki == key.spki)
        #expect(try key.verificationKey.verifies(.receipt, Self.message, try read.sign(.receipt, Self.message)))
    }

    @Test func `an encrypted key opens with its passphrase only`() throws {
        let pem = try SigningKey.generate(.ed25519SHA256).pem(passphrase: "right")
        #expect(throws: OpenSSLError.self) { try SigningKey(pem: pem, passphrase: "wrong") }
        #expect(throws: OpenSSLError.self) { try SigningKey(pem: pem, passphrase: "") }
        #expect(throws: OpenSSLError(doing: "reading a private key", reason: noPassphrase)) {
            try SigningKey(pem: pem)
        }
    }

    private let noPassphrase = "the key is encrypted and no passphrase was given"

    @Test func `a TLS key is no signing key, and a signing key no TLS key`() throws {
        let tls = try TLSKey.generate().pem()
        let signing = try SigningKey.generate(.sm2SM3).pem()
        #expect(throws: OpenSSLError.self) { try SigningKey(pem: tls) }
        #expect(throws: OpenSSLError.self) { try TLSKey(pem: signing) }
    }

    @Test(arguments: ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func `what is no key is refused`(_ text: String) {
        #expect(throws: OpenSSLError.self) { try SigningKey(pem: Array(text.utf8)) }
    }

    // MARK: Ed25519

    private static let prefix = KeyAlgorithm.ed25519.spkiPrefix
    /// All fourteen encodings of the eight low-order points, canonical or not, with either sign bit.
    private static let lowOrder: [[UInt8]] = {
        let zeros = [UInt8](repeating: 0, count: 31)
        let ones = [UInt8](repeating: 0xFF, count: 30)
        let y: [[UInt8]] = [
            [0] + zeros, [1] + zeros, [0xEC] + ones + [0x7F], [0xED] + ones + [0x7F], [0xEE] + ones + [0x7F],
            [UInt8](hex: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")!,
            [UInt8](hex: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")!,
        ]
        return y + y.map { $0.flipping(bit: 255) }
    }()

    @Test(arguments: lowOrder)
    func `a low-order Ed25519 key is refused`(_ point: [UInt8]) {
        #expect(throws: KeyRefusal.self) { try VerificationKey(suite: .ed25519SHA256, spki: Self.prefix + point) }
    }

    @Test func `the attack that the screen stops is real: a constant signature verifies everything`() throws {
        let identity: [UInt8] = [1] + Array(repeating: 0, count: 31)
        let unscreened = try OpenSSLKey(spki: Self.prefix + identity, .ed25519)
        let constant = identity + [UInt8](repeating: 0, count: 32)
        #expect(try unscreened.verifies(Array("pay nothing".utf8), constant))
        #expect(try unscreened.verifies(Array("pay everything".utf8), constant))
        #expect(throws: KeyRefusal.lowOrder) {
            try VerificationKey(suite: .ed25519SHA256, spki: Self.prefix + identity)
        }
    }

    @Test func `y is refused from 2^255 - 19 on, and taken below`() throws {
        func spki(_ lowByte: UInt8) -> [UInt8] { Self.prefix + [lowByte] + Array(repeating: 0xFF, count: 30) + [0x7F] }
        #expect(throws: KeyRefusal.notCanonical) { try VerificationKey(suite: .ed25519SHA256, spki: spki(0xED)) }
        #expect(throws: KeyRefusal.notCanonical) { try VerificationKey(suite: .ed25519SHA256, spki: spki(0xFF)) }
        #expect(throws: KeyRefusal.lowOrder) { try VerificationKey(suite: .ed25519SHA256, spki: spki(0xEC)) }
        _ = try VerificationKey(suite: .ed25519SHA256, spki: spki(0xEB))
    }

    @Test func `a second form of an Ed25519 signature does not verify`() throws {
        let key = try SigningKey.generate(.ed25519SHA256)
        let record = try key.sign(.receipt, Self.message)
        let order = [UInt8](hex: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")!
        var carry = 0
        let scalar = zip(record.signature.suffix(32), order).map { one, other -> UInt8 in
            let sum = Int(one) + Int(other) + carry
            carry = sum >> 8
            return UInt8(truncatingIfNeeded: sum)
        }
        let second = SignatureRecord(
            suite: .ed25519SHA256, keyID: key.keyID, signature: record.signature.prefix(32) + scalar)
        #expect(try !key.verificationKey.verifies(.receipt, Self.message, second))
    }

    // MARK: SM2, DER

    @Test(arguments: [KeyAlgorithm.sm2, .p256])
    func `r and s lie strictly between zero and the order`(_ algorithm: KeyAlgorithm) {
        let order = algorithm.groupOrder!
        let zero = [UInt8](repeating: 0, count: 32)
        let one = Array(zero.dropLast()) + [1]
        let last = Array(order.dropLast()) + [order[31] - 1]
        let next = Array(order.dropLast()) + [order[31] + 1]
        func isTaken(_ r: [UInt8], _ s: [UInt8]) -> Bool { RawSignature.der(ofRaw: r + s, groupOrder: order) != nil }
        #expect(isTaken(one, one))
        #expect(isTaken(last, last))
        for bad in [zero, order, next, Array(repeating: 0xFF, count: 32)] {
            #expect(!isTaken(bad, one))
            #expect(!isTaken(one, bad))
        }
    }

    @Test func `a thousand SM2 signatures verify, also those whose r or s begins with zeros`() throws {
        let key = try SigningKey.generate(.sm2SM3)
        let publicKey = try key.verificationKey
        var short = 0
        for index in 0..<1_000 {
            let record = try key.sign(.receipt, UInt32(index).bigEndianBytes)
            if record.signature[0] == 0 || record.signature[32] == 0 { short += 1 }
            guard publicKey.verifies(.receipt, UInt32(index).bigEndianBytes, record) else {
                Issue.record("signature \(index) does not verify: \(record.signature.hex)")
                return
            }
        }
        #expect(short > 0)
    }

    @Test(arguments: [KeyAlgorithm.sm2, .p256])
    func `a point beside the curve is refused`(_ algorithm: KeyAlgorithm) {
        let nowhere = algorithm.spkiPrefix + [UInt8](repeating: 7, count: 64)
        let infinity = algorithm.spkiPrefix + [UInt8](repeating: 0, count: 64)
        for spki in [nowhere, infinity] {
            #expect(throws: KeyRefusal.notOnCurve) {
                if algorithm == .sm2 {
                    _ = try VerificationKey(suite: .sm2SM3, spki: spki)
                } else {
                    _ = try TLSPublicKey(spki: spki)
                }
            }
        }
    }

    @Test(arguments: Suite.allCases)
    func `a key in any other form than the strict one is refused`(_ suite: Suite) throws {
        let spki = try SigningKey.generate(suite).spki
        let prefixCount = KeyAlgorithm(suite).spkiPrefix.count
        #expect(throws: KeyRefusal.notStrictDER) { try VerificationKey(suite: suite, spki: spki + [0]) }
        #expect(throws: KeyRefusal.notStrictDER) { try VerificationKey(suite: suite, spki: Array(spki.dropLast())) }
        #expect(throws: KeyRefusal.notStrictDER) { try VerificationKey(suite: suite, spki: []) }
        for bit in 0..<prefixCount * 8 {
            #expect(throws: KeyRefusal.notStrictDER, "bit \(bit)") {
                try VerificationKey(suite: suite, spki: spki.flipping(bit: bit))
            }
        }
        let other: Suite = suite == .sm2SM3 ? .ed25519SHA256 : .sm2SM3
        #expect(throws: KeyRefusal.notStrictDER) { try VerificationKey(suite: other, spki: spki) }
    }

    @Test func `an SM2 signature with r or s out of range does not verify`() throws {
        let key = try SigningKey.generate(.sm2SM3)
        let record = try key.sign(.receipt, Self.message)
        let publicKey = try key.verificationKey
        for bad in [[UInt8](repeating: 0, count: 32), KeyAlgorithm.sm2.groupOrder!, Array(repeating: 0xFF, count: 32)] {
            let forged: [[UInt8]] = [bad + record.signature[32...], record.signature[..<32] + bad]
            for signature in forged {
                let record = SignatureRecord(suite: .sm2SM3, keyID: key.keyID, signature: signature)
                #expect(!publicKey.verifies(.receipt, Self.message, record))
            }
        }
    }

    // MARK: Proofs

    @Test(arguments: Suite.allCases)
    func `a key proof is good for its key and its place only`(_ suite: Suite) throws {
        let key = try SigningKey.generate(suite)
        let market = try TestMarket("shanghai")
        let federation = TestMarket.federation.id
        let proof = try KeyProof.sign(by: key, federation: federation, origin: market.origin, firstSequence: 18)
        func isTaken(
            _ spki: [UInt8], _ proof: [UInt8], _ federation: ID16, _ origin: Origin, _ first: UInt64
        ) -> Bool {
            let key = try? KeyProof.verify(
                suite: suite, spki: spki, proof: proof, federation: federation, origin: origin, firstSequence: first)
            return key?.spki == spki
        }
        #expect(isTaken(key.spki, proof, federation, market.origin, 18))
        for place in [1, 16, 17, 19, 20, 18 + 1 << 32] as [UInt64] {
            #expect(!isTaken(key.spki, proof, federation, market.origin, place), "\(place)")
        }
        #expect(!isTaken(key.spki, proof, federationID("other"), market.origin, 18))
        #expect(!isTaken(key.spki, proof, federation, try TestMarket("shanghai").origin, 18))
        #expect(!isTaken(try SigningKey.generate(suite).spki, proof, federation, market.origin, 18))
        #expect(!isTaken(key.spki, proof.flipping(bit: 100), federation, market.origin, 18))
        #expect(!isTaken(key.spki, [], federation, market.origin, 18))
    }
}
