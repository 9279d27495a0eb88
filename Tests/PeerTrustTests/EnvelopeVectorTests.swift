// Both suites against the vectors of other implementations: bytes, ids, hashes, signatures.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Envelope vectors")
struct EnvelopeVectorTests {
    @Test(arguments: EnvelopeVector.all)
    func `a header that is decoded and encoded again is the same`(_ vector: EnvelopeVector) throws {
        #expect(try vector.entry().header.encoded() == vector.header)
    }

    @Test func `the signed bytes begin with the prefix of the specification`() {
        let encoding = preAuthenticationEncoding(.changeSet, EnvelopeVectors.header1)
        #expect(encoding.count == EnvelopeVectors.paeLength)
        #expect(encoding.starts(with: Array(EnvelopeVectors.paePrefix.utf8)))
    }

    @Test(arguments: EnvelopeVector.all)
    func `the entry id is the hash of the vector`(_ vector: EnvelopeVector) throws {
        #expect(try vector.entry().header.entryID(OpenSSLHashing.hashing).bytes == vector.id)
    }

    @Test(arguments: EnvelopeVector.all)
    func `the context and the ops are the ones that the header binds`(_ vector: EnvelopeVector) throws {
        #expect(try vector.entry().bindingFault(OpenSSLHashing.hashing) == nil)
    }

    @Test(arguments: EnvelopeVector.all)
    func `the key id is the hash of the key under its own suite`(_ vector: EnvelopeVector) throws {
        let key = try VerificationKey(suite: vector.suite, spki: vector.spki)
        #expect(try vector.entry().header.keyID == key.keyID)
    }

    @Test(arguments: EnvelopeVector.all)
    func `the signature verifies`(_ vector: EnvelopeVector) throws {
        let key = try VerificationKey(suite: vector.suite, spki: vector.spki)
        #expect(key.verifies(.changeSet, vector.header, try vector.entry().signatures[0]))
    }

    @Test(arguments: EnvelopeVector.all)
    func `no signature verifies once any bit of it or of the header is flipped`(_ vector: EnvelopeVector) throws {
        let key = try VerificationKey(suite: vector.suite, spki: vector.spki)
        for bit in stride(from: 0, to: vector.header.count * 8, by: 13) {
            var header = vector.header
            header[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.verifies(.changeSet, header, try vector.entry().signatures[0]), "header bit \(bit)")
        }
        for bit in stride(from: 0, to: vector.signature.count * 8, by: 5) {
            var signature = vector.signature
            signature[bit / 8] ^= 1 << (bit % 8)
            let record = SignatureRecord(suite: vector.suite, keyID: key.keyID, signature: signature)
            #expect(!key.verifies(.changeSet, vector.header, record), "signature bit \(bit)")
        }
    }

    @Test(arguments: EnvelopeVector.all, StatementType.allCases.filter { $0 != .changeSet })
    func `a signature of a change set is none for another statement`(
        _ vector: EnvelopeVector, _ type: StatementType
    ) throws {
        let key = try VerificationKey(suite: vector.suite, spki: vector.spki)
        #expect(!key.verifies(type, vector.header, try vector.entry().signatures[0]))
    }

    @Test func `Ed25519 signs the vector with exactly its bytes`() throws {
        let key = try SigningKey(pem: pkcs8(ofEd25519Seed: EnvelopeVectors.seed1))
        #expect(key.spki == EnvelopeVectors.spki1)
        #expect(try key.sign(.changeSet, EnvelopeVectors.header1).signature == EnvelopeVectors.signature1)
    }

    private func pkcs8(ofEd25519Seed seed: [UInt8]) -> [UInt8] {
        let der = [UInt8](hex: "302e020100300506032b657004220420")! + seed
        return Array("-----BEGIN PRIVATE KEY-----\n\(Base64.encode(der))\n-----END PRIVATE KEY-----\n".utf8)
    }
}
