// The two hash functions of the protocol, by OpenSSL.

internal import COpenSSL
package import SyncCore

/// SHA-256 and SM3. The methods are fetched once: fetching by name on every call more than halves the speed of short
/// inputs (STACK.md, section D).
package enum OpenSSLHashing {
    package static let hashing = Hashing(sha256: sha256, sm3: sm3)

    package static func sha256(_ bytes: [UInt8]) -> Digest { sha256Method.digest(bytes) }

    package static func sm3(_ bytes: [UInt8]) -> Digest { sm3Method.digest(bytes) }

    /// SHA-256 of what arrives in pieces: a file need not fit into memory.
    package static func sha256<Failure>(
        ofPieces next: () throws(Failure) -> [UInt8]?
    ) throws(Failure) -> Digest { try sha256Method.digest(ofPieces: next) }

    private static let sha256Method = DigestMethod("SHA256")
    private static let sm3Method = DigestMethod("SM3")
}

/// `@unchecked`: a fetched EVP_MD is immutable and counted by OpenSSL; every digest makes its own EVP_MD_CTX.
private struct DigestMethod: @unchecked Sendable {
    private let method: OpaquePointer

    init(_ name: String) {
        guard let method = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("OpenSSL has no \(name): \(OpenSSLError(doing: "fetching \(name)"))")
        }
        self.method = method
    }

    func digest<Failure>(ofPieces next: () throws(Failure) -> [UInt8]?) throws(Failure) -> Digest {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var isDone = EVP_DigestInit_ex(context, method, nil) == 1
        while let piece = try next() {
            isDone = piece.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) } == 1 && isDone
        }
        var digest = [UInt8](repeating: 0, count: Digest.byteCount)
        isDone = EVP_DigestFinal_ex(context, &digest, nil) == 1 && isDone
        precondition(isDone, "\(OpenSSLError(doing: "hashing pieces"))")
        return Digest(digest)!
    }

    func digest(_ bytes: [UInt8]) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { output in
            let target = output.bindMemory(to: UInt8.self).baseAddress
            let result = bytes.withUnsafeBytes { EVP_Digest($0.baseAddress, $0.count, target, nil, method, nil) }
            precondition(result == 1, "\(OpenSSLError(doing: "hashing \(bytes.count) bytes"))")
            return Digest(loading: UnsafeRawBufferPointer(output))
        }
    }
}
