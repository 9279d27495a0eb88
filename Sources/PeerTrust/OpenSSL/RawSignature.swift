// SM2 and ECDSA signatures travel as r‖s, 64 bytes; OpenSSL speaks DER.

internal import COpenSSL

enum RawSignature {
    private static let halfByteCount = 32

    /// Nil unless r and s lie strictly between zero and the order of the group: a signature outside is either broken
    /// or a second form of another one.
    static func der(ofRaw raw: [UInt8], groupOrder: [UInt8]) -> [UInt8]? {
        guard raw.count == 2 * halfByteCount else { return nil }
        let halves = [raw.prefix(halfByteCount), raw.suffix(halfByteCount)]
        guard halves.allSatisfy({ $0.contains { $0 != 0 } && $0.lexicographicallyPrecedes(groupOrder) }) else {
            return nil
        }
        let integers = halves.flatMap(integer)
        return [0x30, UInt8(integers.count)] + integers
    }

    /// r‖s of the DER that OpenSSL has just made.
    static func raw(ofDER der: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let doing = "reading a signature's r and s"
        let parsed = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &cursor, buffer.count)
        }
        let signature = try allocated(parsed, doing)
        defer { ECDSA_SIG_free(signature) }
        return try padded(ECDSA_SIG_get0_r(signature), doing) + padded(ECDSA_SIG_get0_s(signature), doing)
    }

    /// A DER INTEGER: no leading zeros but the one that keeps it positive.
    private static func integer(_ bigEndian: ArraySlice<UInt8>) -> [UInt8] {
        let significant = bigEndian.drop { $0 == 0 }
        let sign: [UInt8] = significant.first.map { $0 >= 0x80 ? [0] : [] } ?? [0]
        return [0x02, UInt8(sign.count + significant.count)] + sign + significant
    }

    private static func padded(_ number: OpaquePointer?, _ doing: String) throws(OpenSSLError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: halfByteCount)
        let written = bytes.withUnsafeMutableBufferPointer {
            BN_bn2binpad(number, $0.baseAddress, Int32(halfByteCount))
        }
        try check(written, doing)
        return bytes
    }
}
