// A market's signed word on its whole state, as a file: what an auditor asks of each, and lays beside the others.

import Foundation
import PeerTrust
import SyncCore

/// JSON: the signed statement and its signatures in hex (PROTOCOL.md section 5), and the descriptor that names the keys.
package struct CheckpointFile: Codable, Sendable {
    static let version = 1
    /// A frontier of 1,024 rows in hex, and a descriptor.
    private static let bytesMax = 256 << 10

    let version: Int
    let market: String
    let statement: String
    let signatures: [SignatureJSON]
    /// Not signed: under another catalog one log gives another state.
    let catalog: String
    /// The market's, at that time: whoever trusts another one looks the keys up there.
    let descriptor: String

    enum CodingKeys: String, CodingKey {
        case version = "yrd_checkpoint"
        case market, statement, signatures, catalog, descriptor
    }

    init(_ signed: SignedStatement, of market: Market, catalog: Digest, _ descriptor: Descriptor) {
        version = Self.version
        self.market = market.name
        statement = signed.body.hex
        signatures = signed.signatures.map { SignatureJSON($0) }
        self.catalog = catalog.hex
        self.descriptor = String(decoding: descriptor.raw, as: UTF8.self)
    }

    package func encoded() throws -> [UInt8] { try fileJSON() }

    /// Nil if the bytes are no such file. Nothing is believed yet.
    static func claim(in bytes: [UInt8]) -> (market: Market, signed: SignedStatement, catalog: Digest)? {
        guard bytes.count <= bytesMax, let file = try? JSONDecoder().decode(CheckpointFile.self, from: Data(bytes)),
            file.version == version, let market = Market(file.market), let body = [UInt8](hex: file.statement),
            let signatures = SignatureJSON.records(file.signatures),
            (1...Limits.signaturesPerEntry).contains(signatures.count), let catalog = Digest(hex: file.catalog)
        else { return nil }
        return (market, SignedStatement(body: body, signatures: signatures), catalog)
    }
}
