// Keys whose private halves are no secret: the smallest numbers that are keys at all.

import Foundation
import PeerTrust
import SyncCore

enum SampleKeys {
    static let ed25519 = signing("302e020100300506032b657004220420" + hex(of: 1))
    /// For whom a trust root names beside those above: no key stands in it twice.
    static let ofRoots = (2...4).map { signing("302e020100300506032b657004220420" + hex(of: $0)) }
    static let ofLogs = (5...7).map { signing("302e020100300506032b657004220420" + hex(of: $0)) }
    /// PKCS#8 of SM2: the curve, and the number alone (RFC 5915 leaves the public half optional).
    static let sm2 = signing(
        "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420" + hex(of: 1))
    static let tls = tls("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420" + hex(of: 1))

    private static func hex(of number: Int) -> String { String(repeating: "0", count: 63) + "\(number)" }

    private static func signing(_ der: String) -> SigningKey {
        guard let key = try? SigningKey(pem: pem(der)) else { preconditionFailure("OpenSSL does not take \(der)") }
        return key
    }

    private static func tls(_ der: String) -> TLSKey {
        guard let key = try? TLSKey(pem: pem(der)) else { preconditionFailure("OpenSSL does not take \(der)") }
        return key
    }

    private static func pem(_ hex: String) -> [UInt8] {
        let base64 = Data([UInt8](hex: hex)!).base64EncodedString()
        return Array("-----BEGIN PRIVATE KEY-----\n\(base64)\n-----END PRIVATE KEY-----\n".utf8)
    }
}
