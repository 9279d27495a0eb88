// Unpredictable bytes for serial numbers and temporary names.

internal import COpenSSL

/// Bytes of OpenSSL's generator, which seeds itself from the system's.
package func randomBytes(_ count: Int) throws(OpenSSLError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBufferPointer { RAND_bytes($0.baseAddress, Int32($0.count)) }
    try check(result, "drawing \(count) random bytes")
    return bytes
}
