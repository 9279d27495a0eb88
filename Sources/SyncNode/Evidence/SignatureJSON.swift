// One signature as proofs are written: in hex, as `log show --json` gives it.

import SyncCore

package struct SignatureJSON: Codable, Hashable, Sendable {
    package var suite: Int
    package var keyID: String
    package var signature: String

    enum CodingKeys: String, CodingKey {
        case suite
        case keyID = "key_id"
        case signature
    }

    init(_ record: SignatureRecord) {
        (suite, keyID, signature) = (Int(record.suite.rawValue), record.keyID.hex, record.signature.hex)
    }

    /// Nil where one of them has not the form of a signature.
    static func records(_ all: [SignatureJSON]) -> [SignatureRecord]? {
        let records = all.compactMap(\.record)
        return records.count == all.count ? records : nil
    }

    private var record: SignatureRecord? {
        guard let suite = UInt8(exactly: suite).flatMap(Suite.init(rawValue:)), let keyID = Digest(hex: keyID),
            let signature = [UInt8](hex: signature), signature.count == SignatureRecord.signatureByteCount
        else { return nil }
        return SignatureRecord(suite: suite, keyID: keyID, signature: signature)
    }
}
