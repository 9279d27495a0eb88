// Real keys that follow from the seed.

import Foundation
import PeerTrust
import SyncCore
import SyncSimulation

enum SeededKeys {
    /// PKCS#8 of an Ed25519 key: a fixed prefix and the 32 bytes of the private key (RFC 8410). Ed25519 signatures are
    /// deterministic, so entries are the same bytes on every run.
    static func signingKey(_ generator: inout SeededGenerator) throws -> SigningKey {
        let prefix: [UInt8] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        let base64 = Data(prefix + generator.bytes(32)).base64EncodedString()
        let pem = "-----BEGIN PRIVATE KEY-----\n\(base64)\n-----END PRIVATE KEY-----\n"
        return try SigningKey(pem: Array(pem.utf8))
    }

    /// TLS keys are in no entry and in no trace: made once a process.
    static let tls: [TLSKey] = (0..<SimulatedCatalog.homes.count).map { _ in
        guard let key = try? TLSKey.generate() else { preconditionFailure("no TLS key can be made") }
        return key
    }
}
